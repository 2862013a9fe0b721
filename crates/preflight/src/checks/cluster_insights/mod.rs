//! No insight of EKS about the nodes prevents an upgrade or a rollback of the cluster.

mod message;

use crate::facts::{
    Facts, Family, Insight, InsightCategory, InsightDetails, InsightId, InsightKind, InsightList, InsightResource,
    InsightStatus, Skip, both, together,
};
use crate::finding::{CheckFindings, Effect};
use crate::{Check, Input, Kind, Phase, Subject};
use message::{NodeInsight, items};
use render::kubernetes_version::parse_release;

pub(super) const CHECK: Check = Check {
    name: "cluster_insights",
    finds: "Reports EKS upgrade insights about nodes with the status WARNING or ERROR if an update raises the Kubernetes \
            version, and all such rollback insights if it lowers the version. An insight that the update \
            resolves is not reported.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::Version],
    reads: &[Family::Insights, Family::InsightDetails],
    effects: &[Effect::Warns],
    run,
};

/// A Kubernetes version, such as `(1, 34)`.
type Version = (u32, u32);

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    // Immediately before the write, the plan has already reported this.
    if subject.phase != Phase::Plan || !subject.updates(Input::Version) {
        return Ok(());
    }
    let (cluster, planned) = (subject.cluster.need()?, subject.version.need()?);
    let Some(previous) = subject.previous_version.as_deref().and_then(parse_release) else { return Ok(()) };
    let Some(planned) = parse_release(planned).filter(|planned| *planned != previous) else { return Ok(()) };
    let category = if planned > previous { InsightCategory::Upgrade } else { InsightCategory::Rollback };
    let list = InsightList { cluster: cluster.clone(), category };
    let insights = facts.insights(list)?.ok_or(Skip::Absent)?;
    let concerned = insights.iter().filter(|insight| may_concern(insight, category, planned));
    let found = together(concerned.map(|insight| {
        let id = InsightId { cluster: cluster.clone(), id: insight.id.clone() };
        // `both` adds the insight to its details.
        both(Ok(insight), facts.insight_details(id))
    }))?;
    for (insight, details) in found {
        let Some(details) = details else { continue };
        if let Some(resources) = remaining(insight, details, category, planned) {
            let found = NodeInsight { cluster, category, insight, details, planned };
            verdicts.warning(&subject.version.path, found.finding(items(&resources, details)));
        }
    }
    Ok(())
}

/// Returns whether an insight can concern the nodes after the update, without its details.
///
/// An insight about a version after the planned one concerns a later upgrade of the cluster. It is reported only as an
/// error: add-ons are usually upgraded after the nodes, and EKS warns until then.
fn may_concern(insight: &Insight, category: InsightCategory, planned: Version) -> bool {
    let is_current = insight.version.is_none_or(|version| version <= planned);
    match (category, insight.kind) {
        (InsightCategory::Upgrade, InsightKind::KubeletSkew) => {
            insight.version.is_some_and(|version| is_too_old(planned, version))
        }
        (
            InsightCategory::Upgrade,
            InsightKind::KubeProxySkew | InsightKind::AddonCompatibility | InsightKind::AmazonLinux2,
        ) => is_current || insight.status == InsightStatus::Error,
        (InsightCategory::Upgrade, InsightKind::ClusterHealth | InsightKind::DeprecatedApis | InsightKind::Other) => {
            false
        }
        (InsightCategory::Rollback, _) => true,
    }
}

/// Returns whether nodes of a version are too old for a control plane. Source: Kubernetes version skew policy.
fn is_too_old((major, minor): Version, (control_major, control): Version) -> bool {
    major == control_major && control > minor + super::version_matches_cluster::skew(control)
}

/// Returns the resources of an insight that the update leaves as they are, or `None` if none of them concerns nodes.
fn remaining<'d>(
    insight: &Insight,
    details: &'d InsightDetails,
    category: InsightCategory,
    planned: Version,
) -> Option<Vec<&'d InsightResource>> {
    let all = details.resources.iter();
    match (category, insight.kind) {
        // The update replaces the nodes that are too new. It does not replace pods on Fargate, whose nodes keep the
        // version that they started with.
        (InsightCategory::Rollback, InsightKind::KubeletSkew) if insight.version.is_none_or(|to| planned <= to) => {
            let fargate: Vec<_> = all.filter(|resource| resource.fargate_node().is_some()).collect();
            (!fargate.is_empty()).then_some(fargate)
        }
        (InsightCategory::Upgrade, InsightKind::AddonCompatibility) => {
            let listed = || details.resources.iter().filter_map(|resource| resource.addon());
            // Without resources, the summary of the insight lists the add-ons.
            let is_listed = listed().next().is_some();
            let names: Vec<_> = match is_listed {
                true => listed().collect(),
                false => details.addons.iter().map(|addon| addon.name.as_str()).collect(),
            };
            let concerns_nodes = names.is_empty() || names.iter().any(|name| runs_on_nodes(name));
            let is_meant = |resource: &&InsightResource| resource.addon().is_none_or(runs_on_nodes);
            concerns_nodes.then(|| all.filter(is_meant).collect())
        }
        _ => Some(all.collect()),
    }
}

/// Returns whether an EKS add-on has an agent on every node, so that nodes depend on its version.
pub(super) fn runs_on_nodes(addon: &str) -> bool {
    const AGENTS: [&str; 4] = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent", "eks-node-monitoring-agent"];
    AGENTS.contains(&addon) || addon.contains("csi-driver")
}

#[cfg(test)]
mod tests;
