//! The destroy matrix of GPU node classes.

use std::sync::Arc;

use serde_json::json;

use super::client::Clusters;
use super::resource::NodeClassResource;
use super::tests::{config, created, object};
use clients::context::Clients;
use clients::destroy_matrix::{
    End, Matrix, clients, clients_without_region, cluster_faults, destroy, kubernetes_faults,
};
use clients::errors::ApiError;
use clients::kube::KubernetesApi;
use clients::kube::destroy_worlds::{OwnedField, VERBS, always, kubernetes_worlds};
use clients::kube::fake::Fake;
use framework::diagnostics::Diagnostics;
use render::karpenter::form::Form;

struct OneCluster(Arc<Fake>);

#[async_trait::async_trait]
impl Clusters for OneCluster {
    async fn names(&self) -> Result<Vec<String>, ApiError> {
        Ok(vec!["demo".to_owned()])
    }

    fn cluster(&self, _name: &str) -> Arc<dyn KubernetesApi> {
        self.0.clone()
    }
}

fn connect(clients: &Clients, _region: Option<&str>) -> Arc<dyn Clusters> {
    Arc::new(OneCluster(clients.facts().of::<Fake>()))
}

/// Creates an object, and destroys it after an event.
async fn end(happens: impl FnOnce(&Fake)) -> Diagnostics {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    let state = created(&fake).await;
    happens(&fake);
    destroy(NodeClassResource::new(Form::Gpu, connect), &clients, &config(&json!({})), &state).await
}

#[tokio::test(start_paused = true)]
async fn destroy_matrix() {
    let mut matrix = Matrix::default();
    for (fault, error) in kubernetes_faults() {
        let seen = end(always(&VERBS, &error)).await;
        matrix.note(&format!("API server: {fault}"), &seen, End::Named(&["Unable to delete", "terraform state rm"]));
        let seen = end(always(&["APPLY"], &error)).await;
        matrix.note(&format!("dry run: {fault}"), &seen, End::Destroyed);
        let seen = end(always(&["LIST"], &error)).await;
        let expected = End::Destroyed;
        matrix.note(&format!("NodeClaims: {fault}"), &seen, expected);
    }
    for (fault, error, expected) in cluster_faults() {
        matrix.note(fault, &end(always(&VERBS, &error)).await, expected);
    }
    let field = OwnedField { pointer: "/spec/role", value: "node", other: "other" };
    for (name, happens) in kubernetes_worlds(&object(), field) {
        matrix.note(name, &end(happens).await, End::Destroyed);
    }
    matrix.finish("ekscompute_gpu_node_class");
}

#[tokio::test(start_paused = true)]
async fn destroy_needs_no_region_of_the_provider() {
    let clients = clients_without_region().await;
    let fake = clients.facts().of::<Fake>();
    let state = created(&fake).await;
    let seen = destroy(NodeClassResource::new(Form::Gpu, connect), &clients, &config(&json!({})), &state).await;
    assert!(!seen.has_error() && fake.object(&object()).is_none(), "{seen:?}");
}
