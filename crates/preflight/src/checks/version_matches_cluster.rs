//! The Kubernetes version of the nodes is compatible with the control plane version.

use crate::derived::cluster;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use render::kubernetes_version::parse_release;

pub(super) const CHECK: Check = Check {
    name: "version_matches_cluster",
    finds: "Reports a new node group whose Kubernetes version differs from the cluster version. Also reports a \
            Kubernetes version that is newer than the cluster version or too many minor versions older.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::Version],
    reads: &[Family::Cluster],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let version = subject.version.need()?;
    let cluster = cluster(subject, facts)?;
    let (Some((major, nodes)), Some((cluster_major, control))) =
        (parse_release(version), parse_release(&cluster.version))
    else {
        return Ok(());
    };
    if major != cluster_major || nodes == control {
        return Ok(());
    }
    let path = &subject.version.path;
    let found = format!("version is {version}, but cluster {} runs Kubernetes {}.", cluster.name, cluster.version);
    let equal = "A new node group starts with the Kubernetes version of its cluster.";
    let leave_out = format!("Set version to {}, or remove the argument.", cluster.version);
    if nodes > control + 1 {
        let why =
            "Nodes cannot run a newer version than the control plane, which is upgraded one minor version at a time.";
        let fix = format!("Upgrade the cluster first, or set version to {}.", cluster.version);
        verdicts.blocks_plan(path, Finding::new("Kubernetes version newer than the cluster version", found, why, fix));
    } else if nodes > control {
        let why = "EKS rejects nodes with a newer version than the control plane.";
        let fix = "Upgrade the cluster first. If this configuration upgrades the cluster, add a dependency on the \
                   cluster to the node group.";
        verdicts.blocks_apply(path, Finding::new("Kubernetes version newer than the cluster version", found, why, fix));
    } else if subject.is_new() {
        // A control plane can be rolled back by one minor version.
        let effect = if nodes + 1 == control { Effect::BlocksApply } else { Effect::BlocksPlan };
        verdicts.push(
            effect,
            path,
            Finding::new("Kubernetes version differs from the cluster version", found, equal, leave_out),
        );
    } else if control - nodes > skew(control) {
        let why = format!(
            "Kubernetes {} supports nodes that are up to {} minor versions older.",
            cluster.version,
            skew(control)
        );
        let fix = format!("Update the node group to {}, one minor version at a time.", cluster.version);
        verdicts.warning(path, Finding::new("Kubernetes version too old for the cluster", found, why, fix));
    }
    Ok(())
}

/// Returns the maximum version skew of nodes in minor versions. Source: Kubernetes version skew policy.
pub(super) fn skew(control: u32) -> u32 {
    if control < 28 { 2 } else { 3 }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;
    use crate::subject::Changed;
    use framework::model::Attr;

    fn of(version: &str, is_new: bool) -> World {
        node_group().plan(|subject| {
            subject.version.value = Attr::from(version);
            if !is_new {
                subject.changed = Changed::Only([Input::Version].into());
            }
        })
    }

    #[rstest]
    #[case::equal("1.33", true, None)]
    #[case::older("1.31", true, Some(Effect::BlocksPlan))]
    #[case::one_older("1.32", true, Some(Effect::BlocksApply))]
    #[case::next("1.34", true, Some(Effect::BlocksApply))]
    #[case::one_after("1.35", true, Some(Effect::BlocksPlan))]
    #[case::moved_to_the_next("1.34", false, Some(Effect::BlocksApply))]
    #[case::moved_too_far("1.35", false, Some(Effect::BlocksPlan))]
    #[case::behind("1.30", false, None)]
    #[case::too_far_behind("1.29", false, Some(Effect::Warns))]
    fn version_skew_determines_effect(#[case] version: &str, #[case] is_new: bool, #[case] effect: Option<Effect>) {
        match effect {
            Some(effect) => fires(&CHECK, &of(version, is_new), effect, "version", &[version, "Kubernetes 1.33"]),
            None => is_silent(&CHECK, &of(version, is_new)),
        }
    }

    #[test]
    fn unset_version_has_no_finding() {
        is_silent(&CHECK, &node_group());
    }
}
