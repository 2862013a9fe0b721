//! Tests of the plugin protocol: a host of our own against the built program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/protocol/mod.rs"]
mod support;

mod callers;
#[cfg(target_os = "linux")]
mod children;
mod debugging;
mod handshake;
mod large;
mod life;
mod logs;
mod rpcs;
mod services;
