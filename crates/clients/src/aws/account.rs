//! The account of the credentials, and whether the configuration allows it.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::OnceCell;

use super::errors::sorted;
use super::settings::Settings;
use crate::errors::{ApiError, ErrorKind};
use framework::secrets;

/// The account ID, determined on first use.
#[derive(Debug)]
pub(super) struct Account {
    allowed: Vec<String>,
    forbidden: Vec<String>,
    id: OnceCell<String>,
}

impl Account {
    pub(super) fn new(settings: &Settings) -> Self {
        let (allowed, forbidden) = (settings.allowed_account_ids.clone(), settings.forbidden_account_ids.clone());
        Self { allowed, forbidden, id: OnceCell::new() }
    }

    /// Returns the account ID, requested from STS unless the credentials contain it.
    pub(super) async fn id(&self, sts: &aws_sdk_sts::Client) -> Result<&str, ApiError> {
        self.id.get_or_try_init(|| ask(sts)).await.map(String::as_str)
    }

    /// Rejects credentials of an account that the configuration does not allow.
    async fn check(&self, credentials: &Credentials, sts: &StsWith) -> Result<(), ApiError> {
        let named = credentials.account_id().map(|account| account.as_str().to_owned());
        if self.allowed.is_empty() && self.forbidden.is_empty() {
            if let Some(account) = named {
                // The account may already be set.
                let _ = self.id.set(account);
            }
            return Ok(());
        }
        let id = self.id.get_or_try_init(|| async {
            match named {
                Some(account) => Ok(account),
                None => ask(&sts(credentials.clone())).await,
            }
        });
        let id = id.await?;
        let reason = if self.forbidden.contains(id) {
            format!("account {id} is in forbidden_account_ids")
        } else if !self.allowed.is_empty() && !self.allowed.contains(id) {
            format!("account {id} is not in allowed_account_ids ({})", self.allowed.join(", "))
        } else {
            return Ok(());
        };
        let message = format!("the credentials belong to an account that is not allowed: {reason}");
        Err(ApiError::own(ErrorKind::WrongAccount, "checking the account", message))
    }
}

async fn ask(sts: &aws_sdk_sts::Client) -> Result<String, ApiError> {
    let answer = sts.get_caller_identity().send().await.map_err(sorted("STS", "GetCallerIdentity"))?;
    let missing = || {
        ApiError::own(
            ErrorKind::Other,
            "requesting the account ID from STS",
            "the GetCallerIdentity response does not contain an account ID",
        )
    };
    answer.account().map(str::to_owned).ok_or_else(missing)
}

/// Returns an STS client with the given credentials.
type StsWith = dyn Fn(Credentials) -> aws_sdk_sts::Client + Send + Sync;

/// Returns credentials only after they are masked in all output and their account is checked.
pub(super) struct CheckedCredentials {
    pub(super) source: SharedCredentialsProvider,
    pub(super) account: Arc<Account>,
    pub(super) sts: Box<StsWith>,
}

impl std::fmt::Debug for CheckedCredentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CheckedCredentials").field("account", &self.account).finish_non_exhaustive()
    }
}

impl CheckedCredentials {
    async fn load(&self) -> Result<Credentials, CredentialsError> {
        let credentials = self.source.provide_credentials().await?;
        secrets::mask(credentials.secret_access_key());
        credentials.session_token().into_iter().for_each(secrets::mask);
        self.account.check(&credentials, &*self.sts).await.map_err(CredentialsError::provider_error)?;
        Ok(credentials)
    }
}

impl ProvideCredentials for CheckedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}
