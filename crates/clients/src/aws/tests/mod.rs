//! The clients against a server on this machine: requests, endpoints, signatures, and retries.

mod access;
pub(crate) mod server;
mod transport;

use super::settings::Settings;
use super::testing::{aws, settings};
use super::*;
use crate::aws::errors::sorted;
use crate::environment::Environment;

fn served_by(server: &server::Server) -> Settings {
    let endpoints = [Service::Eks, Service::Sts, Service::Ec2].map(|service| (service, server.url()));
    Settings { endpoints: endpoints.into(), ..settings() }
}

async fn list_clusters(aws: &Aws) -> Result<Vec<String>, ApiError> {
    let answer = aws.eks(None).list_clusters().send().await.map_err(sorted("EKS", "ListClusters"))?;
    Ok(answer.clusters().to_vec())
}
