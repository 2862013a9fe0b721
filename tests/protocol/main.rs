//! Tests of the plugin protocol: a host of our own against the built program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/protocol/mod.rs"]
mod support;

mod callers;
mod debugging;
mod handshake;
mod life;
mod logs;
mod rpcs;
mod services;
