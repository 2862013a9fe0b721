//! The ConfigMap `kube-system/aws-auth`, from the API server of its cluster.

use std::time::Duration;

use super::{ApiServers, Failed, Found};
use crate::errors::{ApiError, ErrorKind, KUBERNETES};
use crate::kube::Object;
use preflight::facts::AwsAuth;

/// The operation in the cluster, as in the warning that it failed.
const ACTION: &str = "reading aws-auth";

/// A plan continues without a response if the API server is not reachable from this machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// Returns the contents of `mapRoles`, or `None` if the ConfigMap does not exist.
pub(super) async fn read(servers: Option<&ApiServers>, cluster: &str) -> Found<AwsAuth> {
    let Some((kubernetes, region)) = servers else { return Ok(None) };
    let server = kubernetes.cluster(Some(region), cluster);
    let object = Object::config_map("kube-system", "aws-auth");
    let object = answered_within(PATIENCE, cluster, ACTION, server.get(&object)).await?;
    Ok(object.map(|object| AwsAuth { roles: object["data"]["mapRoles"].as_str().unwrap_or_default().to_owned() }))
}

/// Waits for a response of an API server, for a limited time. Returns `None` if the object does not exist.
pub(super) async fn answered_within<T>(
    patience: Duration,
    cluster: &str,
    action: &'static str,
    answer: impl Future<Output = Result<T, ApiError>>,
) -> Found<T> {
    let silent = || {
        let message =
            format!("the API server of cluster {cluster} did not respond within {} seconds", patience.as_secs());
        ApiError { service: KUBERNETES, ..ApiError::own(ErrorKind::Timeout, "GET", message) }
    };
    match tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| Err(silent())) {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(Failed { action, error }),
    }
}
