//! For tests: clients whose services are not called.

use super::Aws;
use super::settings::{Keys, Settings};
use crate::environment::Environment;
use framework::secrets::Secret;

/// Settings that do not depend on this machine.
pub(super) fn settings() -> Settings {
    let empty: [(&str, &str); 0] = [];
    Settings {
        region: Some("eu-central-1".to_owned()),
        keys: Some(keys("AKIABASE")),
        max_attempts: Some(1),
        environment: Environment::fixed(empty),
        shared_config_files: vec!["/dev/null".into()],
        shared_credentials_files: vec!["/dev/null".into()],
        ..Settings::default()
    }
}

pub(super) fn keys(access_key: &str) -> Keys {
    Keys { access_key: access_key.to_owned(), secret_key: Secret::new(format!("secret-of-{access_key}")), token: None }
}

/// Creates clients of services that no test calls.
pub async fn unreachable() -> Aws {
    aws(&settings()).await
}

/// Creates the same clients for another Region.
pub async fn unreachable_in(region: &str) -> Aws {
    aws(&Settings { region: Some(region.to_owned()), ..settings() }).await
}

/// Creates the same clients without a Region.
pub async fn without_region() -> Aws {
    aws(&Settings { region: None, ..settings() }).await
}

pub(super) async fn aws(settings: &Settings) -> Aws {
    Aws::new(settings).await.expect("usable settings")
}
