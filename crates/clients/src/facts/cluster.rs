//! Reads facts from EKS.

use std::collections::BTreeMap;

use aws_sdk_eks::types::{Cluster as Described, VpcConfigResponse};
use aws_smithy_types::date_time::Format;
use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::time::Instant;

use super::{Found, during, text};
use crate::aws::clusters::Clusters;
use crate::aws::errors::sorted;
use crate::errors::ErrorKind;
use preflight::facts::{AccessEntry, Addon, Cluster, ClusterVersion, Principal};

const EKS: &str = "EKS";

/// Maximum number of node groups described concurrently.
const GROUPS_AT_ONCE: usize = 10;

/// The service account of the VPC CNI, for EKS Pod Identity.
const CNI: (&str, &str) = ("kube-system", "aws-node");

/// Returns a cluster, read after `since` if it is set.
pub(super) async fn cluster(clusters: &Clusters, name: &str, since: Option<Instant>) -> Found<Cluster> {
    let cluster = match since {
        Some(since) => clusters.describe_since(name, since).await,
        None => clusters.describe(name).await,
    };
    let cluster = cluster.map_err(during("eks:DescribeCluster"))?;
    Ok(Some(converted(&cluster)))
}

pub(super) async fn names(eks: &aws_sdk_eks::Client) -> Found<Vec<String>> {
    let pages = eks.list_clusters().max_results(100).into_paginator().items().send();
    let names: Result<Vec<_>, _> = pages.collect().await;
    names.map(Some).map_err(sorted(EKS, "ListClusters")).map_err(during("eks:ListClusters"))
}

fn converted(cluster: &Described) -> Cluster {
    let none = VpcConfigResponse::builder().build();
    let vpc = cluster.resources_vpc_config().unwrap_or(&none);
    let network = cluster.kubernetes_network_config();
    let issues = cluster.health().map(|health| health.issues()).unwrap_or_default();
    let cidr = network.and_then(|network| network.service_ipv4_cidr().or(network.service_ipv6_cidr()));
    let mode = cluster.access_config().and_then(|access| access.authentication_mode());
    Cluster {
        name: text(cluster.name()),
        arn: text(cluster.arn()),
        status: text(cluster.status().map(|status| status.as_str())),
        version: text(cluster.version()),
        platform_version: text(cluster.platform_version()),
        role_arn: text(cluster.role_arn()),
        endpoint: text(cluster.endpoint()),
        certificate_authority: text(cluster.certificate_authority().and_then(|authority| authority.data())),
        vpc_id: text(vpc.vpc_id()),
        subnet_ids: vpc.subnet_ids().to_vec(),
        security_group_id: vpc.cluster_security_group_id().map(str::to_owned),
        further_security_group_ids: vpc.security_group_ids().to_vec(),
        public_access: vpc.endpoint_public_access(),
        private_access: vpc.endpoint_private_access(),
        public_access_cidrs: vpc.public_access_cidrs().to_vec(),
        ip_family: text(network.and_then(|network| network.ip_family()).map(|family| family.as_str())),
        service_cidr: cidr.map(str::to_owned),
        // Clusters that are older than access entries do not return the mode.
        authentication_mode: mode.map_or("CONFIG_MAP", |mode| mode.as_str()).to_owned(),
        auto_mode: cluster.compute_config().and_then(|compute| compute.enabled()).unwrap_or_default(),
        on_outpost: cluster.outpost_config().is_some(),
        health_issues: issues.iter().filter_map(|issue| issue.message().map(str::to_owned)).collect(),
    }
}

pub(super) async fn versions(eks: &aws_sdk_eks::Client) -> Found<BTreeMap<String, ClusterVersion>> {
    let pages = eks.describe_cluster_versions().include_all(true).into_paginator().items().send();
    let versions: Result<Vec<_>, _> = pages.collect().await;
    let versions = versions.map_err(sorted(EKS, "DescribeClusterVersions"));
    let date = |date: Option<&aws_smithy_types::DateTime>| date.and_then(|date| date.fmt(Format::DateTime).ok());
    let versions = versions.map_err(during("eks:DescribeClusterVersions"))?.into_iter().map(|version| {
        let known = ClusterVersion {
            status: text(version.version_status().map(|status| status.as_str())),
            end_of_standard_support: date(version.end_of_standard_support_date()),
            end_of_extended_support: date(version.end_of_extended_support_date()),
        };
        (text(version.cluster_version()), known)
    });
    Ok(Some(versions.collect()))
}

pub(super) async fn node_groups(eks: &aws_sdk_eks::Client, cluster: &str) -> Found<Vec<String>> {
    let pages = eks.list_nodegroups().cluster_name(cluster).max_results(100).into_paginator().items().send();
    let names: Result<Vec<_>, _> = pages.collect().await;
    names.map(Some).map_err(sorted(EKS, "ListNodegroups")).map_err(during("eks:ListNodegroups"))
}

/// Returns the node role of every node group of a cluster, with one call per node group and limited concurrency.
pub(super) async fn node_roles(eks: &aws_sdk_eks::Client, cluster: &str) -> Found<BTreeMap<String, String>> {
    let names = node_groups(eks, cluster).await?.unwrap_or_default();
    let roles = stream::iter(names).map(|name| async move {
        let answer = eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(&name).send().await;
        match answer.map_err(sorted(EKS, "DescribeNodegroup")) {
            // The node group was deleted in the meantime.
            Err(error) if error.is_not_found() => Ok(None),
            answer => {
                let group = answer.map_err(during("eks:DescribeNodegroup"))?.nodegroup;
                Ok(group.and_then(|group| group.node_role).map(|role| (name, role)))
            }
        }
    });
    let roles: Vec<_> = roles.buffer_unordered(GROUPS_AT_ONCE).try_collect().await?;
    Ok(Some(roles.into_iter().flatten().collect()))
}

pub(super) async fn fargate_profiles(eks: &aws_sdk_eks::Client, cluster: &str) -> Found<Vec<String>> {
    let pages = eks.list_fargate_profiles().cluster_name(cluster).max_results(100).into_paginator().items().send();
    let names: Result<Vec<_>, _> = pages.collect().await;
    names.map(Some).map_err(sorted(EKS, "ListFargateProfiles")).map_err(during("eks:ListFargateProfiles"))
}

/// Returns the access entry of a role, or `None` if it does not exist or the cluster does not support access entries.
pub(super) async fn access_entry(eks: &aws_sdk_eks::Client, of: &Principal) -> Found<AccessEntry> {
    let answer = eks.describe_access_entry().cluster_name(&of.cluster).principal_arn(&of.arn).send().await;
    let answer = match answer.map_err(sorted(EKS, "DescribeAccessEntry")) {
        Err(error) if error.kind == ErrorKind::Invalid => return Ok(None),
        answer => answer.map_err(during("eks:DescribeAccessEntry"))?,
    };
    Ok(answer.access_entry.map(|entry| AccessEntry {
        kind: text(entry.r#type()),
        username: text(entry.username()),
        groups: entry.kubernetes_groups().to_vec(),
        created_at: entry.created_at().map(aws_smithy_types::DateTime::secs).unwrap_or_default(),
    }))
}

/// Returns the access policies of an access entry.
pub(super) async fn access_policies(eks: &aws_sdk_eks::Client, of: &Principal) -> Found<Vec<String>> {
    let call = eks.list_associated_access_policies().cluster_name(&of.cluster).principal_arn(&of.arn);
    let pages = call.max_results(100).into_paginator().items().send();
    let policies: Result<Vec<_>, _> = pages.collect().await;
    let action = "eks:ListAssociatedAccessPolicies";
    let policies = policies.map_err(sorted(EKS, "ListAssociatedAccessPolicies")).map_err(during(action))?;
    Ok(Some(policies.into_iter().filter_map(|policy| policy.policy_arn).collect()))
}

/// Returns the VPC CNI: as an add-on, or if its service account has an EKS Pod Identity association.
pub(super) async fn vpc_cni(eks: &aws_sdk_eks::Client, cluster: &str) -> Found<Addon> {
    let answer = eks.describe_addon().cluster_name(cluster).addon_name("vpc-cni").send().await;
    let addon = match answer.map_err(sorted(EKS, "DescribeAddon")) {
        Err(error) if error.is_not_found() => None,
        answer => answer.map_err(during("eks:DescribeAddon"))?.addon,
    };
    if let Some(addon) = &addon {
        let own = addon.service_account_role_arn().is_some() || !addon.pod_identity_associations().is_empty();
        if own {
            return Ok(Some(Addon { has_own_role: true, version: text(addon.addon_version()) }));
        }
    }
    let call = eks.list_pod_identity_associations().cluster_name(cluster).namespace(CNI.0).service_account(CNI.1);
    let answer = call.send().await.map_err(sorted(EKS, "ListPodIdentityAssociations"));
    let has_own_role = match answer {
        Err(error) if error.is_not_found() => false,
        answer => !answer.map_err(during("eks:ListPodIdentityAssociations"))?.associations().is_empty(),
    };
    let version = addon.as_ref().map(|addon| text(addon.addon_version()));
    Ok((addon.is_some() || has_own_role).then(|| Addon { has_own_role, version: version.unwrap_or_default() }))
}
