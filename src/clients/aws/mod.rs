//! The way to AWS. Nothing outside this folder and a noun's `aws.rs` names the SDK.

pub mod errors;
