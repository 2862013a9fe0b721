//! The plugin process and its protocol.

mod broker;
pub mod codec;
mod controller;
mod handshake;
mod listen;
mod logging;
pub mod proto;
mod reattach;
mod run;
mod signals;
mod stdio;
mod tls;

pub use run::{About, Mode, WireError, run};
