//! The subnets belong to the cluster VPC.

use std::collections::BTreeSet;

use crate::derived::{cluster, subnets};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "subnets_in_vpc",
    finds: "Reports subnets that are not in the cluster VPC, or that are in different VPCs.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Cluster, Input::Subnets],
    reads: &[Family::Cluster, Family::Subnet],
    effects: &[Effect::BlocksPlan],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let subnets = subnets(subject, facts)?;
    let path = &subject.subnets.path;
    let why = format!("EKS rejects a {} with these subnets.", subject.kind.name());
    let list = |vpc: &str| {
        let others = subnets.iter().filter(|subnet| subnet.vpc_id != vpc);
        others.map(|subnet| format!("{} is in {}", subnet.id, subnet.vpc_id)).collect::<Vec<_>>().join(", ")
    };
    let vpcs: BTreeSet<_> = subnets.iter().map(|subnet| subnet.vpc_id.as_str()).collect();
    if vpcs.len() > 1 {
        let found = format!("The subnets are in different VPCs: {}.", list(""));
        let finding =
            Finding::new("Subnets belong to different VPCs", found, why, "Use only subnets of the cluster VPC.");
        verdicts.blocks_plan(path, finding);
        return Ok(());
    }
    let cluster = cluster(subject, facts)?;
    if vpcs.first().is_some_and(|vpc| *vpc != cluster.vpc_id) {
        let found = format!("Cluster {} is in {}, but {}.", cluster.name, cluster.vpc_id, list(&cluster.vpc_id));
        let fix = format!("Use subnets of {}.", cluster.vpc_id);
        verdicts.blocks_plan(path, Finding::new("Subnets belong to another VPC", found, why, fix));
    }
    subject.all_subnets_known()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fargate_profile, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};

    #[test]
    fn subnets_are_in_the_clusters_vpc() {
        for world in [node_group(), fargate_profile()] {
            is_silent(&CHECK, &world);
            let one = world.subnet("subnet-b", |subnet| subnet.vpc_id = "vpc-2".to_owned());
            fires(&CHECK, &one, Effect::BlocksPlan, "subnet_ids", &["subnet-a is in vpc-1, subnet-b is in vpc-2"]);
            let both = one.subnet("subnet-a", |subnet| subnet.vpc_id = "vpc-2".to_owned());
            fires(&CHECK, &both, Effect::BlocksPlan, "subnet_ids", &["demo is in vpc-1, but subnet-a is in vpc-2"]);
            is_silent(&CHECK, &both.with(Fact::Cluster("demo".to_owned(), FactResult::Missing)));
        }
    }
}
