//! The RPCs of state stores, which only experimental Terraform builds call. The provider does not support them and
//! returns an error.

use futures::Stream;
use futures::stream;

use super::call::Answer;
use crate::convert;
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::{StateStoreServerCapabilities, read_state_bytes};
use framework::diagnostics::Diagnostic;

/// The chunk size that Terraform proposes.
const CHUNK_BYTES: i64 = 8 << 20;

/// Returns the error for all of these RPCs.
pub(super) async fn unsupported<A: Answer>() -> A {
    A::failed(vec![error()])
}

/// Terraform reads the capabilities even if there is an error.
pub(super) async fn configure_state_store() -> proto::configure_state_store::Response {
    proto::configure_state_store::Response {
        diagnostics: vec![error()],
        capabilities: Some(StateStoreServerCapabilities { chunk_size: CHUNK_BYTES }),
    }
}

/// Terraform reads the range even if there is an error.
pub(super) fn read_state_bytes() -> impl Stream<Item = read_state_bytes::Response> {
    stream::iter([read_state_bytes::Response::failed(vec![error()])])
}

fn error() -> proto::Diagnostic {
    convert::diagnostic(&Diagnostic::error(
        "State stores are not supported",
        "terraform-provider-ekscompute manages Amazon EKS compute resources and cannot store Terraform state. Use a \
         backend, such as s3.",
    ))
}
