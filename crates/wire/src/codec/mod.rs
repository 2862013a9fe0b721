//! Between the bytes of the protocol and [`Value`](framework::value::Value), driven by a
//! [`Type`](framework::types::Type).
//!
//! Encodings follow what core itself writes, so that a value echoed is echoed byte for byte.

mod error;
mod json;
mod msgpack;
#[cfg(test)]
mod tests;

pub use error::{CodecError, CodecErrorKind};
pub use json::{Leniency, decode_json, encode_json, value_from_json};
pub use msgpack::{decode_msgpack, encode_msgpack};
