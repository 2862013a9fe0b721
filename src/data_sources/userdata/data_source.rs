//! The data source `ekscompute_userdata`.

use std::sync::Arc;

use async_trait::async_trait;

use clients::context::Clients;
use clients::errors::ApiError;
use framework::context::Context;
use framework::data_source::DataSource;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::Attr;
use framework::path::Path;
use framework::secrets::mask;
use render::families::{self, Packing, too_long};
use render::node::{Cluster, Family, Finding, Mode, Place, check};

use super::client::{ClusterFacts, UserdataClient};
use super::model::Userdata;
use super::{inputs, outputs};

/// Creates a client for a Region.
pub type Connect = fn(&Clients, Option<&str>) -> Arc<dyn UserdataClient>;

/// The data source.
pub struct UserdataDataSource {
    connect: Connect,
}

impl UserdataDataSource {
    /// Creates the data source. `connect` creates its client.
    #[must_use]
    pub fn new(connect: Connect) -> Self {
        Self { connect }
    }
}

#[async_trait]
impl DataSource for UserdataDataSource {
    type Clients = Clients;
    type Model = Userdata;

    fn validate(&self, config: &Userdata, diagnostics: &mut Diagnostics) {
        outputs::report(early(config), diagnostics);
    }

    async fn read(
        &self,
        context: &Context<Clients>,
        config: Userdata,
        diagnostics: &mut Diagnostics,
    ) -> Result<Userdata, Diagnostics> {
        if let Some(ssm) = config.hybrid.block().and_then(|hybrid| hybrid.ssm.block()) {
            mask(ssm.activation_code.text().unwrap_or_default());
        }
        let connect = || context.clients().map(|clients| (self.connect)(clients, config.region.text()));
        let (given, cluster) = joined(config.clone(), connect).await?;
        render(config, &given, cluster, diagnostics)
    }
}

/// Returns the errors that do not depend on AWS. Warnings are reported only with the user data, so that each is
/// reported once.
fn early(given: &Userdata) -> Vec<Finding> {
    let mut found = inputs::contradictions(given);
    if let Some(kind) = inputs::kind(given)
        && found.is_empty()
    {
        let is_known = inputs::is_wholly_known(given);
        let cluster = inputs::cluster(given)
            .or_else(|| (kind.0 != Family::Hybrid && kind.1 != Mode::Merge && is_known).then(|| stand_in(given)));
        // A renderer would treat unknown arguments as missing.
        found = if is_known {
            families::render(&inputs::node(given, kind, cluster)).err().unwrap_or_default()
        } else {
            check(&inputs::node(&inputs::without_half_known(given), kind, cluster))
        };
        found.extend(compression(given, kind));
    }
    found.retain(Finding::is_error);
    found
}

/// Returns valid cluster settings as a substitute for the settings from AWS.
fn stand_in(given: &Userdata) -> Cluster {
    let is_ipv6 = given.ip_family.text() == Some("ipv6");
    Cluster {
        name: given.cluster_name.text().unwrap_or_default().to_owned(),
        endpoint: "https://cluster.eks.amazonaws.com".to_owned(),
        certificate_authority: "LS0tLS1CRUdJTg==".to_owned(),
        service_cidr: if is_ipv6 { "fd00::/108" } else { "10.100.0.0/16" }.to_owned(),
        outpost_id: given.outpost_id.text().map(str::to_owned),
    }
}

fn compression(given: &Userdata, (family, mode): (Family, Mode)) -> Option<Finding> {
    if given.gzip.known() != Some(&true) {
        return None;
    }
    let error = |text: &str| Some(Finding::error(Place::of("gzip"), text));
    match (family, mode) {
        (_, Mode::Merge) => error("EKS does not decompress user data in mode \"merge\". Remove gzip."),
        (Family::Windows, _) => error("Windows does not decompress user data. Remove gzip."),
        (Family::Hybrid, _) => error("Hybrid nodes do not decompress their configuration file. Remove gzip."),
        _ => None,
    }
}

/// Returns the configuration and the cluster. Unset cluster settings are read from AWS.
async fn joined<C>(mut given: Userdata, connect: C) -> Result<(Userdata, Option<Cluster>), Diagnostics>
where
    C: FnOnce() -> Result<Arc<dyn UserdataClient>, Diagnostics>,
{
    let needs_cluster =
        inputs::kind(&given).is_some_and(|(family, mode)| mode != Mode::Merge && family != Family::Hybrid);
    let explicit = inputs::cluster(&given);
    let Some(name) = given.cluster_name.text().filter(|_| needs_cluster && explicit.is_none()).map(str::to_owned)
    else {
        return Ok((given, explicit.filter(|_| needs_cluster)));
    };
    let live = connect()?.cluster(&name).await.map_err(|error| cannot_read(error, &name))?;
    if given.kubernetes_version == Attr::Null {
        given.kubernetes_version = live.version.clone().into();
    }
    let cluster = of_live(&given, name, live)?;
    Ok((given, Some(cluster)))
}

fn of_live(given: &Userdata, name: String, live: ClusterFacts) -> Result<Cluster, Diagnostics> {
    let ClusterFacts { endpoint, certificate_authority, service_cidr, status, outpost_id, .. } = live;
    let (Some(endpoint), Some(certificate_authority), Some(service_cidr)) =
        (endpoint, certificate_authority, service_cidr)
    else {
        let detail = format!(
            "The status of the cluster is {status}, and its endpoint or CA certificate is not available yet. Set \
             cluster_name to an attribute of the cluster resource, such as aws_eks_cluster.this.name, so that the data \
             source is read after the cluster is created."
        );
        let summary = format!("Cluster {name} is not ready for nodes");
        return Err(Diagnostic::error(summary, detail).at(Path::attribute("cluster_name")).into());
    };
    let is_ipv6 = service_cidr.contains(':');
    if given.ip_family.text().is_some_and(|family| (family == "ipv6") != is_ipv6) {
        let detail = format!(
            "The service CIDR block of cluster {name} is {service_cidr}, which is not in this IP family. Correct or \
             remove ip_family."
        );
        return Err(Diagnostic::error("Invalid value for ip_family", detail).at(Path::attribute("ip_family")).into());
    }
    let outpost_id = given.outpost_id.text().map(str::to_owned).or(outpost_id);
    Ok(Cluster { name, endpoint, certificate_authority, service_cidr, outpost_id })
}

fn cannot_read(error: ApiError, cluster: &str) -> Diagnostics {
    let missing = "Cluster not found in this account and Region. Check cluster_name and region. If the same apply \
                   creates the cluster, set cluster_name to an attribute of the cluster resource, such as \
                   aws_eks_cluster.this.name.";
    let advice = if error.is_not_found() { missing } else { "" };
    let summary = format!("Unable to read cluster {cluster}");
    error.into_diagnostic(summary, advice).at(Path::attribute("cluster_name")).into()
}

fn render(
    config: Userdata,
    given: &Userdata,
    cluster: Option<Cluster>,
    diagnostics: &mut Diagnostics,
) -> Result<Userdata, Diagnostics> {
    let fail = |found: Vec<Finding>| {
        let mut errors = Diagnostics::new();
        outputs::report(found, &mut errors);
        errors
    };
    let contradictions = inputs::contradictions(given);
    let Some(kind) = inputs::kind(given).filter(|_| contradictions.is_empty()) else {
        return Err(fail(contradictions));
    };
    let node = inputs::node(given, kind, cluster);
    let rendered = families::render(&node).map_err(fail)?;
    let packing = if given.gzip.known() == Some(&true) { Packing::Gzip } else { Packing::None };
    let bytes = match packing {
        Packing::Gzip => outputs::gzip(&rendered.bytes),
        Packing::None => rendered.bytes.clone(),
    };
    if let Some(wrong) = compression(given, kind).or_else(|| too_long(bytes.len(), packing, &node)) {
        return Err(fail(vec![wrong]));
    }
    let filled = outputs::fill(config, &rendered, &bytes);
    outputs::report(inputs::ignored_facts(given), diagnostics);
    outputs::report(rendered.warnings, diagnostics);
    Ok(filled)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
