//! The cluster exists, or the same apply can create it.

use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Phase, Subject};
use framework::model::Attr;
use render::nearest;

pub(super) const CHECK: Check = Check {
    name: "cluster_exists",
    finds: "Reports clusters that do not exist. If the same apply can create the cluster, the finding is a warning. It \
            is then reported only if the name resembles an existing cluster name, or if the role and subnets are \
            already known.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Role, Input::Subnets],
    reads: &[Family::Cluster, Family::Clusters],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

/// Maximum number of other clusters in a message.
const NAMED: usize = 5;

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let name = subject.cluster.need()?;
    if facts.cluster(name.as_str())?.is_some() {
        return Ok(());
    }
    let others: Vec<_> = facts.clusters(())?.into_iter().flatten().map(String::as_str).collect();
    let is_like_another = nearest::name(name, others.iter().copied()).is_some();
    let effect = match (subject.phase, is_like_another || is_all_there(subject)) {
        (Phase::Now, _) => Effect::BlocksApply,
        (Phase::Plan, true) => Effect::Warns,
        (Phase::Plan, false) => return Ok(()),
    };
    let there = match nearest::by_distance(name, others.into_iter()).as_slice() {
        [] => "none".to_owned(),
        names if names.len() > NAMED => format!("{} and {} more", names[..NAMED].join(", "), names.len() - NAMED),
        names => names.join(", "),
    };
    let region = &subject.region;
    let found = format!("Cluster {name} not found in {region}. Existing clusters: {there}.");
    let why = format!("A {} requires an existing cluster.", subject.kind.name());
    let fix = if subject.phase == Phase::Plan {
        "Correct the name, the Region, or the account. If this configuration creates the cluster, reference an \
         attribute of the cluster resource instead of a literal name, so that Terraform creates it first."
    } else {
        "Correct the name, the Region, or the account, or make sure that the cluster is created first."
    };
    verdicts.push(effect, &subject.cluster.path, Finding::new("Cluster does not exist", found, why, fix));
    Ok(())
}

/// Returns whether the role and all subnets are known. If they are, the object is not part of a configuration that
/// creates the cluster with its role and network.
fn is_all_there(subject: &Subject) -> bool {
    let subnets = subject.subnets.value.known();
    let unknown = subject.subnets.value.is_unknown() || subnets.into_iter().flatten().any(Attr::is_unknown);
    !subject.role_arn.value.is_unknown() && !unknown
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fargate_profile, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};

    fn without_cluster(world: World, others: &[&str], phase: Phase) -> World {
        let others = others.iter().map(|name| (*name).to_owned()).collect();
        world
            .plan(|subject| subject.phase = phase)
            .with(Fact::Cluster("demo".to_owned(), FactResult::Missing))
            .with(Fact::Clusters((), FactResult::Known(others)))
    }

    fn part_of_more(world: World) -> World {
        world.plan(|subject| subject.role_arn.value = Attr::Unknown)
    }

    #[test]
    fn existing_cluster_has_no_finding() {
        is_silent(&CHECK, &node_group().with(Fact::Clusters((), FactResult::Known(vec!["demo".to_owned()]))));
    }

    #[test]
    fn mistyped_name_is_found_with_the_nearest_first() {
        for world in [node_group(), fargate_profile()] {
            let world = without_cluster(world, &["prod", "demo1", "test"], Phase::Plan);
            fires(
                &CHECK,
                &world,
                Effect::Warns,
                "cluster_name",
                &["Cluster demo not found in us-east-1", "Existing clusters: demo1, "],
            );
            fires(&CHECK, &part_of_more(world), Effect::Warns, "cluster_name", &["Existing clusters: demo1, "]);
        }
    }

    #[test]
    fn cluster_that_may_come_with_the_same_apply_is_no_finding() {
        is_silent(&CHECK, &part_of_more(without_cluster(node_group(), &["prod"], Phase::Plan)));
        let alone = without_cluster(node_group(), &["prod"], Phase::Plan);
        fires(&CHECK, &alone, Effect::Warns, "cluster_name", &["If this configuration creates the cluster"]);
    }

    #[test]
    fn cluster_that_must_be_there_is_an_error() {
        let many = ["a1", "b2", "c3", "d4", "e5", "f6"];
        let world = without_cluster(node_group(), &many, Phase::Now);
        fires(&CHECK, &world, Effect::BlocksApply, "cluster_name", &["and 1 more"]);
        let none = without_cluster(node_group(), &[], Phase::Now);
        fires(&CHECK, &none, Effect::BlocksApply, "cluster_name", &["Existing clusters: none."]);
    }
}
