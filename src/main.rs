//! The provider executable.

use std::process::ExitCode;

use ekscompute::provider::EksCompute;
use wire::{ProviderInfo, run};

const ABOUT: ProviderInfo =
    ProviderInfo { namespace: "ekscompute", name: "ekscompute", version: env!("CARGO_PKG_VERSION") };

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    run(ABOUT, &arguments, || EksCompute)
}
