//! The destroy matrix of GPU node pools.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::resource::GpuNodePoolResource;
use super::tests::{config, made, object};
use crate::clients::context::Clients;
use crate::clients::destroy_matrix::{
    End, Matrix, clients, clients_without_region, cluster_faults, destroy, kubernetes_faults,
};
use crate::clients::errors::ApiError;
use crate::clients::kube::KubernetesApi;
use crate::clients::kube::fake::Fake;
use crate::framework::diagnostics::Diagnostics;

const SAME: (&str, &str) = ("/spec/template/spec/expireAfter", "720h");
const OTHER: (&str, &str) = ("/spec/template/spec/expireAfter", "1h");
const VERBS: [&str; 5] = ["GET", "LIST", "PATCH", "APPLY", "DELETE"];

fn edited() -> Json {
    json!({"template": {"spec": {"expireAfter": "1h"}}})
}

/// What happens to the object, and how the destroy ends.
type World = (&'static str, fn(&Fake), End);

const WORLDS: &[World] = &[
    ("object gone", |fake| fake.world().objects.clear(), End::Destroyed),
    ("another object of the name", |fake| replaced(fake), End::Destroyed),
    ("kind gone", |fake| fake.world().unserved.push(object().kind), End::Destroyed),
    ("field owned by Argo CD, too", |fake| shared(fake, SAME), End::Destroyed),
    ("field of Argo CD with another value", |fake| shared(fake, OTHER), End::Destroyed),
    ("field edited by hand", |fake| fake.edit(&object(), "kubectl-edit", &edited()), End::Destroyed),
    ("being deleted", |fake| deleting(fake), End::Destroyed),
    ("without managers", |fake| bare(fake), End::Destroyed),
];

fn with_live(fake: &Fake, change: impl FnOnce(&mut Json)) {
    let mut world = fake.world();
    change(world.objects.get_mut(&path()).expect("an object"));
}

fn path() -> String {
    format!("/apis/{}/{}/{}", object().kind.api_version(), object().kind.plural, object().name)
}

fn replaced(fake: &Fake) {
    with_live(fake, |live| live["metadata"]["uid"] = json!("u-other"));
}

/// Argo CD applies a field that this provider owns, too.
fn shared(fake: &Fake, (field, value): (&str, &str)) {
    with_live(fake, |live| {
        *live.pointer_mut(field).expect("a field") = json!(value);
        let mut fields = json!({});
        for name in field.trim_start_matches('/').split('/').rev() {
            fields = json!({format!("f:{name}"): fields});
        }
        let entry = json!({"manager": "argocd-controller", "operation": "Apply", "fieldsV1": fields});
        live["metadata"]["managedFields"].as_array_mut().expect("managers").push(entry);
    });
}

fn deleting(fake: &Fake) {
    with_live(fake, |live| live["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"));
}

fn bare(fake: &Fake) {
    with_live(fake, |live| drop(live["metadata"].as_object_mut().expect("metadata").remove("managedFields")));
}

fn connect(clients: &Clients, _region: Option<&str>, _cluster: &str) -> Arc<dyn KubernetesApi> {
    clients.facts().of::<Fake>()
}

/// An object that exists, and its destroy after something has happened.
async fn end(happens: impl FnOnce(&Fake)) -> Diagnostics {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    let state = made(&fake).await;
    happens(&fake);
    destroy(GpuNodePoolResource::new(connect), &clients, &config(), &state).await
}

fn always(verbs: &'static [&'static str], error: &ApiError) -> impl FnOnce(&Fake) {
    let broken: Vec<_> = verbs.iter().map(|verb| (*verb, error.clone())).collect();
    move |fake| fake.world().broken.extend(broken)
}

#[tokio::test(start_paused = true)]
async fn destroy_matrix() {
    let mut matrix = Matrix::default();
    for (fault, error) in kubernetes_faults() {
        let seen = end(always(&VERBS, &error)).await;
        matrix.note(&format!("API server: {fault}"), &seen, End::Named(&["Cannot delete", "terraform state rm"]));
        let seen = end(always(&["APPLY"], &error)).await;
        matrix.note(&format!("dry run: {fault}"), &seen, End::Destroyed);
        let seen = end(always(&["LIST"], &error)).await;
        // The pool goes after its nodes; whoever may not list them waits for the pool alone.
        let is_denied = ["forbidden", "unauthorized"].contains(&fault);
        let expected = if is_denied { End::Destroyed } else { End::Named(&["its nodes are not gone yet"]) };
        matrix.note(&format!("NodeClaims: {fault}"), &seen, expected);
    }
    for (fault, error, expected) in cluster_faults() {
        matrix.note(fault, &end(always(&VERBS, &error)).await, expected);
    }
    for (name, happens, expected) in WORLDS {
        matrix.note(name, &end(happens).await, *expected);
    }
    matrix.finish("ekscompute_gpu_node_pool");
}

#[tokio::test(start_paused = true)]
async fn destroy_needs_no_region_of_the_provider() {
    let clients = clients_without_region().await;
    let fake = clients.facts().of::<Fake>();
    let state = made(&fake).await;
    let seen = destroy(GpuNodePoolResource::new(connect), &clients, &config(), &state).await;
    assert!(!seen.has_error() && fake.object(&object()).is_none(), "{seen:?}");
}
