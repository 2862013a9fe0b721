//! Access to the ConfigMap that the mappings edit, and to the EKS data that they require.

use std::sync::Arc;

use clients::access::AccessFacts;
use clients::context::Clients;
use clients::facts::access::facts;
use clients::run_ledger::{ClusterKey, RunLedger};

use super::editor::Editor;

/// Access to one cluster.
#[derive(Clone)]
pub struct Access {
    pub(super) editor: Arc<Editor>,
    pub(super) facts: Arc<dyn AccessFacts>,
    /// The operations of this run, by entry.
    pub(super) ledger: Arc<RunLedger>,
    /// The cluster.
    pub(super) cluster: ClusterKey,
}

/// Creates the access to a cluster in a Region.
pub type Connect = fn(&Clients, region: Option<&str>, cluster: &str) -> Access;

impl Access {
    /// Uses these clients. All mappings of a cluster share one editor.
    #[must_use]
    pub fn new(clients: &Clients, region: Option<&str>, cluster: &str) -> Self {
        let facts = facts(clients, region);
        let region = region.unwrap_or(clients.aws().region());
        let make = || Editor::new(clients.kubernetes().cluster(Some(region), cluster));
        Self {
            editor: clients.facts().of_key((region.to_owned(), cluster.to_owned()), make),
            facts,
            ledger: Arc::clone(clients.ledger()),
            cluster: ClusterKey { region: region.to_owned(), cluster: cluster.to_owned() },
        }
    }
}
