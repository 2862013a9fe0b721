//! The destroy matrix of access entries.

use super::client::Access;
use super::fake::{Fake, VIEW};
use super::model::AccessEntry;
use super::resource::AccessEntryResource;
use super::tests::{created, policy, with};
use clients::context::Clients;
use clients::destroy_matrix::{
    End, Matrix, aws_faults, clients, clients_without_region, destroy, helper_faults, not_found,
};
use clients::errors::ApiError;
use framework::diagnostics::Diagnostics;

/// Optional calls, including the calls of the lockout guard: a destroy works without them.
const HELPERS: &[(&str, &str)] = &[
    ("EKS", "ListAssociatedAccessPolicies"),
    ("EKS", "ListAccessPolicies"),
    ("EKS", "ListAccessEntries"),
    ("EKS", "ListClusters"),
    ("EKS", "DescribeCluster"),
    ("EKS", "ListNodegroups"),
    ("STS", "GetCallerIdentity"),
    ("Kubernetes", "GetConfigMap"),
];

const READ: &[&str] = &["Unable to read access entry blue:"];
const DELETE: &[&str] = &["Unable to delete access entry blue:"];

fn connect(clients: &Clients, _region: Option<&str>) -> Access {
    clients.facts().of::<Fake>().access()
}

/// An entry with a policy.
fn configured() -> AccessEntry {
    with(vec![policy(VIEW, &[])])
}

/// Creates an entry, and destroys it after an event.
async fn end(happens: impl FnOnce(&Fake)) -> Diagnostics {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    let (state, _) = created(&fake, &configured()).await;
    happens(&fake);
    destroy(AccessEntryResource::new(connect), &clients, &configured(), &state).await
}

fn always(operation: &'static str, error: ApiError) -> impl FnOnce(&Fake) {
    move |fake| fake.always_fail(operation, error)
}

#[tokio::test(start_paused = true)]
async fn destroy_matrix() {
    let mut matrix = Matrix::default();
    for (fault, operation, error) in helper_faults(HELPERS) {
        matrix.note(&fault, &end(always(operation, error)).await, End::Destroyed);
    }
    for (operation, words) in [("DescribeAccessEntry", READ), ("DeleteAccessEntry", DELETE)] {
        for (fault, error) in aws_faults("EKS", operation) {
            let seen = end(always(operation, error)).await;
            matrix.note(&format!("{operation}: {fault}"), &seen, End::Named(words));
        }
        let seen = end(always(operation, not_found("EKS", operation))).await;
        matrix.note(&format!("{operation}: gone"), &seen, End::Destroyed);
    }
    matrix.finish("ekscompute_access_entry");
}

#[tokio::test(start_paused = true)]
async fn entry_of_the_same_principal_is_not_destroyed() {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    let (state, _) = created(&fake, &configured()).await;
    let other = "arn:aws:eks:eu-west-1:123456789012:access-entry/blue/role/other";
    fake.world().entries.values_mut().for_each(|entry| other.clone_into(&mut entry.arn));
    fake.changes();
    let seen = destroy(AccessEntryResource::new(connect), &clients, &configured(), &state).await;
    assert!(!seen.has_error() && format!("{seen:?}").contains(other), "{seen:?}");
    assert_eq!(fake.changes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn destroy_needs_no_region_of_the_provider() {
    let clients = clients_without_region().await;
    let fake = clients.facts().of::<Fake>();
    let (state, _) = created(&fake, &configured()).await;
    let seen = destroy(AccessEntryResource::new(connect), &clients, &configured(), &state).await;
    assert!(!seen.has_error() && fake.world().entries.is_empty(), "{seen:?}");
}
