//! The message about an insight.

use super::{Version, runs_on_nodes};
use crate::facts::{
    AddonCompatibility, Insight, InsightCategory, InsightDetails, InsightKind, InsightResource, InsightStatus,
};
use crate::finding::Finding;

/// Maximum number of resources, and of versions of an add-on, that a message lists.
const LISTED: usize = 3;

/// An insight to report.
pub(super) struct NodeInsight<'i> {
    /// The name of the cluster.
    pub(super) cluster: &'i str,
    /// The category of the insight.
    pub(super) category: InsightCategory,
    /// The insight.
    pub(super) insight: &'i Insight,
    /// Its details.
    pub(super) details: &'i InsightDetails,
    /// The planned Kubernetes version of the nodes.
    pub(super) planned: Version,
}

impl NodeInsight<'_> {
    /// Returns the finding. It does not name the node group: the insight belongs to the cluster, and a run reports the
    /// same finding only once.
    pub(super) fn finding(&self, items: Vec<String>) -> Finding {
        let Self { cluster, insight, .. } = self;
        let title = self.category.title();
        let summary = format!("{title} not passing: {} ({cluster})", insight.name);
        let version = insight.version.map(|version| format!(" for Kubernetes {}", shown(version))).unwrap_or_default();
        let found = format!(
            "{title} {:?} of cluster {cluster} has the status {}{version}.{}",
            insight.name,
            insight.status.name(),
            sentence(&insight.reason)
        );
        Finding::new(summary, found, self.why(), self.fix()).with_items(items)
    }

    fn why(&self) -> String {
        match (self.category, self.insight.status, self.insight.kind) {
            (InsightCategory::Rollback, InsightStatus::Error, _) => {
                "EKS rejects a rollback of the control plane with this status, unless the request sets force."
                    .to_owned()
            }
            (InsightCategory::Rollback, InsightStatus::Warning, _) => {
                "This status does not block a rollback of the control plane, but a problem is possible after it."
                    .to_owned()
            }
            (InsightCategory::Upgrade, _, InsightKind::KubeletSkew) => format!(
                "Nodes with Kubernetes {} remain too old for a control plane with this version.",
                shown(self.planned)
            ),
            (InsightCategory::Upgrade, _, InsightKind::KubeProxySkew) => {
                "kube-proxy runs on all nodes. An unsupported version can break the network of Services.".to_owned()
            }
            (InsightCategory::Upgrade, _, InsightKind::AmazonLinux2) => {
                "EKS does not publish Amazon Linux 2 AMIs for Kubernetes 1.33 and later.".to_owned()
            }
            (InsightCategory::Upgrade, ..) => {
                "Add-ons on nodes provide network, credentials, and volumes. Nodes with an incompatible version can \
                 become NotReady, or pods on them fail to start."
                    .to_owned()
            }
        }
    }

    fn fix(&self) -> String {
        let advice = self.details.recommendation.as_deref().map(sentence).unwrap_or_default();
        let refresh = format!(
            "EKS updates insights every 24 hours, or after aws eks start-insights-refresh --cluster-name {}.",
            self.cluster
        );
        format!("{advice} {refresh}").trim_start().to_owned()
    }
}

/// Returns the resources, or else the add-ons, one line each.
pub(super) fn items(resources: &[&InsightResource], details: &InsightDetails) -> Vec<String> {
    let lines: Vec<_> = if resources.is_empty() {
        details.addons.iter().filter(|addon| runs_on_nodes(&addon.name)).map(addon_line).collect()
    } else {
        resources.iter().map(|resource| resource_line(resource, &details.addons)).collect()
    };
    let more = lines.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| format!("and {more} more"));
    lines.into_iter().take(LISTED).chain(more).collect()
}

fn resource_line(resource: &InsightResource, addons: &[AddonCompatibility]) -> String {
    let reason = resource.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let Some(name) = resource.addon() else { return format!("{}{reason}", resource.name) };
    let line = addons.iter().find(|addon| addon.name == name).map(addon_line);
    format!("{}{reason}", line.unwrap_or_else(|| format!("add-on {name}")))
}

/// Returns such as `add-on vpc-cni (compatible versions: v1.20.0-eksbuild.1)`.
fn addon_line(addon: &AddonCompatibility) -> String {
    let AddonCompatibility { name, compatible_versions: versions } = addon;
    let more = if versions.len() > LISTED { ", …" } else { "" };
    match versions.get(..versions.len().min(LISTED)) {
        Some([]) | None => format!("add-on {name}"),
        Some([version]) => format!("add-on {name} (compatible version: {version})"),
        Some(some) => format!("add-on {name} (compatible versions: {}{more})", some.join(", ")),
    }
}

/// Returns a string from EKS as a sentence after a space, or an empty string.
fn sentence(text: &str) -> String {
    match text.trim() {
        "" => String::new(),
        text if text.ends_with(['.', '!', '?']) => format!(" {text}"),
        text => format!(" {text}."),
    }
}

fn shown((major, minor): Version) -> String {
    format!("{major}.{minor}")
}
