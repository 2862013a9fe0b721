//! The operations with a client that does not require a cluster.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::client::{Access, TokenClient};
use super::open::open;
use super::*;
use clients::errors::{ApiError, ErrorKind};
use framework::context::Context;
use framework::ephemeral::{EphemeralResource, Lease};
use framework::secrets::{Secret, masked};

struct Fake;

fn end() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(1_800_000_000, 5)
}

#[async_trait]
impl TokenClient for Fake {
    async fn access(&self, cluster: &str) -> Result<Access, ApiError> {
        if cluster != "demo" {
            return Err(ApiError { service: "EKS", ..ApiError::own(ErrorKind::NotFound, "DescribeCluster", "none") });
        }
        Ok(Access {
            endpoint: "https://demo.test".to_owned(),
            certificate_authority: "PEM".to_owned(),
            token: Secret::new("k8s-aws-v1.of-a-test"),
            expiration: end(),
        })
    }
}

fn named(cluster: &str) -> ClusterTokenModel {
    ClusterTokenModel { cluster_name: cluster.into(), ..ClusterTokenModel::default() }
}

#[tokio::test]
async fn opening_gives_all_that_another_provider_needs() {
    let mut lease = Lease::default();
    let opened = open(&Fake, named("demo"), &mut lease).await.unwrap();
    let expected = ClusterTokenModel {
        endpoint: "https://demo.test".into(),
        cluster_ca_certificate: "PEM".into(),
        token: "k8s-aws-v1.of-a-test".into(),
        expiration: "2027-01-15T08:00:00Z".into(),
        ..named("demo")
    };
    assert_eq!(opened, expected);
    assert_eq!(lease.renew_at, Some(end() - Duration::from_secs(60)), "before it is too late");
    assert_eq!(masked("Bearer k8s-aws-v1.of-a-test"), "Bearer ***");
}

#[tokio::test]
async fn the_end_of_a_token_ends_renewal_and_not_the_run() {
    let mut lease = Lease::default();
    open(&Fake, named("demo"), &mut lease).await.unwrap();
    let context = Context::new(None, CancellationToken::new());
    let told = ClusterTokenEphemeral::new(aws::connect).renew(&context, &mut lease).await.unwrap_err();
    assert!(!told.has_error());
    let warning = told.iter().next().unwrap();
    assert!(warning.summary.contains("cluster demo") && warning.detail.contains("2027-01-15T08:00:00Z"), "{warning:?}");
    assert_eq!(lease.renew_at, None);
}

#[tokio::test]
async fn a_missing_cluster_is_named() {
    let diagnostics = open(&Fake, named("other"), &mut Lease::default()).await.unwrap_err();
    let error = diagnostics.iter().next().unwrap();
    assert_eq!(error.summary, "Unable to create a token for cluster other");
    assert_eq!(error.path, Some(framework::path::Path::attribute("cluster_name")));
    assert!(error.detail.contains("Check the cluster name and the Region."), "{}", error.detail);
}
