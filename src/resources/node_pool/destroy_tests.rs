//! The destroy matrix of GPU node pools.

use std::sync::Arc;

use super::resource::NodePoolResource;
use super::tests::{config, made, object};
use clients::context::Clients;
use clients::destroy_matrix::{
    End, Matrix, clients, clients_without_region, cluster_faults, destroy, kubernetes_faults,
};
use clients::kube::KubernetesApi;
use clients::kube::destroy_worlds::{OwnedField, VERBS, always, kubernetes_worlds};
use clients::kube::fake::Fake;
use framework::diagnostics::Diagnostics;
use render::karpenter::form::Form;

fn connect(clients: &Clients, _region: Option<&str>, _cluster: &str) -> Arc<dyn KubernetesApi> {
    clients.facts().of::<Fake>()
}

/// Creates an object, and destroys it after an event.
async fn end(happens: impl FnOnce(&Fake)) -> Diagnostics {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    let state = made(&fake).await;
    happens(&fake);
    destroy(NodePoolResource::new(Form::Gpu, connect), &clients, &config(), &state).await
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
        // The node pool is deleted after its nodes. Without the permission to list them, only the node pool is polled.
        let is_denied = ["forbidden", "unauthorized"].contains(&fault);
        let expected = if is_denied { End::Destroyed } else { End::Named(&["is not complete", "after its nodes"]) };
        matrix.note(&format!("NodeClaims: {fault}"), &seen, expected);
    }
    for (fault, error, expected) in cluster_faults() {
        matrix.note(fault, &end(always(&VERBS, &error)).await, expected);
    }
    let field = OwnedField { pointer: "/spec/template/spec/expireAfter", value: "720h", other: "1h" };
    for (name, happens) in kubernetes_worlds(&object(), field) {
        matrix.note(name, &end(happens).await, End::Destroyed);
    }
    matrix.finish("ekscompute_gpu_node_pool");
}

#[tokio::test(start_paused = true)]
async fn destroy_needs_no_region_of_the_provider() {
    let clients = clients_without_region().await;
    let fake = clients.facts().of::<Fake>();
    let state = made(&fake).await;
    let seen = destroy(NodePoolResource::new(Form::Gpu, connect), &clients, &config(), &state).await;
    assert!(!seen.has_error() && fake.object(&object()).is_none(), "{seen:?}");
}
