//! Connects to the clusters of a Region: to EKS, and through it to their Kubernetes API.

use std::sync::Arc;

use async_trait::async_trait;

use clients::aws::clusters::Clusters as Described;
use clients::aws::errors::sorted;
use clients::context::Clients;
use clients::errors::ApiError;
use clients::kube::{Kubernetes, KubernetesApi};

use super::client::{Key, Removal, WindowsSupportClient};
use super::kube;

const EKS: &str = "EKS";

struct Clusters {
    eks: aws_sdk_eks::Client,
    described: Described,
    kubernetes: Kubernetes,
    region: Option<String>,
}

/// Returns a client for `region`, or for the configured Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Arc<dyn WindowsSupportClient> {
    Arc::new(Clusters {
        eks: clients.aws().eks(region),
        described: clients.aws().clusters(region),
        kubernetes: clients.kubernetes().clone(),
        region: region.map(str::to_owned),
    })
}

impl Clusters {
    fn cluster(&self, name: &str) -> Arc<dyn KubernetesApi> {
        self.kubernetes.cluster(self.region.as_deref(), name)
    }
}

#[async_trait]
impl WindowsSupportClient for Clusters {
    async fn clusters(&self) -> Result<Vec<String>, ApiError> {
        let pages = self.eks.list_clusters().into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.map_err(sorted(EKS, "ListClusters"))
    }

    async fn ip_family(&self, cluster: &str) -> Result<String, ApiError> {
        let cluster = self.described.describe(cluster).await?;
        let family = cluster.kubernetes_network_config().and_then(|network| network.ip_family());
        Ok(family.map_or("ipv4", |family| family.as_str()).to_owned())
    }

    async fn may_run_linux(&self, cluster: &str) -> Result<bool, ApiError> {
        let profiles = self.eks.list_fargate_profiles().cluster_name(cluster).max_results(1).send().await;
        if !profiles.map_err(sorted(EKS, "ListFargateProfiles"))?.fargate_profile_names().is_empty() {
            return Ok(true);
        }
        let mut groups = self.eks.list_nodegroups().cluster_name(cluster).into_paginator().items().send();
        while let Some(name) = groups.next().await {
            let name = name.map_err(sorted(EKS, "ListNodegroups"))?;
            let group = self.eks.describe_nodegroup().cluster_name(cluster).nodegroup_name(name).send().await;
            let group = group.map_err(sorted(EKS, "DescribeNodegroup"))?.nodegroup;
            let ami_type = group.as_ref().and_then(|group| group.ami_type());
            // The operating system of a custom AMI is unknown.
            if ami_type.is_none_or(|ami_type| !ami_type.as_str().starts_with("WINDOWS_")) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn read(&self, cluster: &str) -> Result<Option<Key>, ApiError> {
        kube::read(self.cluster(cluster).as_ref()).await
    }

    async fn create(&self, cluster: &str, force: bool, token: &str) -> Result<(), ApiError> {
        kube::create(self.cluster(cluster).as_ref(), force, token).await
    }

    async fn complete(&self, cluster: &str) -> Result<(), ApiError> {
        kube::complete(self.cluster(cluster).as_ref()).await
    }

    async fn enable(&self, cluster: &str, force: bool, dry_run: bool) -> Result<(), ApiError> {
        kube::enable(self.cluster(cluster).as_ref(), force, dry_run).await
    }

    async fn disable(&self, cluster: &str) -> Result<Removal, ApiError> {
        kube::disable(self.cluster(cluster).as_ref()).await
    }
}
