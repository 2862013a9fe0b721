//! The data source `ekscompute_node_ami`.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::try_join_all;

use clients::context::Clients;
use clients::errors::{ApiError, ErrorKind};
use framework::context::Context;
use framework::data_source::DataSource;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, List};
use framework::path::Path;
use render::ami_parameters::{Ami, Published};
use render::ami_types::{self, AmiType};

use super::client::NodeAmiClient;
use super::model::{NodeAmi, Release};

/// Maximum number of releases that an error lists.
const NAMED: usize = 5;

/// Creates a client for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn NodeAmiClient>;

/// The data source.
pub struct NodeAmiDataSource {
    connect: Connect,
}

impl NodeAmiDataSource {
    /// Creates the data source. `connect` creates its client.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl DataSource for NodeAmiDataSource {
    type Clients = Clients;
    type Model = NodeAmi;

    async fn read(
        &self,
        context: &Context<Clients>,
        config: NodeAmi,
        _diagnostics: &mut Diagnostics,
    ) -> Result<NodeAmi, Diagnostics> {
        let client = (self.connect)(context.clients()?, config.region.text());
        read(client.as_ref(), config).await
    }
}

async fn read(client: &dyn NodeAmiClient, config: NodeAmi) -> Result<NodeAmi, Diagnostics> {
    let version = config.kubernetes_version.text().unwrap_or_default().to_owned();
    let name = config.ami_type.text().unwrap_or_default();
    let Some(ami_type) = ami_types::find(name) else {
        let summary = format!("Unknown AMI type {name}");
        return Err(Diagnostic::error(summary, "").at(Path::attribute("ami_type")).into());
    };
    let failed = |error: ApiError| {
        let allow = "Grant ssm:GetParameters and ssm:GetParametersByPath on arn:aws:ssm:*::parameter/aws/service/*.";
        let advice = if error.kind == ErrorKind::Denied { allow } else { "" };
        error.into_diagnostic(format!("Unable to find the AMI of {} for Kubernetes {version}", ami_type.name), advice)
    };
    let ami = match config.release_version.text() {
        None => published(client, &ami_type.recommended(&version)).await.map_err(failed)?,
        Some(release) => pinned(client, ami_type, &version, release).await.map_err(failed)?,
    };
    let Some(ami) = ami else { return Err(missing(client, ami_type, &version, &config).await.into()) };
    let available = if config.include_available.known() == Some(&true) {
        let all = available(client, ami_type, &version).await.map_err(failed)?;
        List::of(all.into_iter().map(release))
    } else {
        Attr::Null
    };
    Ok(NodeAmi {
        release_version: ami.release_version.into(),
        image_id: ami.image_id.into(),
        architecture: ami_type.architecture.name().into(),
        available,
        ..config
    })
}

fn release(ami: Ami) -> Release {
    Release { release_version: ami.release_version.into(), image_id: ami.image_id.into() }
}

/// Returns the AMI that AWS publishes at a path.
async fn published(client: &dyn NodeAmiClient, place: &Published) -> Result<Option<Ami>, ApiError> {
    let values = try_join_all(place.names().into_iter().map(|name| client.value(name))).await?;
    Ok(place.read(&values))
}

/// Returns the AMI of exactly this release.
async fn pinned(
    client: &dyn NodeAmiClient,
    ami_type: &AmiType,
    version: &str,
    release: &str,
) -> Result<Option<Ami>, ApiError> {
    let is_it = |ami: &Ami| ami.release_version == release;
    if let Some(place) = ami_type.pinned(version, release)
        && let Some(ami) = published(client, &place).await?.filter(is_it)
    {
        return Ok(Some(ami));
    }
    // The parameter path of a release is not documented, so the recommended release is compared as well.
    Ok(published(client, &ami_type.recommended(version)).await?.filter(is_it))
}

/// Returns all releases, newest first.
async fn available(client: &dyn NodeAmiClient, ami_type: &AmiType, version: &str) -> Result<Vec<Ami>, ApiError> {
    match ami_type.folder(version) {
        Some(folder) => Ok(ami_type.releases(&client.below(&folder).await?)),
        None => Ok(published(client, &ami_type.recommended(version)).await?.into_iter().collect()),
    }
}

/// Returns the error for an AMI that does not exist.
async fn missing(client: &dyn NodeAmiClient, ami_type: &AmiType, version: &str, config: &NodeAmi) -> Diagnostic {
    // The list of releases is only a hint, so an error while reading it is ignored.
    let all = available(client, ami_type, version).await.unwrap_or_default();
    let name = ami_type.name;
    match config.release_version.text() {
        Some(wanted) if !all.is_empty() => {
            let known: Vec<_> = all.iter().take(NAMED).map(|ami| ami.release_version.as_str()).collect();
            let detail = format!(
                "AWS does not publish release {wanted} of {name} for Kubernetes {version} in this Region. Latest \
                 releases: {}.",
                known.join(", ")
            );
            Diagnostic::error("AMI release not found", detail).at(Path::attribute("release_version"))
        }
        _ => {
            let detail = format!(
                "AWS does not publish an AMI of type {name} for Kubernetes {version} in this Region. Check ami_type, \
                 kubernetes_version, and region: Amazon Linux 2 supports versions up to 1.32, and each new Windows \
                 release requires a minimum version."
            );
            Diagnostic::error("AMI not found", detail).at(Path::attribute("kubernetes_version"))
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
