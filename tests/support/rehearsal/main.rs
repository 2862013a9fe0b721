//! A provider of made-up objects, which uses everything that the framework and the protocol offer. Tests drive it
//! through a real process. Its objects are JSON files in a folder.

mod actor;
mod applause;
mod costume;
mod costume_model;
mod extra;
mod functions;
mod journal;
mod pass;
mod provider;
mod store;
mod stunt;

use std::process::ExitCode;

use wire::{About, run};

const ABOUT: About = About { namespace: "ekscompute", name: "rehearsal", version: env!("CARGO_PKG_VERSION") };

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    run(ABOUT, &arguments, || provider::Rehearsal)
}
