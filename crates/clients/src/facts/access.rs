//! Reads the access to a cluster from the services.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use aws_sdk_eks::types::{FargateProfileStatus, NodegroupStatus};
use futures::{StreamExt, TryStreamExt, stream};

use crate::access::{AccessFacts, RoleInUse};
use crate::aws::Aws;
use crate::aws::answers::present;
use crate::aws::clusters::Clusters;
use crate::aws::errors::sorted;
use crate::cache::Cache;
use crate::context::Clients;
use crate::errors::ApiError;

const EKS: &str = "EKS";

/// How long the facts that were read for one deletion are reused for others.
const FRESH: Duration = Duration::from_secs(5);

/// Maximum number of node groups and profiles described concurrently.
const AT_ONCE: usize = 8;

struct AwsFacts {
    aws: Aws,
    eks: Client,
    clusters: Clusters,
    entries: Cache<String, Vec<String>>,
    in_use: Cache<String, Vec<RoleInUse>>,
}

/// Returns the shared facts of a Region, or of the provider Region.
#[must_use]
pub fn facts(clients: &Clients, region: Option<&str>) -> Arc<dyn AccessFacts> {
    let aws = clients.aws();
    clients.facts().of_key(region.unwrap_or(aws.region()).to_owned(), || {
        let (eks, clusters, entries) = (aws.eks(region), aws.clusters(region), Cache::default());
        AwsFacts { aws: aws.clone(), eks, clusters, entries, in_use: Cache::with_max_age(FRESH) }
    })
}

#[async_trait]
impl AccessFacts for AwsFacts {
    async fn authentication_mode(&self, cluster: &str) -> Result<String, ApiError> {
        let cluster = self.clusters.describe(cluster).await?;
        let mode = cluster.access_config().and_then(|config| config.authentication_mode());
        // Clusters that are older than access entries do not return the mode.
        Ok(mode.map_or("CONFIG_MAP", |mode| mode.as_str()).to_owned())
    }

    async fn access_entries(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        let (eks, name) = (self.eks.clone(), cluster.to_owned());
        let read = || async move {
            let pages = eks.list_access_entries().cluster_name(name).into_paginator().items().send();
            pages.try_collect().await.map_err(sorted(EKS, "ListAccessEntries"))
        };
        self.entries.get(cluster.to_owned(), read).await
    }

    async fn roles_in_use(&self, cluster: &str, now: bool) -> Result<Vec<RoleInUse>, ApiError> {
        let (eks, key) = (self.eks.clone(), cluster.to_owned());
        if now {
            self.in_use.forget(&key);
        }
        let name = key.clone();
        let read = || async move {
            let (mut groups, profiles) = futures::try_join!(node_groups(&eks, &name), fargate_profiles(&eks, &name))?;
            groups.extend(profiles);
            Ok(groups)
        };
        self.in_use.get(key, read).await
    }

    async fn caller(&self) -> Result<String, ApiError> {
        self.aws.caller_arn().await
    }
}

async fn node_groups(eks: &Client, cluster: &str) -> Result<Vec<RoleInUse>, ApiError> {
    let pages = eks.list_nodegroups().cluster_name(cluster).into_paginator().items().send();
    let names: Vec<String> = pages.try_collect().await.map_err(sorted(EKS, "ListNodegroups"))?;
    let describe = |name: String| async move {
        let answer = eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(&name).send().await;
        let group = match answer.map_err(sorted(EKS, "DescribeNodegroup")) {
            Err(error) if error.is_not_found() => return Ok(None),
            answer => present(answer?.nodegroup, EKS, "DescribeNodegroup", "node group")?,
        };
        let leaves = group.status == Some(NodegroupStatus::Deleting);
        let role = group.node_role.filter(|_| !leaves);
        Ok(role.map(|role_arn| RoleInUse { role_arn, user: format!("node group {name}") }))
    };
    each(names, describe).await
}

async fn fargate_profiles(eks: &Client, cluster: &str) -> Result<Vec<RoleInUse>, ApiError> {
    let pages = eks.list_fargate_profiles().cluster_name(cluster).into_paginator().items().send();
    let names: Vec<String> = pages.try_collect().await.map_err(sorted(EKS, "ListFargateProfiles"))?;
    let describe = |name: String| async move {
        let answer = eks.describe_fargate_profile().cluster_name(cluster).fargate_profile_name(&name).send().await;
        let profile = match answer.map_err(sorted(EKS, "DescribeFargateProfile")) {
            Err(error) if error.is_not_found() => return Ok(None),
            answer => present(answer?.fargate_profile, EKS, "DescribeFargateProfile", "Fargate profile")?,
        };
        let leaves = profile.status == Some(FargateProfileStatus::Deleting);
        let role = profile.pod_execution_role_arn.filter(|_| !leaves);
        Ok(role.map(|role_arn| RoleInUse { role_arn, user: format!("Fargate profile {name}") }))
    };
    each(names, describe).await
}

/// Describes up to this many objects concurrently. Objects that were deleted in the meantime are skipped.
async fn each<F: Future<Output = Result<Option<RoleInUse>, ApiError>>>(
    names: Vec<String>,
    describe: impl Fn(String) -> F,
) -> Result<Vec<RoleInUse>, ApiError> {
    let found: Vec<_> = stream::iter(names).map(describe).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
