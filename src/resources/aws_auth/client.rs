//! What the mappings need to know of EKS.

use std::sync::Arc;

use async_trait::async_trait;

use crate::clients::context::Clients;
use crate::clients::errors::ApiError;

use super::editor::Editor;

/// Who of a cluster gets access how. Every answer is read once a run.
#[async_trait]
pub trait AccessFacts: Send + Sync {
    /// `CONFIG_MAP`, `API_AND_CONFIG_MAP` or `API`.
    async fn authentication_mode(&self, cluster: &str) -> Result<String, ApiError>;

    /// The ARNs of those who have an access entry.
    async fn access_entries(&self, cluster: &str) -> Result<Vec<String>, ApiError>;

    /// The roles of managed node groups and Fargate profiles that are not being deleted, each with whose role it is: as they
    /// are now, or as they were some seconds ago.
    async fn roles_in_use(&self, cluster: &str, now: bool) -> Result<Vec<RoleInUse>, ApiError>;

    /// Who calls, as STS says it.
    async fn caller(&self) -> Result<String, ApiError>;
}

/// A role that nodes need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleInUse {
    /// The ARN, with its path.
    pub role_arn: String,
    /// E.g. `node group blue`.
    pub user: String,
}

/// The way to one cluster.
#[derive(Clone)]
pub struct Access {
    pub(super) editor: Arc<Editor>,
    pub(super) facts: Arc<dyn AccessFacts>,
}

/// Makes the way to a cluster of a region.
pub type Connect = fn(&Clients, region: Option<&str>, cluster: &str) -> Access;

impl Access {
    /// Through these clients; all mappings of a cluster share one editor.
    pub(super) fn new(clients: &Clients, region: Option<&str>, cluster: &str, facts: Arc<dyn AccessFacts>) -> Self {
        let region = region.unwrap_or(clients.aws().region());
        let make = || Editor::new(clients.kubernetes().cluster(Some(region), cluster));
        Self { editor: clients.facts().of_key((region.to_owned(), cluster.to_owned()), make), facts }
    }
}
