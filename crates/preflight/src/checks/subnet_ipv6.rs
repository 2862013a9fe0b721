//! Nodes of an IPv6 cluster get IPv6 addresses.

use crate::derived::{cluster, subnets};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "subnet_ipv6",
    finds: "Reports subnets of an IPv6 cluster that have no IPv6 addresses or do not assign them.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::Subnets],
    reads: &[Family::Cluster, Family::Subnet],
    effects: &[Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let cluster = cluster(subject, facts)?;
    if !cluster.is_ipv6() {
        return Ok(());
    }
    let wrong = subnets(subject, facts)?.into_iter().filter_map(|subnet| {
        if subnet.ipv6_cidrs.is_empty() {
            Some(format!("{} has no IPv6 CIDR block", subnet.id))
        } else {
            (!subnet.assigns_ipv6).then(|| format!("{} does not assign IPv6 addresses", subnet.id))
        }
    });
    let wrong: Vec<_> = wrong.collect();
    if !wrong.is_empty() {
        let found = format!("Pods of cluster {} have IPv6 addresses, but {}.", cluster.name, wrong.join(", "));
        let why = "EKS reports Ec2SubnetMissingIpv6Assignment, and the node group fails.";
        let fix = "Associate an IPv6 CIDR block with each subnet, and set assign_ipv6_address_on_creation = true.";
        verdicts
            .blocks_apply(&subject.subnets.path, Finding::new("Subnets do not assign IPv6 addresses", found, why, fix));
    }
    subject.all_subnets_known()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;

    fn ipv6() -> World {
        let with_addresses = |world: World, id| {
            world.subnet(id, |subnet| {
                subnet.ipv6_cidrs = vec!["2001:db8::/64".to_owned()];
                subnet.assigns_ipv6 = true;
            })
        };
        let world = node_group().cluster("demo", |cluster| cluster.ip_family = "ipv6".to_owned());
        with_addresses(with_addresses(world, "subnet-a"), "subnet-b")
    }

    #[test]
    fn subnets_of_an_ipv6_cluster_assign_ipv6() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &ipv6());
        let none = ipv6().subnet("subnet-b", |subnet| subnet.ipv6_cidrs.clear());
        fires(&CHECK, &none, Effect::BlocksApply, "subnet_ids", &["demo", "subnet-b has no IPv6 CIDR block"]);
        let off = ipv6().subnet("subnet-a", |subnet| subnet.assigns_ipv6 = false);
        fires(&CHECK, &off, Effect::BlocksApply, "subnet_ids", &["subnet-a does not assign"]);
    }
}
