//! Calls the AWS services for Fargate profiles. The only file in this module that uses the SDK.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;

use clients::aws::answers::{given, hashed, present, rfc3339, sorted_map};
use clients::aws::errors::sorted;
use clients::cache::Cache;
use clients::context::Clients;
use clients::errors::ApiError;

use super::client::{CreateFargateProfile, FargateProfile, FargateProfileClient, Issue, Selector};

const EKS: &str = "EKS";
const QUOTAS: &str = "Service Quotas";

/// The services of one Region, and the data that was read from them.
pub struct AwsFargateProfiles {
    eks: aws_sdk_eks::Client,
    quotas: aws_sdk_servicequotas::Client,
    names: Cache<String, Vec<String>>,
    values: Cache<String, Option<usize>>,
}

impl AwsFargateProfiles {
    /// Uses these clients, without cached data.
    #[must_use]
    pub fn new(eks: aws_sdk_eks::Client, quotas: aws_sdk_servicequotas::Client) -> Self {
        Self { eks, quotas, names: Cache::default(), values: Cache::default() }
    }
}

/// Returns a client for `region`, or for the provider Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Arc<dyn FargateProfileClient> {
    let aws = clients.aws();
    let make = || AwsFargateProfiles::new(aws.eks(region), aws.servicequotas(region));
    clients.facts().of_key(region.unwrap_or(aws.region()).to_owned(), make)
}

#[async_trait]
impl FargateProfileClient for AwsFargateProfiles {
    async fn create(&self, request: &CreateFargateProfile) -> Result<FargateProfile, ApiError> {
        let operation = "CreateFargateProfile";
        let call = self
            .eks
            .create_fargate_profile()
            .cluster_name(&request.cluster_name)
            .fargate_profile_name(&request.name)
            .client_request_token(&request.client_request_token)
            .pod_execution_role_arn(&request.pod_execution_role)
            .set_subnets(given(request.subnets.clone()))
            .set_selectors(Some(request.selectors.iter().map(selector).collect()))
            .set_tags(given(hashed(&request.tags)));
        let answer = call.send().await.map_err(sorted(EKS, operation))?;
        profile(present(answer.fargate_profile, EKS, operation, "fargateProfile")?)
    }

    async fn describe(&self, cluster: &str, name: &str) -> Result<FargateProfile, ApiError> {
        let operation = "DescribeFargateProfile";
        let call = self.eks.describe_fargate_profile().cluster_name(cluster).fargate_profile_name(name);
        let answer = call.send().await.map_err(sorted(EKS, operation))?;
        profile(present(answer.fargate_profile, EKS, operation, "fargateProfile")?)
    }

    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        list(&self.eks, cluster).await
    }

    async fn known(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        let (eks, name) = (self.eks.clone(), cluster.to_owned());
        self.names.get(cluster.to_owned(), || async move { list(&eks, &name).await }).await
    }

    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        let pages = self.eks.list_clusters().max_results(100).into_paginator();
        pages.items().send().collect::<Result<_, _>>().await.map_err(sorted(EKS, "ListClusters"))
    }

    async fn delete(&self, cluster: &str, name: &str) -> Result<(), ApiError> {
        let call = self.eks.delete_fargate_profile().cluster_name(cluster).fargate_profile_name(name);
        call.send().await.map_err(sorted(EKS, "DeleteFargateProfile")).map(drop)
    }

    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
        let call = self.eks.tag_resource().resource_arn(arn).set_tags(Some(hashed(tags)));
        call.send().await.map_err(sorted(EKS, "TagResource")).map(drop)
    }

    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError> {
        let call = self.eks.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.to_vec()));
        call.send().await.map_err(sorted(EKS, "UntagResource")).map(drop)
    }

    async fn quota(&self, code: &str) -> Result<Option<usize>, ApiError> {
        let call = self.quotas.get_service_quota().service_code("eks").quota_code(code);
        let load = || async move {
            let answer = match call.send().await.map_err(sorted(QUOTAS, "GetServiceQuota")) {
                Err(error) if error.code.as_deref() == Some("NoSuchResourceException") => return Ok(None),
                answer => answer?,
            };
            // A quota is an integer in a floating-point field.
            let value = answer.quota.and_then(|quota| quota.value).filter(|value| *value >= 0.0);
            Ok(value.and_then(|value| format!("{value:.0}").parse().ok()))
        };
        self.values.get(code.to_owned(), load).await
    }
}

async fn list(eks: &aws_sdk_eks::Client, cluster: &str) -> Result<Vec<String>, ApiError> {
    let pages = eks.list_fargate_profiles().cluster_name(cluster).max_results(100).into_paginator();
    pages.items().send().collect::<Result<_, _>>().await.map_err(sorted(EKS, "ListFargateProfiles"))
}

fn selector(selector: &Selector) -> sdk::FargateProfileSelector {
    sdk::FargateProfileSelector::builder()
        .namespace(&selector.namespace)
        .set_labels(given(hashed(&selector.labels)))
        .build()
}

/// Converts a profile of a response.
fn profile(profile: sdk::FargateProfile) -> Result<FargateProfile, ApiError> {
    fn needed<T>(name: &str, part: Option<T>) -> Result<T, ApiError> {
        present(part, EKS, "reading a Fargate profile", name)
    }
    let selectors = profile.selectors.unwrap_or_default().into_iter().map(|selector| Selector {
        namespace: selector.namespace.unwrap_or_default(),
        labels: sorted_map(selector.labels),
    });
    let issues = profile.health.and_then(|health| health.issues).unwrap_or_default().into_iter().map(|issue| Issue {
        code: issue.code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
        message: issue.message.unwrap_or_default(),
        resource_ids: issue.resource_ids.unwrap_or_default(),
    });
    Ok(FargateProfile {
        cluster_name: needed("clusterName", profile.cluster_name)?,
        name: needed("fargateProfileName", profile.fargate_profile_name)?,
        arn: needed("fargateProfileArn", profile.fargate_profile_arn)?,
        status: needed("status", profile.status)?.as_str().into(),
        created_at: profile.created_at.and_then(rfc3339),
        pod_execution_role: needed("podExecutionRoleArn", profile.pod_execution_role_arn)?,
        subnets: profile.subnets.unwrap_or_default(),
        selectors: selectors.collect(),
        health: issues.collect(),
        tags: sorted_map(profile.tags),
    })
}

#[cfg(test)]
#[path = "aws/tests.rs"]
mod tests;
