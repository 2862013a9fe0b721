//! A Region with fake clusters.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use clients::errors::ApiError;
use clients::kube::KubernetesApi;
use clients::kube::fake::Fake;

use super::client::Clusters;

#[derive(Default)]
pub(super) struct FakeRegion(pub(super) BTreeMap<&'static str, Arc<Fake>>);

#[async_trait]
impl Clusters for FakeRegion {
    async fn names(&self) -> Result<Vec<String>, ApiError> {
        Ok(self.0.keys().map(|name| (*name).to_owned()).collect())
    }

    fn cluster(&self, name: &str) -> Arc<dyn KubernetesApi> {
        self.0.get(name).cloned().unwrap_or_default()
    }
}
