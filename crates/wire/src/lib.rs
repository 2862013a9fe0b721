//! The plugin process and its protocol.
#![allow(clippy::disallowed_methods, reason = "the process waits for its parent and for free file descriptors")]

mod about;
mod broker;
pub mod codec;
mod command;
mod controller;
mod convert;
mod handshake;
mod listen;
mod logging;
mod process;
pub mod proto;
mod reattach;
mod service;
mod signals;
mod stdio;
mod tls;

pub use about::ProviderInfo;
pub use command::run;
pub use process::{Mode, WireError, serve};
