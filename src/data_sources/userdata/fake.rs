//! A fake for AWS.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::client::{ClusterFacts, UserdataClient};
use clients::errors::{ApiError, ErrorKind};

/// Contains one cluster, `live`, and counts the requests.
#[derive(Default)]
pub(super) struct FakeUserdata {
    pub(super) calls: AtomicUsize,
    pub(super) is_being_made: bool,
}

#[async_trait]
impl UserdataClient for FakeUserdata {
    async fn cluster(&self, name: &str) -> Result<ClusterFacts, ApiError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if name != "live" {
            return Err(ApiError::own(
                ErrorKind::NotFound,
                "DescribeCluster",
                format!("No cluster found for name: {name}."),
            ));
        }
        let there = |text: &str| (!self.is_being_made).then(|| text.to_owned());
        Ok(ClusterFacts {
            endpoint: there("https://LIVE.gr7.eu-west-1.eks.amazonaws.com"),
            certificate_authority: there("TElWRQ=="),
            service_cidr: Some("10.100.0.0/16".to_owned()),
            version: "1.33".to_owned(),
            status: if self.is_being_made { "CREATING" } else { "ACTIVE" }.to_owned(),
            outpost_id: None,
        })
    }
}
