//! Connections to clusters: the endpoint from EKS, and tokens that authenticate the caller to the API server.
//!
//! A token is `k8s-aws-v1.` followed by the base64-encoded URL of a `sts:GetCallerIdentity` request that is presigned
//! for one cluster, as defined by aws-iam-authenticator. Creating a token requires no API call.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_eks::types::{Cluster, ClusterStatus};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::time::Instant;

use super::Aws;
use super::answers::present;
use super::errors::sorted;
use super::regions::partition_of;
use crate::cache::Cache;
use crate::errors::{ApiError, CLUSTER_DELETING, ErrorKind, NO_ENDPOINT};
use framework::secrets::Secret;

const PREFIX: &str = "k8s-aws-v1.";
const CLUSTER_HEADER: &str = "x-k8s-aws-id";

/// The validity in the URL. It is not enforced, but values above 15 minutes are rejected.
const EXPIRES: Duration = Duration::from_secs(60);

/// The authenticator accepts a token for 15 minutes after it was signed. One minute is reserved for clock skew.
const VALID: Duration = Duration::from_secs(14 * 60);

/// How long a cluster description is shared by all callers. Changes to a cluster take longer.
const FRESH: Duration = Duration::from_secs(120);

const CALL: (&str, &str) = ("EKS", "DescribeCluster");

/// The clusters of a Region. Concurrent callers share each description. Clones share everything.
#[derive(Clone)]
pub struct Clusters(Arc<Known>);

struct Known {
    eks: aws_sdk_eks::Client,
    described: Cache<String, Arc<Cluster>>,
}

impl std::fmt::Debug for Clusters {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Clusters").finish_non_exhaustive()
    }
}

impl Clusters {
    /// Creates an empty cache.
    #[must_use]
    pub fn new(eks: aws_sdk_eks::Client) -> Self {
        Self(Arc::new(Known { eks, described: Cache::default() }))
    }

    /// Returns a cluster, which may be recently cached.
    ///
    /// # Errors
    /// Returns an error if the EKS request fails.
    pub async fn describe(&self, name: &str) -> Result<Arc<Cluster>, ApiError> {
        let then = Instant::now().checked_sub(FRESH);
        self.describe_unless(name, |since| then.is_some_and(|then| since < then)).await
    }

    /// Returns a cluster that was described at or after the given time.
    ///
    /// # Errors
    /// Returns an error if the EKS request fails.
    pub async fn describe_since(&self, name: &str, moment: Instant) -> Result<Arc<Cluster>, ApiError> {
        self.describe_unless(name, |since| since < moment).await
    }

    /// Removes a cluster from the cache, because another cluster may now have the same name.
    pub fn forget(&self, name: &str) {
        self.0.described.forget(&name.to_owned());
    }

    async fn describe_unless(&self, name: &str, is_old: impl Fn(Instant) -> bool) -> Result<Arc<Cluster>, ApiError> {
        // The description of a cluster that is being created or updated is soon outdated.
        let passes = |cluster: &Cluster| cluster.status() != Some(&ClusterStatus::Active);
        let call = self.0.eks.describe_cluster().name(name);
        let load = || async move {
            let cluster = call.send().await.map_err(sorted(CALL.0, CALL.1))?.cluster;
            present(cluster, CALL.0, CALL.1, "cluster").map(Arc::new)
        };
        let is_old = |cluster: &Arc<Cluster>, since| passes(cluster) || is_old(since);
        self.0.described.get_unless(name.to_owned(), is_old, load).await
    }
}

/// The API server of a cluster, from `eks:DescribeCluster`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterAddress {
    /// URL of the API server.
    pub endpoint: String,
    /// CA certificates of the API server, in PEM format.
    pub certificate_authority: String,
    /// The cluster that tokens are signed for: the name, or the ID of a local cluster on an Outpost.
    pub token_id: String,
    /// The public access CIDR blocks, or `None` if the endpoint is private.
    pub public_access: Option<Vec<String>>,
    /// ID of the VPC.
    pub vpc_id: String,
    /// Time at which the cluster was created.
    pub created_at: SystemTime,
}

/// A bearer token for one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterToken {
    /// The token.
    pub token: Secret,
    /// Time after which the token can be rejected.
    pub expiration: SystemTime,
}

impl Aws {
    /// Returns the clusters of the Region, or of the provider Region if it is `None`.
    #[must_use]
    pub fn clusters(&self, region: Option<&str>) -> Clusters {
        let key = region.unwrap_or(self.region()).to_owned();
        (*self.0.facts.of_key(key, || Clusters::new(self.eks(region)))).clone()
    }

    /// Reads the address of a cluster.
    ///
    /// # Errors
    /// Returns an error if the EKS request fails, or `InUse` while the cluster is being created and has no endpoint
    /// yet.
    pub async fn cluster_address(&self, region: &str, name: &str) -> Result<ClusterAddress, ApiError> {
        let cluster = self.clusters(Some(region)).describe(name).await?;
        let authority = cluster.certificate_authority().and_then(|authority| authority.data());
        let (Some(endpoint), Some(authority)) = (cluster.endpoint(), authority) else {
            return Err(without_endpoint(cluster.status()));
        };
        let unreadable = |_| ApiError {
            service: CALL.0,
            ..ApiError::own(ErrorKind::Other, CALL.1, "the certificate authority data is not valid base64")
        };
        let authority = base64::engine::general_purpose::STANDARD.decode(authority).map_err(|_| ()).map_err(unreadable);
        let vpc = cluster.resources_vpc_config();
        let local = cluster.outpost_config().and(cluster.id());
        Ok(ClusterAddress {
            endpoint: endpoint.to_owned(),
            certificate_authority: String::from_utf8(authority?).map_err(|_| ()).map_err(unreadable)?,
            token_id: local.unwrap_or(name).to_owned(),
            public_access: vpc.filter(|vpc| vpc.endpoint_public_access()).map(|vpc| vpc.public_access_cidrs().to_vec()),
            vpc_id: vpc.and_then(|vpc| vpc.vpc_id()).unwrap_or_default().to_owned(),
            created_at: cluster
                .created_at()
                .and_then(|created| SystemTime::try_from(*created).ok())
                .unwrap_or(SystemTime::UNIX_EPOCH),
        })
    }

    /// Creates a token for the cluster with the credentials of the caller.
    ///
    /// # Errors
    /// Returns an error if there are no credentials to sign with.
    pub async fn cluster_token(&self, region: &str, token_id: &str) -> Result<ClusterToken, ApiError> {
        const MAKING: &str = "creating a token for the cluster";
        let provider = self.0.base.sdk.credentials_provider();
        let provider =
            provider.ok_or_else(|| ApiError::own(ErrorKind::Denied, MAKING, "no credentials are configured"));
        let credentials = provider?.provide_credentials().await;
        let credentials = credentials.map_err(|error| {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            ApiError::own(ErrorKind::Denied, MAKING, cause)
        })?;
        let now = SystemTime::now();
        presigned(region, token_id, credentials, now)
            .map_err(|error| ApiError::own(ErrorKind::Other, MAKING, error.to_string()))
    }

    /// Returns the ARN of the caller.
    ///
    /// # Errors
    /// Returns an error if the STS request fails.
    pub async fn caller_arn(&self) -> Result<String, ApiError> {
        const WHO: (&str, &str) = ("STS", "GetCallerIdentity");
        let answer = self.sts(None).get_caller_identity().send().await.map_err(sorted(WHO.0, WHO.1))?;
        present(answer.arn, WHO.0, WHO.1, "ARN")
    }
}

/// Returns the reason why a cluster has no endpoint. Only a cluster that is being created will get one.
fn without_endpoint(status: Option<&ClusterStatus>) -> ApiError {
    let (kind, code) = match status {
        Some(ClusterStatus::Creating | ClusterStatus::Updating | ClusterStatus::Pending) => {
            (ErrorKind::InUse, NO_ENDPOINT)
        }
        Some(ClusterStatus::Deleting) => (ErrorKind::Other, CLUSTER_DELETING),
        _ => (ErrorKind::Other, NO_ENDPOINT),
    };
    let code = Some(code.to_owned());
    let status = status.map_or("in an unknown state", |status| status.as_str());
    let message = format!("the cluster is {status} and has no endpoint");
    ApiError { service: CALL.0, code, ..ApiError::own(kind, CALL.1, message) }
}

/// Signs a token that is valid from the given time.
fn presigned(
    region: &str,
    token_id: &str,
    credentials: Credentials,
    now: SystemTime,
) -> Result<ClusterToken, Box<dyn std::error::Error + Send + Sync>> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(EXPIRES);
    let expiry = credentials.expiry();
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("sts")
        .time(now)
        .settings(settings)
        .build()?
        .into();
    // Independent of the configured STS endpoint: EKS calls this endpoint and accepts no other.
    let host = format!("sts.{region}.{}", domain(region));
    let mut request = http::Request::builder()
        .uri(format!("https://{host}/?Action=GetCallerIdentity&Version=2011-06-15"))
        .header(CLUSTER_HEADER, token_id)
        .body(())?;
    let url = request.uri().to_string();
    let headers = [("host", host.as_str()), (CLUSTER_HEADER, token_id)];
    let signable = SignableRequest::new("GET", url, headers.into_iter(), SignableBody::Bytes(&[]))?;
    let (instructions, _) = sign(signable, &parameters)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    let token = Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(request.uri().to_string())));
    let end = now + VALID;
    Ok(ClusterToken { token, expiration: expiry.map_or(end, |expiry| expiry.min(end)) })
}

/// Returns the DNS suffix of the services of a Region.
fn domain(region: &str) -> &'static str {
    match partition_of(region).unwrap_or("aws") {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::script::{Script, ok};

    fn described(statuses: &[&str]) -> (Script, Clusters) {
        let answer = |status: &&str| ok(&json!({"cluster": {"name": "demo", "status": status}}));
        let script = Script::answering(statuses.iter().map(answer));
        let clusters = Clusters::new(aws_sdk_eks::Client::new(&script.config()));
        (script, clusters)
    }

    #[tokio::test]
    async fn cluster_is_described_once_for_all_who_ask() {
        let (script, clusters) = described(&["ACTIVE", "ACTIVE", "ACTIVE"]);
        let other = clusters.clone();
        let (one, two) = tokio::join!(clusters.describe("demo"), other.describe("demo"));
        assert_eq!(one.expect("a cluster").name(), two.expect("a cluster").name());
        clusters.describe("demo").await.expect("a cluster");
        assert_eq!(script.sent().len(), 1);
        clusters.describe_since("demo", Instant::now()).await.expect("a cluster");
        assert_eq!(script.sent().len(), 2);
        clusters.forget("demo");
        clusters.describe("demo").await.expect("a cluster");
        assert_eq!(script.sent().len(), 3);
    }

    #[tokio::test]
    async fn cluster_that_is_being_made_is_looked_at_again() {
        let (script, clusters) = described(&["CREATING", "ACTIVE"]);
        for status in [ClusterStatus::Creating, ClusterStatus::Active, ClusterStatus::Active] {
            assert_eq!(clusters.describe("demo").await.expect("a cluster").status(), Some(&status));
        }
        assert_eq!(script.sent().len(), 2);
    }

    fn url_of(token: &ClusterToken) -> String {
        let encoded = token.token.expose().strip_prefix(PREFIX).unwrap();
        assert!(!encoded.contains(['=', '+', '/']), "{encoded}");
        String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
    }

    #[test]
    fn token_is_a_presigned_question_for_one_cluster() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let credentials =
            Credentials::new("AKIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG", Some("ses/si+on".into()), None, "test");
        let token = presigned("eu-central-1", "demo", credentials, now).unwrap();
        let url = url_of(&token);
        let mut parts: Vec<_> = url.split(['?', '&']).filter(|part| !part.starts_with("X-Amz-Signature=")).collect();
        parts.sort_unstable();
        assert_eq!(
            parts,
            [
                "Action=GetCallerIdentity",
                "Version=2011-06-15",
                "X-Amz-Algorithm=AWS4-HMAC-SHA256",
                "X-Amz-Credential=AKIAEXAMPLE%2F20270115%2Feu-central-1%2Fsts%2Faws4_request",
                "X-Amz-Date=20270115T080000Z",
                "X-Amz-Expires=60",
                "X-Amz-Security-Token=ses%2Fsi%2Bon",
                "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id",
                "https://sts.eu-central-1.amazonaws.com/",
            ]
        );
        assert_eq!(token.expiration, now + Duration::from_secs(14 * 60));
        assert_eq!(format!("{token:?}").matches("***").count(), 1);
    }

    #[test]
    fn token_ends_with_the_credentials_it_was_signed_with() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let end = now + Duration::from_secs(300);
        let credentials = Credentials::new("ASIAEXAMPLE", "secret-of-a-test", None, Some(end), "test");
        assert_eq!(presigned("eu-central-1", "demo", credentials, now).unwrap().expiration, end);
    }

    #[test]
    fn each_partition_has_its_own_host() {
        let now = SystemTime::now();
        for (region, host) in [
            ("us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com/?"),
            ("cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn/?"),
            ("eusc-de-east-1", "https://sts.eusc-de-east-1.amazonaws.eu/?"),
        ] {
            let credentials = Credentials::new("AKIAEXAMPLE", "secret-of-a-test", None, None, "test");
            let url = url_of(&presigned(region, "demo", credentials, now).unwrap());
            assert!(url.starts_with(host), "{url}");
        }
    }
}
