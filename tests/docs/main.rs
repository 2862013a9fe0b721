//! What is generated from the schemas: the registry's pages, and the snapshot of the schemas.
//!
//! `make docs` and `make schema` run these tests with `UPDATE=docs` and `UPDATE=schema`, which write instead of compare.
//! A test target and no program, because a program would need its own build of everything that the tests have built.

mod pages;
mod preflight;
mod registry;
mod schema;

use std::path::Path;

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether to write what is generated, instead of comparing it.
fn updates(what: &str) -> bool {
    std::env::var("UPDATE").is_ok_and(|update| update == what)
}
