//! The ephemeral resource `ekscompute_cluster_token`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use clients::context::Clients;
use clients::names::cluster_name;
use framework::context::Context;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::ephemeral::{EphemeralResource, Lease};
use framework::model::{Attr, Model};
use framework::path::Path;

use super::client::TokenClient;

/// Time before the expiration at which a token that is still in use is reported.
const NOTICE: Duration = Duration::from_secs(60);

/// Remediation if the cluster is not found.
const MISSING: &str = "Check the cluster name and the Region. If the same apply creates the cluster, set the name to \
                       an attribute of the cluster that is known only after apply, such as aws_eks_cluster.this.id. \
                       The token is then created during apply, when the cluster exists.";

/// Generates a short-lived token for authenticating other providers to the Kubernetes API of an EKS cluster. The token
/// is never stored in plan or state.
///
/// The token has the AWS identity of this provider. Each plan and each apply generates a new token when the value is
/// first needed. It is valid for 14 minutes, or until the AWS credentials expire if that is sooner. EKS tokens cannot
/// be extended, and Terraform cannot replace a value that another provider already uses. Therefore, renewal can only
/// warn, 1 minute before a token in use expires. If a provider needs access to the cluster for longer during one apply,
/// configure it to get tokens from a command, such as `aws eks get-token`. The resources of this provider renew their
/// tokens automatically.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ClusterTokenModel {
    /// Name of the EKS cluster. If the same apply creates the cluster, reference an attribute that is known after
    /// apply, such as `aws_eks_cluster.this.id`. If the name is known at plan time, the token is generated during plan.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// CA certificates that sign the certificate of the API server, in PEM format.
    #[attribute(computed)]
    pub cluster_ca_certificate: Attr<String>,
    /// URL of the API server.
    #[attribute(computed)]
    pub endpoint: Attr<String>,
    /// Time when the token expires, in RFC 3339 format.
    #[attribute(computed)]
    pub expiration: Attr<String>,
    /// Bearer token.
    #[attribute(computed, sensitive)]
    pub token: Attr<String>,
}

/// Creates a client for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn TokenClient>;

/// The ephemeral resource `ekscompute_cluster_token`.
pub struct ClusterTokenEphemeral {
    connect: Connect,
}

impl ClusterTokenEphemeral {
    /// Creates the ephemeral resource. `connect` creates its client.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl EphemeralResource for ClusterTokenEphemeral {
    type Clients = Clients;
    type Model = ClusterTokenModel;

    async fn open(
        &self,
        context: &Context<Clients>,
        config: ClusterTokenModel,
        lease: &mut Lease,
    ) -> Result<ClusterTokenModel, Diagnostics> {
        let client = (self.connect)(context.clients()?, config.region.text());
        open(client.as_ref(), config, lease).await
    }

    /// Warns shortly before the token expires. A renewal cannot return a new value, and a token cannot be extended.
    async fn renew(&self, _context: &Context<Clients>, lease: &mut Lease) -> Result<(), Diagnostics> {
        let text = |key: &str| lease.private.get::<String>(key).unwrap_or_default();
        let (cluster, end) = (text("cluster_name"), text("expiration"));
        tracing::warn!("token for cluster {cluster} expires at {end}, is still in use, and cannot be renewed");
        lease.renew_at = None;
        let detail = format!(
            "The token was created at the start of this run and is still in use by a provider or resource. The cluster \
             rejects it after {end}, and Terraform cannot provide a new token during a run. If requests fail with \
             Unauthorized, retry the apply: completed operations are not repeated. For longer applies, configure the \
             other provider to get its tokens from a command, such as aws eks get-token."
        );
        Err(Diagnostic::warning(format!("Token for cluster {cluster} is about to expire"), detail).into())
    }
}

pub(super) async fn open(
    client: &dyn TokenClient,
    mut config: ClusterTokenModel,
    lease: &mut Lease,
) -> Result<ClusterTokenModel, Diagnostics> {
    let name = config.cluster_name.text().unwrap_or_default().to_owned();
    let access = client.access(&name).await.map_err(|error| {
        let missing = error.is_not_found();
        let what_to_do = if missing { MISSING } else { "" };
        let told = error.into_diagnostic(format!("Unable to create a token for cluster {name}"), what_to_do);
        if missing { told.at(Path::attribute("cluster_name")) } else { told }
    })?;
    let expiration = jiff::Timestamp::try_from(access.expiration)
        .map_err(|error| Diagnostic::error("Invalid system time", error.to_string()))?;
    lease.private.set("cluster_name", &name);
    lease.renew_at = Some(access.expiration - NOTICE);
    config.endpoint = access.endpoint.into();
    config.cluster_ca_certificate = access.certificate_authority.into();
    config.token = access.token.expose().into();
    // Without fractions of a second, which is the common format.
    let expiration = expiration.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    lease.private.set("expiration", &expiration);
    config.expiration = expiration.into();
    Ok(config)
}
