//! Converts between the bytes of the protocol and [`Value`](framework::value::Value), based on a
//! [`Type`](framework::types::Type).
//!
//! The encodings match those of Terraform core, so that an unchanged value results in identical bytes.

mod error;
mod json;
mod msgpack;
#[cfg(test)]
mod tests;

pub use error::{CodecError, CodecErrorKind};
pub use json::{Leniency, decode_json, encode_json, value_from_json};
pub use msgpack::{decode_msgpack, encode_msgpack};
