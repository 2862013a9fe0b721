//! The cluster accepts new node groups and Fargate profiles.

use crate::derived::cluster;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "cluster_active",
    finds: "Reports clusters that failed or are being deleted, and clusters that are still being created or updated. A \
            missing cluster is not reported, because the same apply can create it.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster],
    reads: &[Family::Cluster],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let cluster = cluster(subject, facts)?;
    let (effect, fix) = match cluster.status.as_str() {
        "FAILED" => (Effect::BlocksApply, "Repair the cluster, or delete and recreate it."),
        "DELETING" => {
            (Effect::BlocksApply, "Specify another cluster, or wait until this one is deleted, and then recreate it.")
        }
        "CREATING" | "UPDATING" | "PENDING" => (Effect::Warns, "Retry the apply when the cluster is ACTIVE."),
        _ => return Ok(()),
    };
    let issues = if cluster.health_issues.is_empty() {
        String::new()
    } else {
        format!(" EKS reports: {}", cluster.health_issues.join("; ").trim_end_matches('.').to_owned() + ".")
    };
    let found = format!("Cluster {} is {}.{issues}", cluster.name, cluster.status);
    let why = format!("EKS requires an ACTIVE cluster to create a {}.", subject.kind.name());
    verdicts.push(effect, &subject.cluster.path, Finding::new("Cluster is not active", found, why, fix));
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{fargate_profile, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};

    #[rstest]
    #[case::failed("FAILED", Some(Effect::BlocksApply))]
    #[case::deleting("DELETING", Some(Effect::BlocksApply))]
    #[case::creating("CREATING", Some(Effect::Warns))]
    #[case::updating("UPDATING", Some(Effect::Warns))]
    #[case::active("ACTIVE", None)]
    #[case::newer_than_this("RESTING", None)]
    fn status_counts(#[case] status: &str, #[case] effect: Option<Effect>) {
        for world in [node_group(), fargate_profile()] {
            let world = world.cluster("demo", |cluster| {
                status.clone_into(&mut cluster.status);
                cluster.health_issues = vec!["VpcNotFound: it is gone".to_owned()];
            });
            match effect {
                Some(effect) => fires(&CHECK, &world, effect, "cluster_name", &["demo", status, "VpcNotFound"]),
                None => is_silent(&CHECK, &world),
            }
        }
    }

    #[test]
    fn cluster_of_the_same_apply_is_not_missed() {
        is_silent(&CHECK, &node_group().with(Fact::Cluster("demo".to_owned(), FactResult::Missing)));
    }
}
