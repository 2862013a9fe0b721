//! Everything the framework and the protocol offer, on a provider of made-up objects: first by a host of our own, which
//! sees every byte, then by the real programs, each as far as its features go.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/protocol/mod.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the tests of the protocol, which use more of it")]
mod plugin_host;
#[path = "../support/acceptance/mod.rs"]
#[allow(dead_code, reason = "shared with the acceptance tests, which use more of it")]
mod support;

mod cli_faults;
mod cli_features;
mod cli_lifecycle;
mod cli_states;
mod faults;
mod host;
mod lifecycle;
mod others;
mod states;
mod values;
mod workspace;
