//! Acceptance tests: the built provider under real Terraforms and a real OpenTofu, against the sandbox.
//! `make clis sandbox` sets up what they run.

#[path = "../support/acceptance/mod.rs"]
mod support;

mod faults;
mod functions;
mod harness;
mod node_group;
mod preflight;
mod schema;
mod userdata;
