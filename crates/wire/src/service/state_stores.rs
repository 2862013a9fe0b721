//! The rpcs of state stores, which only experimental builds of Terraform call. The provider offers none, and says so.

use futures::Stream;
use futures::stream;

use super::call::Answer;
use crate::convert;
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::{StateStoreServerCapabilities, read_state_bytes};
use framework::diagnostics::Diagnostic;

/// What Terraform proposes.
const CHUNK_BYTES: i64 = 8 << 20;

/// The answer to every one of them.
pub(super) async fn unsupported<A: Answer>() -> A {
    A::failed(vec![error()])
}

/// Terraform looks into the capabilities even beside an error.
pub(super) async fn configure_state_store() -> proto::configure_state_store::Response {
    proto::configure_state_store::Response {
        diagnostics: vec![error()],
        capabilities: Some(StateStoreServerCapabilities { chunk_size: CHUNK_BYTES }),
    }
}

/// Terraform looks into the range even beside an error.
pub(super) fn read_state_bytes() -> impl Stream<Item = read_state_bytes::Response> {
    stream::iter([read_state_bytes::Response::failed(vec![error()])])
}

fn error() -> proto::Diagnostic {
    convert::diagnostic(&Diagnostic::error(
        "The provider has no state stores",
        "terraform-provider-ekscompute manages the compute side of Amazon EKS; it does not store Terraform's state. \
         Use another backend, for instance s3.",
    ))
}
