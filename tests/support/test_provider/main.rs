//! A provider of made-up objects, which uses everything that the framework and the protocol offer. Tests drive it
//! through a real process. Its objects are JSON files in a folder.

mod all_types;
mod all_types_model;
mod basic;
mod faulty;
mod functions;
mod journal;
mod legacy;
mod notify;
mod provider;
mod store;
mod token;

use std::process::ExitCode;

use wire::{ProviderInfo, run};

const ABOUT: ProviderInfo = ProviderInfo { namespace: "ekscompute", name: "test", version: env!("CARGO_PKG_VERSION") };

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    run(ABOUT, &arguments, || provider::TestProvider)
}
