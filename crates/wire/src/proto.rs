//! The types and services generated from `proto/`. Clients are generated as well, for the protocol tests.

/// Terraform provider protocol, major version 6.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::wildcard_imports, reason = "generated code")]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The services of go-plugin.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::wildcard_imports, reason = "generated code")]
pub mod plugin {
    tonic::include_proto!("plugin");
}

/// Maximum message size in both directions: 256 MiB, as in the Terraform SDK.
pub const MAX_MESSAGE_BYTES: usize = 256 << 20;
