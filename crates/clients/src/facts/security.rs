//! Reads facts from EC2: security groups and network ACLs.

use std::collections::HashMap;

use aws_sdk_ec2::types::{
    IpPermission, NetworkAclEntry, RuleAction, SecurityGroup as DescribedGroup,
    SecurityGroupVpcAssociationState as State,
};

use super::network::{EC2, filter, in_vpc};
use super::{Found, during, text};
use crate::aws::errors::sorted;
use crate::errors::ApiError;
use preflight::facts::{AclRule, NetworkAcl, RuleSource, SecurityGroup, SecurityRule};

pub(super) async fn groups(
    ec2: aws_sdk_ec2::Client,
    ids: Vec<String>,
) -> Result<HashMap<String, SecurityGroup>, ApiError> {
    let pages = ec2.describe_security_groups().filters(filter("group-id", ids)).into_paginator().items().send();
    let groups: Result<Vec<_>, _> = pages.collect().await;
    let groups = groups.map_err(sorted(EC2, "DescribeSecurityGroups"))?;
    Ok(groups.iter().map(converted).map(|known| (known.id.clone(), known)).collect())
}

/// Returns the VPCs that a security group is associated with in addition to its own VPC.
pub(super) async fn vpcs(ec2: &aws_sdk_ec2::Client, group: &str) -> Found<Vec<String>> {
    let call = ec2.describe_security_group_vpc_associations().filters(filter("group-id", vec![group.to_owned()]));
    let found: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let found = found.map_err(sorted(EC2, "DescribeSecurityGroupVpcAssociations"));
    let found = found.map_err(during("ec2:DescribeSecurityGroupVpcAssociations"))?;
    let is_there = |state: &State| [State::Associated, State::Associating].contains(state);
    let vpcs = found.into_iter().filter(|each| each.state().is_some_and(is_there)).filter_map(|each| each.vpc_id);
    Ok(Some(vpcs.collect()))
}

pub(super) fn converted(group: &DescribedGroup) -> SecurityGroup {
    SecurityGroup {
        id: text(group.group_id()),
        vpc_id: text(group.vpc_id()),
        ingress: group.ip_permissions().iter().map(rule).collect(),
        egress: group.ip_permissions_egress().iter().map(rule).collect(),
    }
}

fn rule(permission: &IpPermission) -> SecurityRule {
    let v4 = permission.ip_ranges().iter().filter_map(|range| range.cidr_ip());
    let v6 = permission.ipv6_ranges().iter().filter_map(|range| range.cidr_ipv6());
    let cidrs = v4.chain(v6).map(|cidr| RuleSource::Cidr(cidr.to_owned()));
    let groups = permission.user_id_group_pairs().iter().filter_map(|pair| pair.group_id());
    let lists = permission.prefix_list_ids().iter().filter_map(|list| list.prefix_list_id());
    let groups = groups.map(|id| RuleSource::Group(id.to_owned()));
    let lists = lists.map(|id| RuleSource::PrefixList(id.to_owned()));
    SecurityRule {
        protocol: text(permission.ip_protocol()),
        // EC2 uses -1 for all ports.
        ports: permission.from_port().zip(permission.to_port()).filter(|ports| ports.0 >= 0),
        peers: cidrs.chain(groups).chain(lists).collect(),
    }
}

pub(super) async fn network_acls(ec2: &aws_sdk_ec2::Client, vpc: &str) -> Found<Vec<NetworkAcl>> {
    let pages = ec2.describe_network_acls().filters(in_vpc(vpc)).into_paginator().items().send();
    let acls: Result<Vec<_>, _> = pages.collect().await;
    let acls = acls.map_err(sorted(EC2, "DescribeNetworkAcls")).map_err(during("ec2:DescribeNetworkAcls"))?;
    let acls = acls.into_iter().map(|acl| {
        let associations = acl.associations().iter();
        let mut rules: Vec<_> = acl.entries().iter().map(acl_rule).collect();
        rules.sort_by_key(|rule| rule.number);
        NetworkAcl {
            id: text(acl.network_acl_id()),
            subnets: associations.filter_map(|association| association.subnet_id().map(str::to_owned)).collect(),
            rules,
        }
    });
    Ok(Some(acls.collect()))
}

fn acl_rule(entry: &NetworkAclEntry) -> AclRule {
    let ports = entry.port_range().and_then(|ports| ports.from().zip(ports.to()));
    AclRule {
        number: entry.rule_number().unwrap_or_default(),
        egress: entry.egress().unwrap_or_default(),
        allow: entry.rule_action() == Some(&RuleAction::Allow),
        protocol: text(entry.protocol()),
        cidr: text(entry.cidr_block().or(entry.ipv6_cidr_block())),
        ports: ports.filter(|ports| ports.0 >= 0),
    }
}
