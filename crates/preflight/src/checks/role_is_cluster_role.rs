//! Nodes use a separate role.

use crate::derived::cluster;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_is_cluster_role",
    finds: "Reports a node role that is also the cluster role.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::Role],
    reads: &[Family::Cluster],
    effects: &[Effect::BlocksPlan],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let (arn, cluster) = (subject.role_arn.need()?, cluster(subject, facts)?);
    if cluster.role_arn == *arn {
        let found = format!("{arn} is the cluster role of cluster {}.", cluster.name);
        let why = "EKS does not accept the cluster role as a node role.";
        let fix = "Create a separate node role that trusts ec2.amazonaws.com.";
        let finding = Finding::new("Node role is the cluster role", found, why, fix);
        verdicts.blocks_plan(&subject.role_arn.path, finding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ROLE, fires, is_silent, node_group};
    use super::*;

    #[test]
    fn role_must_not_be_the_clusters() {
        is_silent(&CHECK, &node_group());
        let same = node_group().cluster("demo", |cluster| cluster.role_arn = ROLE.to_owned());
        fires(&CHECK, &same, Effect::BlocksPlan, "node_role_arn", &[ROLE, "the cluster role of cluster demo"]);
    }
}
