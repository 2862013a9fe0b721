//! Settings from the environment and the profile, for values that are not set in the provider block.

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::EnvConfigValue;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::settings::{ConfigError, Settings};
use crate::environment::Environment;

/// The environment and the shared files, from which the SDK reads the service endpoints.
#[derive(Debug)]
pub(super) struct ExternalConfig {
    env: Env,
    profiles: ProfileSet,
}

impl ExternalConfig {
    /// Reads the shared files.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read, or if none of them contains the configured profile.
    pub(super) async fn read(settings: &Settings, files: &EnvConfigFiles) -> Result<Self, ConfigError> {
        let environment = &settings.environment;
        let env = match environment {
            Environment::Process => Env::real(),
            Environment::Fixed(variables) => {
                Env::from(variables.clone().into_iter().collect::<std::collections::HashMap<_, _>>())
            }
        };
        let named = settings.profile.clone().or_else(|| environment.first(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]));
        let chosen = named.clone().map(Into::into);
        let profiles = aws_config::profile::load(&Fs::real(), &env, files, chosen).await.map_err(|error| {
            let written = !settings.shared_config_files.is_empty() || !settings.shared_credentials_files.is_empty();
            let message = format!("Unable to read the shared configuration files: {}", describe(&error));
            ConfigError { attribute: written.then_some("shared_config_files"), message }
        })?;
        // Credentials from another source need no profile, and an unrelated AWS_PROFILE must not cause an error then.
        let needed = settings.profile.is_some()
            || settings.keys.is_none()
                && settings.web_identity.is_none()
                && environment.first(&["AWS_ACCESS_KEY_ID"]).is_none();
        match named {
            Some(name) if needed && profiles.get_profile(&name).is_none() => {
                Err(unknown_profile(&name, settings, &profiles))
            }
            _ => Ok(Self { env, profiles }),
        }
    }

    /// Returns the environment variable, or else the setting of the active profile.
    pub(super) fn get(&self, variable: &str, setting: &str) -> Option<String> {
        let from_profile = || self.profiles.get(setting).map(str::to_owned);
        self.variable(variable).or_else(from_profile).filter(|value| !value.is_empty())
    }

    /// Returns the environment variable if it is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name).ok().filter(|value| !value.is_empty())
    }

    /// Returns the environment variable, or else the setting, as a Boolean. Values other than `true` and `false` are
    /// ignored.
    pub(super) fn switch(&self, variable: &str, setting: &str) -> Option<bool> {
        self.get(variable, setting)?.to_ascii_lowercase().parse().ok()
    }
}

impl LoadServiceConfig for ExternalConfig {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let is_endpoint = key.env() == "AWS_ENDPOINT_URL";
        let ignored = || self.switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
        if is_endpoint && ignored() == Some(true) {
            return None;
        }
        // An empty environment variable must not hide the profile.
        let ways = [EnvConfigValue::new().env(key.env()), EnvConfigValue::new().profile(key.profile())];
        ways.into_iter().find_map(|way| {
            let way = way.service_id(key.service_id());
            let (value, _) = way.load(&self.env, Some(&self.profiles))?;
            Some(value.to_string()).filter(|value| !value.is_empty())
        })
    }
}

fn unknown_profile(name: &str, settings: &Settings, profiles: &ProfileSet) -> ConfigError {
    let known = profiles.profiles().collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none".to_owned() } else { known };
    ConfigError {
        attribute: settings.profile.as_ref().map(|_| "profile"),
        message: format!("Profile {name:?} not found in the shared configuration files. Available profiles: {known}."),
    }
}

/// Formats an error with its causes.
fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
