//! The types and services generated from `proto/`. Clients are generated too: the tests of the protocol use them.

/// Terraform's provider protocol, major version 6.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::wildcard_imports, reason = "generated code")]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The services of go-plugin.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::wildcard_imports, reason = "generated code")]
pub mod plugin {
    tonic::include_proto!("plugin");
}

/// The largest message in either direction: 256 MiB, as Terraform's own SDK sets it.
pub const MAX_MESSAGE_BYTES: usize = 256 << 20;
