//! Credential sources: provider block, environment, shared files, container, and instance, with optional role
//! assumption.

use render::arn::Arn;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds;
use aws_config::imds::client::EndpointMode;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_sts::types::{PolicyDescriptorType, Tag};

use super::errors::sort;
use super::settings::{AssumeRole, Keys, Metadata, Settings, WebIdentity, WebIdentityToken};
use crate::errors::{ApiError, ErrorKind};
use framework::secrets::{self, Secret};

/// Returns the first source from the settings or the environment, before any role is assumed. Web identity uses the
/// given STS client, which requires no credentials.
pub(super) fn source(
    settings: &Settings,
    files: &EnvConfigFiles,
    surroundings: &ProviderConfig,
    sts: impl FnOnce() -> aws_sdk_sts::Client,
) -> Result<SharedCredentialsProvider, ApiError> {
    if let Some(keys) = &settings.keys {
        return Ok(SharedCredentialsProvider::new(fixed(keys, "provider block", None)));
    }
    if let Some(identity) = &settings.web_identity {
        return Ok(SharedCredentialsProvider::new(WebIdentityRole { sts: sts(), identity: identity.clone() }));
    }
    let mut profile = ProfileFileCredentialsProvider::builder().configure(surroundings).profile_files(files.clone());
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
        return Ok(SharedCredentialsProvider::new(profile.build()));
    }
    if let Some((keys, account)) = environment_keys(settings) {
        return Ok(SharedCredentialsProvider::new(fixed(&keys, "environment", account)));
    }
    if let Some(identity) = environment_identity(settings) {
        return Ok(SharedCredentialsProvider::new(WebIdentityRole { sts: sts(), identity }));
    }
    let container = EcsCredentialsProvider::builder().configure(surroundings).build();
    let mut chain =
        CredentialsProviderChain::first_try("shared files", profile.build()).or_else("container", container);
    if !settings.metadata.skip {
        chain = chain.or_else("instance", instance(&settings.metadata, surroundings)?);
    }
    Ok(SharedCredentialsProvider::new(chain))
}

fn fixed(keys: &Keys, origin: &'static str, account: Option<String>) -> Credentials {
    let mut credentials = Credentials::builder()
        .access_key_id(&keys.access_key)
        .secret_access_key(keys.secret_key.expose())
        .provider_name(origin);
    credentials.set_session_token(keys.token.as_ref().map(|token| token.expose().to_owned()));
    credentials.set_account_id(account.map(Into::into));
    credentials.build()
}

fn environment_keys(settings: &Settings) -> Option<(Keys, Option<String>)> {
    let environment = &settings.environment;
    let keys = Keys {
        access_key: environment.first(&["AWS_ACCESS_KEY_ID"])?,
        secret_key: Secret::new(environment.first(&["AWS_SECRET_ACCESS_KEY"])?),
        token: environment.first(&["AWS_SESSION_TOKEN"]).map(Secret::new),
    };
    Some((keys, environment.first(&["AWS_ACCOUNT_ID"])))
}

fn environment_identity(settings: &Settings) -> Option<WebIdentity> {
    let environment = &settings.environment;
    Some(WebIdentity {
        role_arn: environment.first(&["AWS_ROLE_ARN"])?,
        token: WebIdentityToken::File(environment.first(&["AWS_WEB_IDENTITY_TOKEN_FILE"])?.into()),
        duration: None,
        policy: None,
        policy_arns: Vec::new(),
        session_name: environment.first(&["AWS_ROLE_SESSION_NAME"]),
    })
}

fn instance(metadata: &Metadata, surroundings: &ProviderConfig) -> Result<ImdsCredentialsProvider, ApiError> {
    let mut client = imds::Client::builder().configure(surroundings);
    if let Some(endpoint) = &metadata.endpoint {
        let refused = |error: aws_smithy_runtime_api::box_error::BoxError| {
            ApiError::own(ErrorKind::Invalid, "reaching the instance metadata service", format!("{endpoint}: {error}"))
        };
        client = client.endpoint(endpoint).map_err(refused)?;
    }
    if let Some(ipv6) = metadata.ipv6 {
        client = client.endpoint_mode(if ipv6 { EndpointMode::IpV6 } else { EndpointMode::IpV4 });
    }
    Ok(ImdsCredentialsProvider::builder().configure(surroundings).imds_client(client.build()).build())
}

/// Returns the credentials of a role that is assumed with the credentials of the STS client.
#[derive(Debug)]
pub(super) struct AssumedRole {
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) role: AssumeRole,
}

impl AssumedRole {
    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        let role = &self.role;
        let mut call = self
            .sts
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(session_name(role.session_name.as_deref()))
            .set_external_id(role.external_id.clone())
            .set_policy(role.policy.clone())
            .set_source_identity(role.source_identity.clone())
            .set_duration_seconds(role.duration.and_then(|duration| duration.as_secs().try_into().ok()));
        for arn in &role.policy_arns {
            call = call.policy_arns(PolicyDescriptorType::builder().arn(arn).build());
        }
        for (key, value) in &role.tags {
            call = call.tags(Tag::builder().key(key).value(value).build().map_err(CredentialsError::unhandled)?);
        }
        for key in &role.transitive_tag_keys {
            call = call.transitive_tag_keys(key);
        }
        let answer = call.send().await.map_err(|error| failed(sort("STS", "AssumeRole", &error), &role.role_arn))?;
        let account = answer.assumed_role_user().map(|user| account_in(user.arn()));
        credentials(answer.credentials(), account.flatten(), "assumed role")
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

/// Returns the credentials of a role that is assumed with the token of an identity provider.
#[derive(Debug)]
struct WebIdentityRole {
    sts: aws_sdk_sts::Client,
    identity: WebIdentity,
}

impl WebIdentityRole {
    async fn assume(&self) -> Result<Credentials, CredentialsError> {
        let identity = &self.identity;
        let mut call = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(&identity.role_arn)
            .web_identity_token(self.token().await?.expose())
            .role_session_name(session_name(identity.session_name.as_deref()))
            .set_policy(identity.policy.clone())
            .set_duration_seconds(identity.duration.and_then(|duration| duration.as_secs().try_into().ok()));
        for arn in &identity.policy_arns {
            call = call.policy_arns(PolicyDescriptorType::builder().arn(arn).build());
        }
        let answer = call
            .send()
            .await
            .map_err(|error| failed(sort("STS", "AssumeRoleWithWebIdentity", &error), &identity.role_arn))?;
        let account = answer.assumed_role_user().map(|user| account_in(user.arn()));
        credentials(answer.credentials(), account.flatten(), "web identity")
    }

    async fn token(&self) -> Result<Secret, CredentialsError> {
        match &self.identity.token {
            WebIdentityToken::Inline(token) => Ok(token.clone()),
            WebIdentityToken::File(path) => {
                let text = tokio::fs::read_to_string(path).await.map_err(|error| {
                    let message = format!("unable to read the web identity token file {}: {error}", path.display());
                    CredentialsError::provider_error(ApiError::own(ErrorKind::Denied, "reading a token", message))
                })?;
                Ok(Secret::new(text.trim()))
            }
        }
    }
}

impl ProvideCredentials for WebIdentityRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

/// Returns the error of assuming a role, with the role ARN, for the call that needed the credentials.
fn failed(mut error: ApiError, role_arn: &str) -> CredentialsError {
    error.message = format!("unable to assume role {role_arn}: {}", error.message);
    CredentialsError::provider_error(error)
}

fn session_name(configured: Option<&str>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    configured.map_or_else(|| format!("terraform-provider-ekscompute-{}", now.as_secs()), str::to_owned)
}

/// Returns the account ID of an ARN.
fn account_in(arn: &str) -> Option<String> {
    Arn::parse(arn).map(|arn| arn.account).filter(|account| !account.is_empty()).map(str::to_owned)
}

fn credentials(
    answer: Option<&aws_sdk_sts::types::Credentials>,
    account: Option<String>,
    origin: &'static str,
) -> Result<Credentials, CredentialsError> {
    let answer = answer.ok_or_else(|| CredentialsError::unhandled("the STS response does not contain credentials"))?;
    secrets::mask(answer.secret_access_key());
    secrets::mask(answer.session_token());
    let expiry = SystemTime::try_from(*answer.expiration()).map_err(CredentialsError::unhandled)?;
    let mut built = Credentials::builder()
        .access_key_id(answer.access_key_id())
        .secret_access_key(answer.secret_access_key())
        .session_token(answer.session_token())
        .expiry(expiry)
        .provider_name(origin);
    built.set_account_id(account.map(Into::into));
    Ok(built.build())
}
