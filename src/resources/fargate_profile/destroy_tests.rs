//! The destroy matrix of Fargate profiles.

use std::sync::Arc;

use super::client::{FargateProfileClient, FargateProfileStatus};
use super::fake::Fake;
use super::resource::FargateProfileResource;
use super::tests::{config, created};
use clients::context::Clients;
use clients::destroy_matrix::{
    End, Matrix, aws_faults, clients, clients_without_region, destroy, helper_faults, not_found,
};
use clients::errors::ApiError;
use framework::diagnostics::Diagnostics;

/// Optional calls: a destroy works without them.
const HELPERS: &[(&str, &str)] =
    &[("EKS", "ListFargateProfiles"), ("EKS", "ListClusters"), ("Service Quotas", "GetServiceQuota")];

const READ: &[&str] = &["Unable to read Fargate profile blue:batch"];
const DELETE: &[&str] = &["Unable to delete Fargate profile blue:batch"];

fn connect(clients: &Clients, _region: Option<&str>) -> Arc<dyn FargateProfileClient> {
    clients.facts().of::<Fake>()
}

/// Creates a profile, and destroys it after an event.
async fn end(happens: impl FnOnce(&Fake)) -> Diagnostics {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    let state = created(&fake).await;
    happens(&fake);
    destroy(FargateProfileResource::new(connect), &clients, &config(), &state).await
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
    for (operation, words) in [("DescribeFargateProfile", READ), ("DeleteFargateProfile", DELETE)] {
        for (fault, error) in aws_faults("EKS", operation) {
            let seen = end(always(operation, error)).await;
            matrix.note(&format!("{operation}: {fault}"), &seen, End::Named(words));
        }
    }
    let gone = end(|fake| fake.world().profiles.clear()).await;
    matrix.note("profile gone", &gone, End::Destroyed);
    let gone = end(always("DeleteFargateProfile", not_found("EKS", "DeleteFargateProfile"))).await;
    matrix.note("profile deleted after the read", &gone, End::Destroyed);
    let gone = end(always("DescribeFargateProfile", not_found("EKS", "DescribeFargateProfile"))).await;
    matrix.note("cluster gone", &gone, End::Destroyed);
    for status in [
        FargateProfileStatus::Active,
        FargateProfileStatus::CreateFailed,
        FargateProfileStatus::DeleteFailed,
        FargateProfileStatus::Unknown("PONDERING".to_owned()),
    ] {
        let name = format!("status {status}");
        let seen = end(|fake| fake.world().profiles.get_mut("batch").expect("a profile").status = status).await;
        matrix.note(&name, &seen, End::Destroyed);
    }
    matrix.finish("ekscompute_fargate_profile");
}

#[tokio::test(start_paused = true)]
async fn profile_of_the_same_name_is_not_destroyed() {
    let clients = clients().await;
    let fake = clients.facts().of::<Fake>();
    let state = created(&fake).await;
    let other = "arn:aws:eks:eu-west-1:123456789012:fargateprofile/blue/batch/other";
    other.clone_into(&mut fake.world().profiles.get_mut("batch").expect("a profile").arn);
    let seen = destroy(FargateProfileResource::new(connect), &clients, &config(), &state).await;
    assert!(!seen.has_error() && format!("{seen:?}").contains(other), "{seen:?}");
    assert_eq!(fake.count("DeleteFargateProfile"), 0);
}

#[tokio::test(start_paused = true)]
async fn destroy_needs_no_region_of_the_provider() {
    let clients = clients_without_region().await;
    let fake = clients.facts().of::<Fake>();
    let state = created(&fake).await;
    let seen = destroy(FargateProfileResource::new(connect), &clients, &config(), &state).await;
    assert!(!seen.has_error() && fake.world().profiles.is_empty(), "{seen:?}");
}
