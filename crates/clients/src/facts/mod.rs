//! Reads the facts of the preflight checks, each once per process. Concurrent requests share a call if the API supports
//! it. Unreadable facts are cached as well, so that they are not requested again.

pub mod accelerated;
pub mod access;
mod aws_auth;
mod cluster;
mod compute;
mod identity;
mod insights;
mod keys;
mod network;
pub mod parameters;
mod security;
mod selected;
mod template;
mod workloads;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use tokio::time::Instant;

use crate::aws::clusters::Clusters;
use crate::cache::{Batch, Cache};
use crate::context::Clients;
use crate::errors::{ApiError, ErrorKind};
use crate::kube::Kubernetes;
use preflight::facts::{
    Ask, Cause, Decision, Fact, FactResult, Image, InstanceType, SecurityGroup, Subnet, Unreadable, Wish, Zone,
};

/// Facts get fewer attempts than changes, because a plan continues without them.
const ATTEMPTS: u32 = 5;

/// Facts of this age are not read again, so that concurrent findings share one read.
const NEW: Duration = Duration::from_millis(250);

/// Maximum number of values in an EC2 filter.
const VALUES_OF_A_FILTER: usize = 200;

/// Reads facts.
#[async_trait]
pub trait ReadFacts: Send + Sync {
    /// Returns one result for each query. If a fact cannot be read, the result contains the reason.
    async fn read(&self, asks: BTreeSet<Ask>) -> Vec<Fact>;
}

/// Creates a client with fewer attempts, which shares connections and credentials with the original client.
macro_rules! hasty {
    ($service:ident, $client:expr) => {{
        let config = $client.config().to_builder().retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        $service::Client::from_conf(config.timeout_config(timeouts()).build())
    }};
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(Duration::from_secs(30)).build()
}

/// The clients of one Region.
#[derive(Debug, Clone)]
struct Services {
    ec2: aws_sdk_ec2::Client,
    eks: aws_sdk_eks::Client,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    quotas: aws_sdk_servicequotas::Client,
    ssm: aws_sdk_ssm::Client,
    sts: Option<aws_sdk_sts::Client>,
    clusters: Clusters,
    kubernetes: Option<ApiServers>,
    /// Start of the run, in seconds since the Unix epoch.
    started_at: i64,
}

/// The API servers of the clusters of a Region.
type ApiServers = (Kubernetes, String);

/// The cached facts of one Region.
pub struct AwsFacts {
    services: Services,
    known: Cache<Ask, Fact>,
    batches: Batches,
    /// Time before which no fact was read, if this cache replaces an older one.
    since: Instant,
    is_renewed: bool,
}

/// The facts of one Region that are read in batches.
struct Batches {
    subnets: Batch<String, Subnet>,
    security_groups: Batch<String, SecurityGroup>,
    instance_types: Batch<String, InstanceType>,
    offers: Batch<String, BTreeSet<String>>,
    images: Batch<String, Image>,
    parameters: Batch<String, String>,
    decisions: Batch<Wish, Decision>,
    zones: Cache<(), Arc<BTreeMap<String, Zone>>>,
}

/// The facts of a Region in this process.
#[must_use]
pub fn facts(clients: &Clients, region: &str) -> Arc<AwsFacts> {
    clients.facts().of_key(region.to_owned(), || {
        let (aws, region) = (clients.aws(), Some(region));
        AwsFacts::new(Services {
            ec2: hasty!(aws_sdk_ec2, aws.ec2(region)),
            eks: hasty!(aws_sdk_eks, aws.eks(region)),
            iam: hasty!(aws_sdk_iam, aws.iam()),
            kms: hasty!(aws_sdk_kms, aws.kms(region)),
            quotas: hasty!(aws_sdk_servicequotas, aws.servicequotas(region)),
            ssm: hasty!(aws_sdk_ssm, aws.ssm(region)),
            sts: aws.may_ask_for_account().then(|| hasty!(aws_sdk_sts, aws.sts(None))),
            clusters: aws.clusters(region),
            kubernetes: region.map(|region| (clients.kubernetes().clone(), region.to_owned())),
            started_at: identity::seconds(aws.created_at()),
        })
    })
}

/// Returns newly read facts of a Region if the cached ones may be outdated, because an apply changes the objects.
/// Returns `None` if the cached facts are current. Concurrent callers share the new facts.
#[must_use]
pub fn renewed(clients: &Clients, region: &str, seen: &Arc<AwsFacts>) -> Option<Arc<AwsFacts>> {
    if seen.since.elapsed() < NEW {
        return None;
    }
    let is_old = |facts: &AwsFacts| facts.since.elapsed() >= NEW;
    Some(clients.facts().of_key_unless(region.to_owned(), is_old, || AwsFacts {
        is_renewed: true,
        ..AwsFacts::new(seen.services.clone())
    }))
}

/// A failed call, with its IAM action.
#[derive(Debug)]
struct Failed {
    action: &'static str,
    error: ApiError,
}

/// The result of a reader, or `None` if the object does not exist.
type Found<T> = Result<Option<T>, Failed>;

/// Adds the required action to a failed call.
fn during(action: &'static str) -> impl FnOnce(ApiError) -> Failed {
    move |error| Failed { action, error }
}

fn reading<T>(found: Found<T>) -> FactResult<T> {
    match found {
        Ok(Some(value)) => FactResult::Known(value),
        Ok(None) => FactResult::Missing,
        Err(failed) if failed.error.is_not_found() => FactResult::Missing,
        Err(Failed { action, error }) => FactResult::Unreadable(unreadable(action, &error)),
    }
}

/// Returns why a call that requires an action has no result.
pub fn unreadable(action: &'static str, error: &ApiError) -> Unreadable {
    let cause = match error.kind {
        _ if error.is_credentials_error() => Cause::Caller,
        ErrorKind::Unreachable | ErrorKind::Silent => Cause::Unreachable,
        ErrorKind::Denied => Cause::Denied,
        _ => Cause::Failed,
    };
    let message = match cause {
        // These causes affect more than the facts, so the message also contains the remediation.
        Cause::Caller | Cause::Unreachable => format!("{error}\n\n{}", error.advice()),
        Cause::Denied | Cause::Failed => error.to_string(),
    };
    Unreadable { action, cause, message }
}

impl AwsFacts {
    fn new(services: Services) -> Self {
        let ec2 = || services.ec2.clone();
        let (subnets, groups, types, offers, images) = (ec2(), ec2(), ec2(), ec2(), ec2());
        let (iam, ssm) = (services.iam.clone(), services.ssm.clone());
        let batches = Batches {
            subnets: Batch::new(VALUES_OF_A_FILTER, move |ids| network::subnets(subnets.clone(), ids)),
            security_groups: Batch::new(VALUES_OF_A_FILTER, move |ids| security::groups(groups.clone(), ids)),
            instance_types: Batch::new(compute::TYPES_AT_ONCE, move |names| compute::types(types.clone(), names)),
            offers: Batch::new(VALUES_OF_A_FILTER, move |names| compute::offers(offers.clone(), names)),
            images: Batch::new(VALUES_OF_A_FILTER, move |ids| compute::images(images.clone(), ids)),
            parameters: Batch::new(parameters::NAMES_AT_ONCE, move |names| parameters::get(ssm.clone(), names)),
            decisions: Batch::new(identity::WISHES_AT_ONCE, move |wishes| identity::decisions(iam.clone(), wishes)),
            zones: Cache::default(),
        };
        Self { services, known: Cache::default(), batches, since: Instant::now(), is_renewed: false }
    }

    async fn answer(self: Arc<Self>, ask: Ask) -> Fact {
        let me = Arc::clone(&self);
        let key = ask.clone();
        let answer = self.known.get(ask.clone(), || async move { Ok(me.ask(key).await) }).await;
        // The load never fails: an unreadable fact is cached as well.
        answer.unwrap_or_else(|error| {
            let action = ask.family().actions().first().copied().unwrap_or("sts:GetCallerIdentity");
            Fact::unreadable(ask, Unreadable { action, cause: Cause::Failed, message: error.to_string() })
        })
    }

    /// Sends the request to AWS.
    fn ask(self: Arc<Self>, ask: Ask) -> BoxFuture<'static, Fact> {
        async move {
            let Services { ec2, eks, iam, kms, quotas, ssm, sts, clusters, kubernetes, started_at } = &self.services;
            let all = &self.batches;
            macro_rules! fact {
                ($family:ident, $key:ident, $read:expr) => {{
                    let found = reading($read.await);
                    Fact::$family($key, found)
                }};
            }
            match ask {
                Ask::Today(()) => Fact::Today((), reading(Ok(identity::today()))),
                Ask::Caller(()) => Fact::Caller((), reading(identity::caller(sts.as_ref()).await)),
                Ask::Role(key) => fact!(Role, key, identity::role(iam, &key, *started_at)),
                Ask::RolePolicies(key) => fact!(RolePolicies, key, identity::role_policies(iam, &key)),
                Ask::Allowed(key) => {
                    fact!(Allowed, key, batched(&all.decisions, key.clone(), "iam:SimulatePrincipalPolicy"))
                }
                Ask::InstanceProfile(key) => fact!(InstanceProfile, key, identity::instance_profile(iam, &key)),
                Ask::InstanceProfiles(()) => {
                    Fact::InstanceProfiles((), reading(identity::instance_profiles(iam).await))
                }
                Ask::Cluster(key) => {
                    fact!(Cluster, key, cluster::cluster(clusters, &key, self.is_renewed.then_some(self.since)))
                }
                Ask::Clusters(()) => Fact::Clusters((), reading(cluster::names(eks).await)),
                Ask::AwsAuth(key) => fact!(AwsAuth, key, aws_auth::read(kubernetes.as_ref(), &key)),
                Ask::Workloads(key) => fact!(Workloads, key, workloads::read(kubernetes.as_ref(), &key)),
                Ask::Insights(key) => fact!(Insights, key, insights::list(eks, &key)),
                Ask::InsightDetails(key) => fact!(InsightDetails, key, insights::details(eks, &key)),
                Ask::ClusterVersions(()) => Fact::ClusterVersions((), reading(cluster::versions(eks).await)),
                Ask::NodeGroups(key) => fact!(NodeGroups, key, cluster::node_groups(eks, &key)),
                Ask::NodeRoles(key) => fact!(NodeRoles, key, cluster::node_roles(eks, &key)),
                Ask::FargateProfiles(key) => fact!(FargateProfiles, key, cluster::fargate_profiles(eks, &key)),
                Ask::AccessEntry(key) => fact!(AccessEntry, key, cluster::access_entry(eks, &key)),
                Ask::AccessPolicies(key) => fact!(AccessPolicies, key, cluster::access_policies(eks, &key)),
                Ask::VpcCni(key) => fact!(VpcCni, key, cluster::vpc_cni(eks, &key)),
                Ask::Subnet(key) => fact!(Subnet, key, batched(&all.subnets, key.clone(), "ec2:DescribeSubnets")),
                Ask::SelectedSubnets(key) => fact!(SelectedSubnets, key, selected::subnets(ec2, &key, &all.subnets)),
                Ask::RouteTables(key) => fact!(RouteTables, key, network::route_tables(ec2, &key)),
                Ask::Endpoints(key) => fact!(Endpoints, key, network::endpoints(ec2, &key)),
                Ask::NatGateways(key) => fact!(NatGateways, key, network::nat_gateways(ec2, &key)),
                Ask::NetworkAcls(key) => fact!(NetworkAcls, key, security::network_acls(ec2, &key)),
                Ask::VpcDns(key) => fact!(VpcDns, key, network::vpc_dns(ec2, &key)),
                Ask::DhcpOptions(key) => fact!(DhcpOptions, key, network::dhcp_options(ec2, &key)),
                Ask::SecurityGroup(key) => {
                    fact!(SecurityGroup, key, batched(&all.security_groups, key.clone(), "ec2:DescribeSecurityGroups"))
                }
                Ask::SecurityGroupVpcs(key) => fact!(SecurityGroupVpcs, key, security::vpcs(ec2, &key)),
                Ask::SelectedSecurityGroups(key) => {
                    fact!(SelectedSecurityGroups, key, selected::groups(ec2, &key, &all.security_groups))
                }
                Ask::Zone(key) => fact!(Zone, key, network::zone(ec2, &all.zones, &key)),
                Ask::InstanceType(key) => {
                    fact!(InstanceType, key, batched(&all.instance_types, key.clone(), "ec2:DescribeInstanceTypes"))
                }
                Ask::OfferedIn(key) => {
                    fact!(OfferedIn, key, batched(&all.offers, key.clone(), "ec2:DescribeInstanceTypeOfferings"))
                }
                Ask::RecommendedRelease(key) => fact!(RecommendedRelease, key, compute::recommended_release(ssm, &key)),
                Ask::PublicParameter(key) => {
                    fact!(PublicParameter, key, batched(&all.parameters, key.clone(), "ssm:GetParameters"))
                }
                Ask::Template(key) => fact!(Template, key, template::template(ec2, &key)),
                Ask::Image(key) => fact!(Image, key, batched(&all.images, key.clone(), "ec2:DescribeImages")),
                Ask::KeyPair(key) => fact!(KeyPair, key, compute::key_pair(ec2, &key)),
                Ask::CapacityReservations(()) => {
                    Fact::CapacityReservations((), reading(compute::reservations(ec2).await))
                }
                Ask::PlacementGroup(key) => fact!(PlacementGroup, key, compute::placement_group(ec2, &key)),
                Ask::KmsKey(key) => fact!(KmsKey, key, keys::key(kms, &key)),
                Ask::DefaultVolumeKey(()) => Fact::DefaultVolumeKey((), reading(keys::default_key(ec2).await)),
                Ask::Quota(key) => fact!(Quota, key, keys::quota(quotas, &key)),
            }
        }
        .boxed()
    }
}

async fn batched<K, V>(batch: &Batch<K, V>, key: K, action: &'static str) -> Found<V>
where
    K: Eq + std::hash::Hash + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    batch.get(key).await.map_err(during(action))
}

#[async_trait]
impl ReadFacts for Arc<AwsFacts> {
    async fn read(&self, asks: BTreeSet<Ask>) -> Vec<Fact> {
        join_all(asks.into_iter().map(|ask| Arc::clone(self).answer(ask))).await
    }
}

/// Returns a string of a response, or an empty string.
fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod insights_tests;
#[cfg(test)]
mod tests;
