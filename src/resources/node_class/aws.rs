//! Connects to the clusters of a Region: to EKS, and through it to their Kubernetes API.

use std::sync::Arc;

use async_trait::async_trait;

use clients::aws::errors::sorted;
use clients::context::Clients;
use clients::errors::ApiError;
use clients::kube::{Kubernetes, KubernetesApi};

use super::client::Clusters;

struct Region {
    eks: aws_sdk_eks::Client,
    kubernetes: Kubernetes,
    name: Option<String>,
}

/// Returns the clusters of `region`, or of the configured Region if it is `None`.
#[must_use]
pub fn connect(clients: &Clients, region: Option<&str>) -> Arc<dyn Clusters> {
    Arc::new(Region {
        eks: clients.aws().eks(region),
        kubernetes: clients.kubernetes().clone(),
        name: region.map(str::to_owned),
    })
}

#[async_trait]
impl Clusters for Region {
    async fn names(&self) -> Result<Vec<String>, ApiError> {
        let pages = self.eks.list_clusters().into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.map_err(sorted("EKS", "ListClusters"))
    }

    fn cluster(&self, name: &str) -> Arc<dyn KubernetesApi> {
        self.kubernetes.cluster(self.name.as_deref(), name)
    }
}
