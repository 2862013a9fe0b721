//! The network plugin is allowed to assign IP addresses to pods, through the node role or a separate role.

use crate::derived::cluster;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::permissions::{lacks, policies};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "role_cni_policy",
    finds: "Reports a node role without AmazonEKS_CNI_Policy, or without the permission to assign IPv6 addresses in an \
            IPv6 cluster, if the vpc-cni add-on does not have a separate role.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster, Input::Role],
    reads: &[Family::Role, Family::RolePolicies, Family::Allowed, Family::Cluster, Family::VpcCni],
    effects: &[Effect::Warns],
    run,
};

const SUMMARY: &str = "Network plugin lacks permissions";
const WHY: &str = "The plugin requires these permissions to assign IP addresses to pods. Nodes stay NotReady until it \
                   has them.";

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let arn = subject.role_arn.need()?;
    let policies = policies(subject, facts, arn)?;
    let cluster = cluster(subject, facts)?;
    // AmazonEKS_CNI_Policy covers only IPv4. The representative IPv4 action does not support resource restrictions.
    let (enough, action): (&[&str], _) = if cluster.is_ipv6() {
        (&[], "ec2:AssignIpv6Addresses")
    } else {
        (&["AmazonEKS_CNI_Policy"], "ec2:DescribeNetworkInterfaces")
    };
    // EKS Auto Mode includes its own networking.
    if cluster.auto_mode || !lacks(facts, arn, policies, enough, action)? {
        return Ok(());
    }
    let addon = facts.vpc_cni(cluster.name.as_str())?;
    if addon.is_some_and(|addon| addon.has_own_role) {
        return Ok(());
    }
    let addon = if addon.is_some() {
        "the vpc-cni add-on of the cluster has no separate role"
    } else {
        "the cluster has no vpc-cni add-on with a separate role"
    };
    let found = format!("No policy of {arn} allows {action}, and {addon}.");
    let fix = if cluster.is_ipv6() {
        "Attach a policy to the node role or to a separate role of the add-on. The policy must allow \
         ec2:AssignIpv6Addresses, ec2:DescribeInstances, ec2:DescribeTags, ec2:DescribeNetworkInterfaces, and \
         ec2:DescribeInstanceTypes on all resources, and ec2:CreateTags on network interfaces."
            .to_owned()
    } else {
        format!(
            "Attach arn:{}:iam::aws:policy/AmazonEKS_CNI_Policy to the node role, or configure a separate role for the \
             add-on. If the cluster uses another network plugin, or an annotation assigns a role to aws-node, skip \
             this check.",
            subject.partition
        )
    };
    verdicts.warning(&subject.role_arn.path, Finding::new(SUMMARY, found, WHY, fix));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ROLE, World, attached, decision, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Addon, Decision, Fact, FactResult};

    const IPV4: &str = "ec2:DescribeNetworkInterfaces";
    const IPV6: &str = "ec2:AssignIpv6Addresses";

    fn without_policy() -> World {
        let worker = Fact::RolePolicies(ROLE.to_owned(), attached(&["AmazonEKSWorkerNodePolicy"]));
        node_group().with(worker).with(decision(IPV4, Decision::ImplicitDeny))
    }

    fn addon(has_own_role: bool) -> Fact {
        Fact::VpcCni("demo".to_owned(), FactResult::Known(Addon { has_own_role, ..Addon::default() }))
    }

    #[test]
    fn plugin_needs_a_policy_or_a_role() {
        is_silent(&CHECK, &node_group());
        let words = &[ROLE, IPV4, "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"];
        fires(&CHECK, &without_policy(), Effect::Warns, "node_role_arn", words);
        let no_addon = without_policy().with(Fact::VpcCni("demo".to_owned(), FactResult::Missing));
        fires(&CHECK, &no_addon, Effect::Warns, "node_role_arn", &["has no vpc-cni add-on"]);
        is_silent(&CHECK, &without_policy().with(addon(true)));
        is_silent(&CHECK, &without_policy().with(decision(IPV4, Decision::Allowed)));
        is_silent(&CHECK, &without_policy().cluster("demo", |cluster| cluster.auto_mode = true));
    }

    #[test]
    fn ipv6_needs_another_policy() {
        let ipv6 = node_group().cluster("demo", |cluster| cluster.ip_family = "ipv6".to_owned());
        is_silent(&CHECK, &ipv6);
        let without = ipv6.with(decision(IPV6, Decision::ImplicitDeny));
        fires(&CHECK, &without, Effect::Warns, "node_role_arn", &[IPV6, "ec2:CreateTags"]);
        is_silent(&CHECK, &without.with(addon(true)));
    }
}
