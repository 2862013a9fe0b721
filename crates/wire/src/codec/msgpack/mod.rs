//! The MessagePack encoding of values.

mod decode;
mod encode;
mod unknown;

pub use decode::decode_msgpack;
pub use encode::encode_msgpack;
