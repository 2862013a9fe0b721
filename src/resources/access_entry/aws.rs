//! Calls the AWS services and the cluster for access entries. The only file in this module that uses the SDK.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_eks::types as sdk;

use clients::aws::answers::{given, hashed, present, rfc3339, sorted_map};
use clients::aws::errors::sorted;
use clients::cache::Cache;
use clients::context::Clients;
use clients::errors::{ApiError, KUBERNETES};
use clients::facts::access::facts;
use clients::kube::{Kubernetes, Object};

use super::client::{Access, AccessEntry, AccessEntryClient, Associations, AwsAuth, CreateAccessEntry, Scope};

const EKS: &str = "EKS";

/// The services of one Region, and the data that was read from them.
pub struct AwsAccessEntries {
    eks: aws_sdk_eks::Client,
    kubernetes: Kubernetes,
    region: String,
    policies: Cache<(), Vec<String>>,
}

/// Returns a client for `region`, or for the provider Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Access {
    let aws = clients.aws();
    let region = region.unwrap_or(aws.region()).to_owned();
    let client = clients.facts().of_key(region.clone(), || AwsAccessEntries {
        eks: aws.eks(Some(&region)),
        kubernetes: clients.kubernetes().clone(),
        region: region.clone(),
        policies: Cache::default(),
    });
    Access { client, facts: facts(clients, Some(&region)) }
}

#[async_trait]
impl AccessEntryClient for AwsAccessEntries {
    async fn create(&self, request: &CreateAccessEntry) -> Result<AccessEntry, ApiError> {
        let operation = "CreateAccessEntry";
        let call = self
            .eks
            .create_access_entry()
            .cluster_name(&request.cluster_name)
            .principal_arn(&request.principal_arn)
            .client_request_token(&request.client_request_token)
            .r#type(&request.kind)
            .set_kubernetes_groups(given(request.groups.iter().cloned().collect::<Vec<_>>()))
            .set_username(request.username.clone())
            .set_tags(given(hashed(&request.tags)));
        let answer = call.send().await.map_err(sorted(EKS, operation))?;
        entry(present(answer.access_entry, EKS, operation, "accessEntry")?)
    }

    async fn describe(&self, cluster: &str, principal: &str) -> Result<AccessEntry, ApiError> {
        let operation = "DescribeAccessEntry";
        let call = self.eks.describe_access_entry().cluster_name(cluster).principal_arn(principal);
        let answer = call.send().await.map_err(sorted(EKS, operation))?;
        entry(present(answer.access_entry, EKS, operation, "accessEntry")?)
    }

    async fn update(
        &self,
        cluster: &str,
        principal: &str,
        groups: &BTreeSet<String>,
        username: Option<&str>,
    ) -> Result<(), ApiError> {
        let call = self
            .eks
            .update_access_entry()
            .cluster_name(cluster)
            .principal_arn(principal)
            .set_kubernetes_groups(Some(groups.iter().cloned().collect()))
            .set_username(username.map(str::to_owned));
        call.send().await.map_err(sorted(EKS, "UpdateAccessEntry")).map(drop)
    }

    async fn delete(&self, cluster: &str, principal: &str) -> Result<(), ApiError> {
        let call = self.eks.delete_access_entry().cluster_name(cluster).principal_arn(principal);
        call.send().await.map_err(sorted(EKS, "DeleteAccessEntry")).map(drop)
    }

    async fn list(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        let pages = self.eks.list_access_entries().cluster_name(cluster).max_results(100).into_paginator();
        pages.items().send().collect::<Result<_, _>>().await.map_err(sorted(EKS, "ListAccessEntries"))
    }

    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        let pages = self.eks.list_clusters().max_results(100).into_paginator();
        pages.items().send().collect::<Result<_, _>>().await.map_err(sorted(EKS, "ListClusters"))
    }

    async fn associations(&self, cluster: &str, principal: &str) -> Result<Associations, ApiError> {
        let operation = "ListAssociatedAccessPolicies";
        let call = self.eks.list_associated_access_policies().cluster_name(cluster).principal_arn(principal);
        let found: Vec<_> =
            call.into_paginator().items().send().collect::<Result<_, _>>().await.map_err(sorted(EKS, operation))?;
        let each = found.into_iter().map(|found| {
            let scope = found.access_scope.map(|scope| Scope {
                kind: scope.r#type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
                namespaces: scope.namespaces.unwrap_or_default().into_iter().collect(),
            });
            Ok((present(found.policy_arn, EKS, operation, "policyArn")?, scope.unwrap_or_default()))
        });
        each.collect()
    }

    async fn associate(&self, cluster: &str, principal: &str, policy: &str, scope: &Scope) -> Result<(), ApiError> {
        let wanted = sdk::AccessScope::builder()
            .r#type(scope.kind.as_str().into())
            .set_namespaces(given(scope.namespaces.iter().cloned().collect::<Vec<_>>()))
            .build();
        let call = self
            .eks
            .associate_access_policy()
            .cluster_name(cluster)
            .principal_arn(principal)
            .policy_arn(policy)
            .access_scope(wanted);
        call.send().await.map_err(sorted(EKS, "AssociateAccessPolicy")).map(drop)
    }

    async fn disassociate(&self, cluster: &str, principal: &str, policy: &str) -> Result<(), ApiError> {
        let call =
            self.eks.disassociate_access_policy().cluster_name(cluster).principal_arn(principal).policy_arn(policy);
        call.send().await.map_err(sorted(EKS, "DisassociateAccessPolicy")).map(drop)
    }

    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
        let call = self.eks.tag_resource().resource_arn(arn).set_tags(Some(hashed(tags)));
        call.send().await.map_err(sorted(EKS, "TagResource")).map(drop)
    }

    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), ApiError> {
        let call = self.eks.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.to_vec()));
        call.send().await.map_err(sorted(EKS, "UntagResource")).map(drop)
    }

    async fn policies(&self) -> Result<Vec<String>, ApiError> {
        let eks = self.eks.clone();
        let read = || async move {
            let pages = eks.list_access_policies().max_results(100).into_paginator().items().send();
            let found: Vec<sdk::AccessPolicy> =
                pages.collect::<Result<_, _>>().await.map_err(sorted(EKS, "ListAccessPolicies"))?;
            Ok(found.into_iter().filter_map(|policy| policy.arn).collect())
        };
        self.policies.get((), read).await
    }

    async fn aws_auth(&self, cluster: &str) -> Result<AwsAuth, ApiError> {
        let api = self.kubernetes.cluster(Some(&self.region), cluster);
        let map = match api.get(&Object::config_map("kube-system", "aws-auth")).await {
            Err(error) if error.is_not_found() && error.service == KUBERNETES => return Ok(AwsAuth::default()),
            map => map?,
        };
        let text = |key: &str| map["data"][key].as_str().unwrap_or_default().to_owned();
        Ok(AwsAuth { roles: text("mapRoles"), users: text("mapUsers") })
    }
}

/// Converts an entry of a response.
fn entry(entry: sdk::AccessEntry) -> Result<AccessEntry, ApiError> {
    fn needed<T>(name: &str, part: Option<T>) -> Result<T, ApiError> {
        present(part, EKS, "reading an access entry", name)
    }
    Ok(AccessEntry {
        cluster_name: needed("clusterName", entry.cluster_name)?,
        principal_arn: needed("principalArn", entry.principal_arn)?,
        arn: needed("accessEntryArn", entry.access_entry_arn)?,
        kind: needed("type", entry.r#type)?,
        groups: entry.kubernetes_groups.unwrap_or_default().into_iter().collect(),
        username: entry.username.unwrap_or_default(),
        created_at: entry.created_at.and_then(rfc3339),
        modified_at: entry.modified_at.and_then(rfc3339),
        tags: sorted_map(entry.tags),
    })
}

#[cfg(test)]
#[path = "aws/tests.rs"]
mod tests;
