//! Tasks of the project that are longer than a line of the Makefile.

mod effects;
mod generated;
mod registry;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use generated::Generated;

const USAGE: &str = "usage: xtask docs [--check] | xtask schema [--check] | xtask registry | xtask effects [--reset]

  docs      write docs/ from the schemas, examples/ and docs-src/
  schema    write tests/snapshots/schema.json, the schemas as terraform providers schema -json prints them
  registry  have docs/ judged by tfplugindocs, the registry's own tool
  effects   sum up what the effect oracle of the acceptance tests recorded; --reset forgets earlier test runs

  --check writes nothing, and fails when what is there is stale";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["docs"] => Generated::Docs.write(),
        ["docs", "--check"] => Generated::Docs.check(),
        ["schema"] => Generated::Schema.write(),
        ["schema", "--check"] => Generated::Schema.check(),
        ["registry"] => registry::validate(),
        ["effects"] => effects::report(),
        ["effects", "--reset"] => effects::reset(),
        _ => anyhow::bail!("{USAGE}"),
    }
}

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
