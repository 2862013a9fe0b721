//! The destroy matrix of Windows support.

use std::sync::Arc;

use super::client::WindowsSupportClient;
use super::fake::{Fake, FakeCluster};
use super::model::WindowsSupport;
use super::resource::WindowsSupportResource;
use super::tests::{cluster, model};
use clients::context::Clients;
use clients::destroy_matrix::{
    End, Matrix, clients, clients_without_region, cluster_faults, destroy, kubernetes_faults,
};
use clients::errors::ApiError;
use framework::diagnostics::Diagnostics;

/// Calls that affect the whole API server, and not one request.
const CALLS: &[&str] = &["read", "try", "enable", "disable"];
/// Optional EKS calls.
const HELPERS: &[&str] = &["ip_family", "may_run_linux"];

fn connect(clients: &Clients, _region: Option<&str>) -> Arc<dyn WindowsSupportClient> {
    clients.facts().of::<Fake>()
}

/// Enables Windows support, and destroys it after an event.
async fn end(happens: impl FnOnce(&Fake)) -> Diagnostics {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    fake.world().clusters.insert("demo".to_owned(), cluster(Some("true")));
    happens(&fake);
    let config = WindowsSupport { cluster_name: "demo".into(), ..WindowsSupport::default() };
    destroy(WindowsSupportResource::new(connect), &clients, &config, &model(false)).await
}

fn always(calls: &'static [&'static str], error: &ApiError) -> impl FnOnce(&Fake) {
    let broken: Vec<_> = calls.iter().map(|call| (*call, error.clone())).collect();
    move |fake| fake.world().broken.extend(broken)
}

#[tokio::test(start_paused = true)]
async fn destroy_matrix() {
    let mut matrix = Matrix::default();
    for (fault, error) in kubernetes_faults() {
        let seen = end(always(CALLS, &error)).await;
        matrix.note(&format!("API server: {fault}"), &seen, End::Named(&["Unable to disable", "terraform state rm"]));
        let seen = end(always(&["read", "try"], &error)).await;
        matrix.note(&format!("API server before the deletion: {fault}"), &seen, End::Destroyed);
        let seen = end(always(HELPERS, &error)).await;
        matrix.note(&format!("helpers: {fault}"), &seen, End::Destroyed);
    }
    for (fault, error, expected) in cluster_faults() {
        matrix.note(fault, &end(always(CALLS, &error)).await, expected);
    }
    type Happens = fn(&mut FakeCluster);
    let worlds: [(&str, Happens); 5] = [
        ("key gone", |cluster| cluster.value = None),
        ("key switched off", |cluster| cluster.value = Some("false".to_owned())),
        ("key malformed", |cluster| cluster.value = Some("maybe".to_owned())),
        ("key of Argo CD with another value", |cluster| {
            (cluster.value, cluster.owner) = (Some("false".to_owned()), Some("argocd-controller"));
            cluster.declared_by = Some("argocd-controller");
        }),
        ("key declared by Argo CD, too", |cluster| cluster.declared_by = Some("argocd-controller")),
    ];
    for (name, happens) in worlds {
        let seen = end(|fake| happens(fake.world().clusters.get_mut("demo").expect("a cluster"))).await;
        matrix.note(name, &seen, End::Destroyed);
    }
    matrix.finish("ekscompute_windows_support");
}

#[tokio::test(start_paused = true)]
async fn destroy_needs_no_region_of_the_provider() {
    let clients = clients_without_region().await;
    let fake = clients.facts().of::<Fake>();
    fake.world().clusters.insert("demo".to_owned(), cluster(Some("true")));
    let config = WindowsSupport { cluster_name: "demo".into(), ..WindowsSupport::default() };
    let seen = destroy(WindowsSupportResource::new(connect), &clients, &config, &model(false)).await;
    assert!(!seen.has_error() && fake.world().clusters["demo"].value.is_none(), "{seen:?}");
}
