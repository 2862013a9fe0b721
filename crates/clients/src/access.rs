//! Access to a cluster by principal, for the lockout protection.

use async_trait::async_trait;
use render::arn::Arn;

use super::errors::ApiError;

/// Reads the access to a cluster. Every result is cached for the run.
#[async_trait]
pub trait AccessFacts: Send + Sync {
    /// `CONFIG_MAP`, `API_AND_CONFIG_MAP`, or `API`.
    async fn authentication_mode(&self, cluster: &str) -> Result<String, ApiError>;

    /// Returns the ARNs of the principals with an access entry.
    async fn access_entries(&self, cluster: &str) -> Result<Vec<String>, ApiError>;

    /// Returns the roles of managed node groups and Fargate profiles that are not being deleted, each with the object
    /// that uses it. Results of a recent call are reused.
    async fn roles_in_use(&self, cluster: &str, now: bool) -> Result<Vec<RoleInUse>, ApiError>;

    /// Returns the ARN of the caller from STS.
    async fn caller(&self) -> Result<String, ApiError>;
}

/// A role that nodes or pods need for access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleInUse {
    /// ARN of the role, with its path.
    pub role_arn: String,
    /// The object that uses the role, such as `node group blue`.
    pub user: String,
}

/// Returns a node group or Fargate profile whose role matches. Positive results of a recent deletion are reused.
///
/// # Errors
/// Returns an error if node groups or Fargate profiles cannot be read.
pub async fn user_of(
    facts: &dyn AccessFacts,
    cluster: &str,
    fits: impl Fn(&str) -> bool + Send,
) -> Result<Option<RoleInUse>, ApiError> {
    for now in [false, true] {
        let roles = facts.roles_in_use(cluster, now).await?;
        match roles.into_iter().find(|role| fits(&role.role_arn)) {
            Some(role) if now => return Ok(Some(role)),
            Some(_) => {}
            None => break,
        }
    }
    Ok(None)
}

/// Returns the ARN under which the authenticator looks up a caller. A session is treated as its role.
#[must_use]
pub fn identity(caller: &str) -> String {
    let session = Arn::parse(caller).filter(|arn| arn.service == "sts");
    match session.and_then(|arn| Some((arn, arn.resource.strip_prefix("assumed-role/")?))) {
        Some((Arn { partition, account, .. }, session)) => {
            let role = session.split('/').next().unwrap_or_default();
            format!("arn:{partition}:iam::{account}:role/{role}")
        }
        None => caller.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_count_as_their_role() {
        let role = "arn:aws:iam::111122223333:role/ops";
        assert_eq!(identity("arn:aws:sts::111122223333:assumed-role/ops/jane"), role);
        assert_eq!(identity("arn:aws:iam::111122223333:user/a/jane"), "arn:aws:iam::111122223333:user/a/jane");
    }
}
