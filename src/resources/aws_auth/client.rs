//! The way to what the mappings edit, and to what they need to know of EKS.

use std::sync::Arc;

use clients::access::AccessFacts;
use clients::context::Clients;
use clients::facts::access::facts;
use clients::run_ledger::{ClusterKey, RunLedger};

use super::editor::Editor;

/// The way to one cluster.
#[derive(Clone)]
pub struct Access {
    pub(super) editor: Arc<Editor>,
    pub(super) facts: Arc<dyn AccessFacts>,
    /// What the resources of this run do with each entry.
    pub(super) ledger: Arc<RunLedger>,
    /// The cluster.
    pub(super) cluster: ClusterKey,
}

/// Makes the way to a cluster of a region.
pub type Connect = fn(&Clients, region: Option<&str>, cluster: &str) -> Access;

impl Access {
    /// Through these clients; all mappings of a cluster share one editor.
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
