//! The plugin process and its protocol.

pub mod codec;
