//! AWS clients. Only this directory and the `aws.rs` file of each resource type use the SDK.

mod account;
pub mod answers;
mod calls;
mod causes;
pub mod clusters;
mod config;
mod credentials;
pub mod errors;
mod external_config;
mod http;
mod identities;
mod insecure_tls;
mod reach;
pub mod regions;
#[cfg(any(test, feature = "testing"))]
pub mod script;
pub mod settings;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod user_agent;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_config::{Region, SdkConfig};

use self::config::{Base, client};
pub use self::settings::ConfigError;
use self::settings::{Http, Service, Settings};
use super::cache::Facts;
use super::errors::ApiError;

/// All AWS clients, one per service and Region, created on first use.
#[derive(Debug, Clone)]
pub struct Aws(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    base: Base,
    skip_requesting_account_id: bool,
    http: Http,
    created_at: SystemTime,
    autoscaling: PerRegion<aws_sdk_autoscaling::Client>,
    ec2: PerRegion<aws_sdk_ec2::Client>,
    eks: PerRegion<aws_sdk_eks::Client>,
    iam: PerRegion<aws_sdk_iam::Client>,
    kms: PerRegion<aws_sdk_kms::Client>,
    servicequotas: PerRegion<aws_sdk_servicequotas::Client>,
    ssm: PerRegion<aws_sdk_ssm::Client>,
    sts: PerRegion<aws_sdk_sts::Client>,
    facts: Facts,
}

impl Aws {
    /// Reads the shared files and creates the clients. No connection is opened before the first call.
    ///
    /// # Errors
    /// Returns an error if the settings are not valid.
    pub async fn new(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Shared {
            base: config::load(settings).await?,
            skip_requesting_account_id: settings.skip_requesting_account_id,
            http: settings.http.clone(),
            created_at: SystemTime::now(),
            autoscaling: PerRegion::default(),
            ec2: PerRegion::default(),
            eks: PerRegion::default(),
            iam: PerRegion::default(),
            kms: PerRegion::default(),
            servicequotas: PerRegion::default(),
            ssm: PerRegion::default(),
            sts: PerRegion::default(),
            facts: Facts::default(),
        })))
    }

    /// Returns the provider Region. Empty if none is configured; calls then fail.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.0.base.region
    }

    /// Returns the partition of the provider Region, such as `aws` or `aws-cn`.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        self.partition_of(self.region())
    }

    /// Returns the partition of a Region.
    #[must_use]
    pub fn partition_of(&self, region: &str) -> &'static str {
        regions::partition_of(region).unwrap_or("aws")
    }

    /// Returns the time at which the provider was configured, at the start of a plan or an apply.
    #[must_use]
    pub fn created_at(&self) -> SystemTime {
        self.0.created_at
    }

    /// Whether the caller can be requested from STS.
    #[must_use]
    pub fn may_ask_for_account(&self) -> bool {
        !self.0.skip_requesting_account_id
    }

    /// Returns the URL of the proxy through which this machine reaches a URL.
    #[must_use]
    pub fn proxy_for(&self, url: &str) -> Option<String> {
        http::proxy_for(&self.0.http, url)
    }

    /// Returns the account ID of the credentials, or `None` if `skip_requesting_account_id` is set.
    ///
    /// # Errors
    /// Returns an error if the STS request fails.
    pub async fn account_id(&self) -> Result<Option<String>, ApiError> {
        if self.0.skip_requesting_account_id {
            return Ok(None);
        }
        self.0.base.account.id(&self.sts(None)).await.map(|id| Some(id.to_owned()))
    }

    /// Returns the EC2 Auto Scaling client for the Region, or for the provider Region.
    #[must_use]
    pub fn autoscaling(&self, region: Option<&str>) -> aws_sdk_autoscaling::Client {
        let base = &self.0.base;
        self.0
            .autoscaling
            .get(base, self.other(region), |sdk| client!(aws_sdk_autoscaling, base, sdk, Service::AutoScaling))
    }

    /// Returns the EC2 client for the Region, or for the provider Region.
    #[must_use]
    pub fn ec2(&self, region: Option<&str>) -> aws_sdk_ec2::Client {
        let base = &self.0.base;
        self.0.ec2.get(base, self.other(region), |sdk| client!(aws_sdk_ec2, base, sdk, Service::Ec2))
    }

    /// Returns the EKS client for the Region, or for the provider Region.
    #[must_use]
    pub fn eks(&self, region: Option<&str>) -> aws_sdk_eks::Client {
        let base = &self.0.base;
        self.0.eks.get(base, self.other(region), |sdk| client!(aws_sdk_eks, base, sdk, Service::Eks))
    }

    /// Returns the IAM client. IAM is global in a partition.
    #[must_use]
    pub fn iam(&self) -> aws_sdk_iam::Client {
        let base = &self.0.base;
        self.0.iam.get(base, None, |sdk| client!(aws_sdk_iam, base, sdk, Service::Iam))
    }

    /// Returns the KMS client for the Region, or for the provider Region.
    #[must_use]
    pub fn kms(&self, region: Option<&str>) -> aws_sdk_kms::Client {
        let base = &self.0.base;
        self.0.kms.get(base, self.other(region), |sdk| client!(aws_sdk_kms, base, sdk, Service::Kms))
    }

    /// Returns the Service Quotas client for the Region, or for the provider Region.
    #[must_use]
    pub fn servicequotas(&self, region: Option<&str>) -> aws_sdk_servicequotas::Client {
        let base = &self.0.base;
        let make = |sdk: &SdkConfig| client!(aws_sdk_servicequotas, base, sdk, Service::ServiceQuotas);
        self.0.servicequotas.get(base, self.other(region), make)
    }

    /// Returns the Systems Manager client for the Region, or for the provider Region.
    #[must_use]
    pub fn ssm(&self, region: Option<&str>) -> aws_sdk_ssm::Client {
        let base = &self.0.base;
        self.0.ssm.get(base, self.other(region), |sdk| client!(aws_sdk_ssm, base, sdk, Service::Ssm))
    }

    /// Returns the Region if it differs from the provider Region.
    fn other<'r>(&self, region: Option<&'r str>) -> Option<&'r str> {
        region.filter(|region| *region != self.region())
    }

    /// Returns the STS client for the Region, or for the Region configured for STS.
    #[must_use]
    pub fn sts(&self, region: Option<&str>) -> aws_sdk_sts::Client {
        let base = &self.0.base;
        self.0.sts.get(base, region, |sdk| match region {
            Some(_) => client!(aws_sdk_sts, base, sdk, Service::Sts),
            None => base.sts(sdk),
        })
    }
}

/// The clients of one service by Region. All callers share a client, including its connections, send rate, and retry
/// quota.
#[derive(Debug)]
struct PerRegion<C>(Mutex<HashMap<Option<String>, C>>);

impl<C> Default for PerRegion<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: Clone> PerRegion<C> {
    fn get(&self, base: &Base, region: Option<&str>, make: impl FnOnce(&SdkConfig) -> C) -> C {
        let key = region.map(str::to_owned);
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return client.clone();
        }
        let client = match region {
            Some(region) => make(&base.sdk.to_builder().region(Region::new(region.to_owned())).build()),
            None => make(&base.sdk),
        };
        clients.insert(key, client.clone());
        client
    }
}

#[cfg(test)]
#[path = "tests/mod.rs"]
pub mod tests;
