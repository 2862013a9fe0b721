//! The network ACLs of the subnets allow the traffic of nodes and pods.

use std::collections::BTreeMap;

use crate::derived::subnets;
use crate::facts::{AclRule, Facts, Family, NetworkAcl, Skip, Subnet, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "network_acl",
    finds: "Reports network ACLs of the subnets that block outbound traffic to port 443 or inbound return traffic.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Subnets],
    reads: &[Family::Subnet, Family::NetworkAcls],
    effects: &[Effect::Warns],
    run,
};

/// An ephemeral port on both Linux and Windows.
const EPHEMERAL: i32 = 50_000;

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let subnets = subnets(subject, facts)?;
    let acls = together(subnets.iter().map(|subnet| facts.network_acls(subnet.vpc_id.as_str())))?;
    let mut users: BTreeMap<&str, (&NetworkAcl, Vec<&Subnet>)> = BTreeMap::new();
    for (subnet, acls) in subnets.into_iter().zip(acls) {
        let own = acls.into_iter().flatten().find(|acl| acl.subnets.contains(&subnet.id));
        if let Some(acl) = own {
            users.entry(&acl.id).or_insert_with(|| (acl, Vec::new())).1.push(subnet);
        }
    }
    for (acl, subnets) in users.values() {
        let ways = [
            (true, 443, "blocks outbound traffic to TCP port 443"),
            (false, EPHEMERAL, "blocks inbound return traffic on TCP ports 1024-65535"),
        ];
        let closed = ways.into_iter().filter(|(egress, port, _)| !opens(acl, *egress, *port));
        let closed: Vec<_> = closed.map(|(_, _, what)| what).collect();
        if !closed.is_empty() {
            let list = subnets.iter().map(|subnet| subnet.id.as_str()).collect::<Vec<_>>().join(", ");
            let found = format!("Network ACL {} of {list} {}.", acl.id, closed.join(" and "));
            let why = "Nodes and pods in these subnets cannot reach EKS or ECR.";
            let fix = format!("Allow outbound TCP port 443 and inbound TCP ports 1024-65535 in {}.", acl.id);
            verdicts
                .warning(&subject.subnets.path, Finding::new("Network ACL blocks required traffic", found, why, fix));
        }
    }
    subject.all_subnets_known()
}

/// Returns whether a rule allows TCP traffic for some address, before a rule that denies it for all addresses.
fn opens(acl: &NetworkAcl, egress: bool, port: i32) -> bool {
    let is_about = |rule: &&AclRule| {
        let ports = rule.ports.is_none_or(|(first, last)| (first..=last).contains(&port));
        rule.egress == egress && ["-1", "6"].contains(&rule.protocol.as_str()) && ports
    };
    let mut rules: Vec<_> = acl.rules.iter().filter(is_about).collect();
    rules.sort_by_key(|rule| rule.number);
    // IPv6 rules are interleaved with IPv4 rules.
    ["0.0.0.0/0", "::/0"].iter().any(|anywhere| {
        let is_ipv6 = |rule: &AclRule| rule.cidr.contains(':');
        let of_family = rules.iter().filter(|rule| is_ipv6(rule) == anywhere.contains(':'));
        of_family.take_while(|rule| rule.allow || rule.cidr != *anywhere).any(|rule| rule.allow)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{VPC, World, fargate_profile, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};

    fn rule(number: i32, egress: bool, allow: bool, ports: Option<(i32, i32)>) -> AclRule {
        let protocol = if ports.is_some() { "6" } else { "-1" };
        AclRule { number, egress, allow, protocol: protocol.to_owned(), cidr: "0.0.0.0/0".to_owned(), ports }
    }

    fn with(world: World, rules: Vec<AclRule>) -> World {
        let subnets = vec!["subnet-a".to_owned(), "subnet-b".to_owned()];
        let acl = NetworkAcl { id: "acl-1".to_owned(), subnets, rules };
        world.with(Fact::NetworkAcls(VPC.to_owned(), FactResult::Known(vec![acl])))
    }

    #[test]
    fn default_acl_is_open() {
        for world in [node_group(), fargate_profile()] {
            is_silent(&CHECK, &world);
            let open = vec![
                rule(100, true, true, None),
                rule(32767, true, false, None),
                rule(100, false, true, None),
                rule(32767, false, false, None),
            ];
            is_silent(&CHECK, &with(world, open));
        }
    }

    #[test]
    fn closed_acl_is_found() {
        let world = |rules| with(node_group(), rules);
        let both = world(vec![rule(32767, true, false, None), rule(32767, false, false, None)]);
        fires(
            &CHECK,
            &both,
            Effect::Warns,
            "subnet_ids",
            &["acl-1 of subnet-a, subnet-b", "outbound traffic to TCP port 443 and"],
        );
        let no_answers = world(vec![rule(100, true, true, None), rule(100, false, true, Some((22, 22)))]);
        fires(&CHECK, &no_answers, Effect::Warns, "subnet_ids", &["inbound return traffic"]);
        let denied_first = world(vec![
            rule(90, true, false, Some((443, 443))),
            rule(100, true, true, None),
            rule(100, false, true, None),
        ]);
        fires(&CHECK, &denied_first, Effect::Warns, "subnet_ids", &["outbound traffic to TCP port 443"]);
    }

    #[test]
    fn one_open_network_is_enough() {
        let network = AclRule { cidr: "10.0.0.0/8".to_owned(), ..rule(90, true, true, Some((443, 443))) };
        let rules = vec![network, rule(32767, true, false, None), rule(100, false, true, Some((1024, 65535)))];
        is_silent(&CHECK, &with(node_group(), rules));
    }
}
