//! terraform-provider-ekscompute: the compute side of Amazon EKS for Terraform and OpenTofu.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests wait on paused time"))]

pub mod actions;
pub mod data_sources;
pub mod ephemeral;
pub mod functions;
#[cfg(test)]
mod journeys;
pub mod provider;
pub mod resources;
