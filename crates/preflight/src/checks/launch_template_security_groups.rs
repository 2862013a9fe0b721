//! The security groups of the launch template allow traffic between nodes and the control plane.

use std::collections::BTreeSet;

use crate::derived::{cluster, template};
use crate::facts::{Cluster, Facts, Family, RuleSource, SecurityGroup, SecurityRule, Skip, Template, both, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "launch_template_security_groups",
    finds: "Reports security groups of the launch template that do not exist, or that belong to another VPC and are \
            not associated with the cluster VPC. Also reports security groups that block traffic between the nodes and \
            the control plane, and network interfaces that have a public IP address but no security groups.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::LaunchTemplate],
    reads: &[Family::Cluster, Family::Template, Family::SecurityGroup, Family::SecurityGroupVpcs],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let (cluster, template) = both(cluster(subject, facts), template(subject, facts))?;
    let Some(template) = template else { return Ok(()) };
    let path = &subject.launch_template.path;
    let place = format!("Version {} of {}", template.version, template.id);
    let ids = groups_of(template);
    if ids.is_empty() {
        if template.interfaces.iter().any(|interface| interface.public_ip == Some(true)) {
            let found = format!("{place} has a network interface with a public IP address and no security groups.");
            let why = "EKS adds the cluster security group to the instance, but not to this network interface, which \
                       then uses the default security group of the VPC.";
            let fix = format!("Specify security groups in the network interface, such as {}.", own(cluster));
            verdicts.warning(path, Finding::new("Network interface has no security groups", found, why, fix));
        }
        return Ok(());
    }
    let groups = together(ids.iter().map(|id| facts.security_group(*id)))?;
    let elsewhere = groups.iter().flatten().filter(|group| group.vpc_id != cluster.vpc_id);
    let associated = together(elsewhere.map(|group| Ok((&group.id, facts.security_group_vpcs(group.id.as_str())?))))?;
    let is_associated = |id: &str| {
        let mut vpcs = associated.iter().filter(|(other, _)| *other == id).filter_map(|(_, vpcs)| *vpcs).flatten();
        vpcs.any(|vpc| *vpc == cluster.vpc_id)
    };
    let wrong = ids.iter().zip(&groups).filter_map(|(id, group)| match group {
        None => Some(format!("{id} does not exist")),
        Some(group) if group.vpc_id == cluster.vpc_id || is_associated(id) => None,
        Some(group) => Some(format!("{id} is in {}", group.vpc_id)),
    });
    let wrong: Vec<_> = wrong.collect();
    if !wrong.is_empty() {
        let found = format!(
            "{place} specifies invalid security groups: {}. Cluster {} is in {}.",
            wrong.join(", "),
            cluster.name,
            cluster.vpc_id
        );
        let why = "Instances cannot be launched with these security groups.";
        let fix = format!(
            "Specify security groups of {0}, or associate the specified security groups with {0}.",
            cluster.vpc_id
        );
        verdicts.blocks_apply(path, Finding::new("Security groups not in the cluster VPC", found, why, fix));
        return Ok(());
    }
    if ids.iter().any(|id| Some(*id) == cluster.security_group_id.as_deref()) {
        return Ok(());
    }
    let nodes: Vec<_> = groups.into_iter().flatten().collect();
    let control: Vec<_> = cluster.security_group_id.iter().chain(&cluster.further_security_group_ids).collect();
    let control = together(control.iter().map(|id| facts.security_group(id.as_str())))?;
    let control: Vec<_> = control.into_iter().flatten().collect();
    let closed = closed(&nodes, &control);
    if !control.is_empty() && !closed.is_empty() {
        let found = format!("{place} specifies {} instead of {}: {}.", list(&ids), own(cluster), closed.join(", and "));
        let why = "If the launch template specifies security groups, EKS does not add its own. If this traffic is \
                   blocked, nodes cannot join the cluster or provide logs.";
        let fix =
            format!("Add {} to the security groups of the launch template, or add the missing rules.", own(cluster));
        verdicts.warning(path, Finding::new("Security groups block control plane traffic", found, why, fix));
    }
    Ok(())
}

fn own(cluster: &Cluster) -> &str {
    cluster.security_group_id.as_deref().unwrap_or("the cluster security group")
}

fn list(ids: &BTreeSet<&str>) -> String {
    ids.iter().copied().collect::<Vec<_>>().join(", ")
}

/// Returns the security groups of the instance, or else of its network interfaces.
fn groups_of(template: &Template) -> BTreeSet<&str> {
    let of_interfaces = template.interfaces.iter().flat_map(|interface| &interface.security_groups);
    template.security_groups.iter().chain(of_interfaces).map(String::as_str).collect()
}

/// Returns the required traffic between nodes and control plane that no rule allows. The members of networks and prefix
/// lists are unknown, so such rules count as open.
fn closed(nodes: &[&SecurityGroup], control: &[&SecurityGroup]) -> Vec<String> {
    let ids = |groups: &[&SecurityGroup]| groups.iter().map(|group| group.id.clone()).collect::<Vec<_>>();
    let opens = |rules: &[SecurityRule], port: i32, peers: &[String]| {
        rules.iter().any(|rule| {
            let ports = rule.ports.is_none_or(|(first, last)| first < 0 || (first..=last).contains(&port));
            let peer = |peer: &RuleSource| match peer {
                RuleSource::Group(id) => peers.contains(id),
                RuleSource::Cidr(_) | RuleSource::PrefixList(_) => true,
            };
            ["-1", "tcp", "6"].contains(&rule.protocol.as_str()) && ports && rule.peers.iter().any(peer)
        })
    };
    let (node_ids, control_ids) = (ids(nodes), ids(control));
    let mut closed = Vec::new();
    if !control.iter().any(|group| opens(&group.ingress, 443, &node_ids)) {
        closed.push(format!("port 443 of {} is not open to the nodes", control_ids.join(" and ")));
    }
    if !nodes.iter().any(|group| opens(&group.egress, 443, &control_ids)) {
        closed.push("the nodes have no outbound rule for port 443".to_owned());
    }
    if !nodes.iter().any(|group| opens(&group.ingress, 10250, &control_ids)) {
        closed.push(format!("port 10250 of the nodes is not open to {}", control_ids.join(" and ")));
    }
    closed
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CLUSTER_GROUP, VPC, World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult, TemplateInterface};

    const PATH: &str = "launch_template[0]";

    fn rule(port: i32, peer: RuleSource) -> SecurityRule {
        SecurityRule { protocol: "tcp".to_owned(), ports: Some((port, port)), peers: vec![peer] }
    }

    fn of(groups: &[&str]) -> World {
        let security_groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let anywhere = SecurityRule {
            protocol: "-1".to_owned(),
            ports: None,
            peers: vec![RuleSource::Cidr("0.0.0.0/0".to_owned())],
        };
        let nodes = SecurityGroup {
            id: "sg-nodes".to_owned(),
            vpc_id: VPC.to_owned(),
            ingress: vec![rule(10250, RuleSource::Group(CLUSTER_GROUP.to_owned()))],
            egress: vec![anywhere],
        };
        node_group()
            .template(Template { security_groups, ..Template::default() })
            .with(Fact::SecurityGroup("sg-nodes".to_owned(), FactResult::Known(nodes)))
    }

    #[test]
    fn cluster_group_is_enough() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &of(&[]));
        is_silent(&CHECK, &of(&[CLUSTER_GROUP]));
        is_silent(&CHECK, &of(&[CLUSTER_GROUP, "sg-nodes"]));
    }

    #[test]
    fn other_groups_need_the_ways() {
        let words = &["sg-nodes instead of sg-cluster", "port 443 of sg-cluster is not open to the nodes"];
        fires(&CHECK, &of(&["sg-nodes"]), Effect::Warns, PATH, words);
        let open = |world: World| {
            world.security_group(CLUSTER_GROUP, |group| {
                group.ingress.push(rule(443, RuleSource::Group("sg-nodes".to_owned())))
            })
        };
        is_silent(&CHECK, &open(of(&["sg-nodes"])));
        let by_network = of(&["sg-nodes"]).security_group(CLUSTER_GROUP, |group| {
            group.ingress.push(rule(443, RuleSource::Cidr("10.0.0.0/8".to_owned())));
        });
        is_silent(&CHECK, &by_network);
        let no_kubelet = open(of(&["sg-nodes"])).security_group("sg-nodes", |group| group.ingress.clear());
        fires(&CHECK, &no_kubelet, Effect::Warns, PATH, &["port 10250 of the nodes is not open to sg-cluster"]);
        let mute = open(of(&["sg-nodes"])).security_group("sg-nodes", |group| group.egress.clear());
        fires(&CHECK, &mute, Effect::Warns, PATH, &["no outbound rule for port 443"]);
    }

    #[test]
    fn groups_are_of_the_vpc() {
        let other = of(&["sg-nodes"]).security_group("sg-nodes", |group| group.vpc_id = "vpc-2".to_owned());
        let with = |vpcs: &[&str]| {
            let vpcs = vpcs.iter().map(|vpc| (*vpc).to_owned()).collect();
            other.clone().with(Fact::SecurityGroupVpcs("sg-nodes".to_owned(), FactResult::Known(vpcs)))
        };
        let open = with(&["vpc-3", VPC]).security_group(CLUSTER_GROUP, |group| {
            group.ingress.push(rule(443, RuleSource::Group("sg-nodes".to_owned())));
        });
        is_silent(&CHECK, &open);
        let other = with(&["vpc-3"]);
        fires(&CHECK, &other, Effect::BlocksApply, PATH, &["sg-nodes is in vpc-2", "demo is in vpc-1"]);
        let gone = of(&["sg-nodes"]).with(Fact::SecurityGroup("sg-nodes".to_owned(), FactResult::Missing));
        fires(&CHECK, &gone, Effect::BlocksApply, PATH, &["sg-nodes does not exist"]);
    }

    #[test]
    fn public_interface_needs_groups() {
        let of = |security_groups| {
            let interfaces =
                vec![TemplateInterface { public_ip: Some(true), security_groups, ..TemplateInterface::default() }];
            node_group().template(Template { interfaces, ..Template::default() })
        };
        is_silent(&CHECK, &of(vec![CLUSTER_GROUP.to_owned()]));
        fires(&CHECK, &of(Vec::new()), Effect::Warns, PATH, &["such as sg-cluster"]);
    }
}
