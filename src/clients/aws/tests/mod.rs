//! The clients against a server on this machine: what is sent, to whom, signed with whose keys, and when anew.

mod access;
pub(crate) mod server;
mod transport;

use super::settings::{Keys, Settings};
use super::*;
use crate::clients::aws::errors::sorted;
use crate::clients::environment::Environment;
use framework::secrets::Secret;

/// Settings that need nothing of this machine.
fn settings() -> Settings {
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

fn keys(access_key: &str) -> Keys {
    Keys { access_key: access_key.to_owned(), secret_key: Secret::new(format!("secret-of-{access_key}")), token: None }
}

fn served_by(server: &server::Server) -> Settings {
    let endpoints = [Service::Eks, Service::Sts, Service::Ec2].map(|service| (service, server.url()));
    Settings { endpoints: endpoints.into(), ..settings() }
}

/// Clients of services that nobody reaches.
pub(crate) async fn unreachable() -> Aws {
    aws(&settings()).await
}

/// The same in another region.
pub(crate) async fn unreachable_in(region: &str) -> Aws {
    aws(&Settings { region: Some(region.to_owned()), ..settings() }).await
}

/// The same without a region.
pub(crate) async fn without_region() -> Aws {
    aws(&Settings { region: None, ..settings() }).await
}

async fn aws(settings: &Settings) -> Aws {
    Aws::new(settings).await.expect("usable settings")
}

async fn list_clusters(aws: &Aws) -> Result<Vec<String>, ApiError> {
    let answer = aws.eks(None).list_clusters().send().await.map_err(sorted("EKS", "ListClusters"))?;
    Ok(answer.clusters().to_vec())
}
