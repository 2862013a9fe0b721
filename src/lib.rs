//! terraform-provider-ekscompute: the compute side of Amazon EKS for Terraform and OpenTofu.

pub mod clients;
pub mod framework;
pub mod resources;
pub mod wire;
