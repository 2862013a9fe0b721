//! The schemas of everything served, and their snapshot: a changed schema is a changed file that a reviewer sees.

use std::fs;

use ekscompute::provider::EksCompute;
use framework::docs::{Provider, provider_schemas};
use framework::server::{Schemas, Server};

/// How the registry names the provider.
pub(crate) const PROVIDER: Provider<'static> =
    Provider { name: "ekscompute", source: "registry.terraform.io/ekscompute/ekscompute" };

const SNAPSHOT: &str = "tests/snapshots/schema.json";

/// The schemas of everything that the provider serves.
pub(crate) fn schemas() -> Schemas {
    Server::new(EksCompute).schemas().clone()
}

#[test]
fn snapshot_is_current() {
    let path = crate::root().join(SNAPSHOT);
    let current = format!("{:#}\n", provider_schemas(PROVIDER, &schemas()));
    if crate::updates("schema") {
        fs::create_dir_all(path.parent().expect("the snapshot is in a folder")).expect("the folder can be made");
        fs::write(&path, &current).expect("the snapshot can be written");
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == current, "the schema has changed: if that is meant, run make schema and commit {SNAPSHOT}");
}

#[test]
fn schemas_keep_the_rules_of_terraform_core() {
    assert_eq!(Server::new(EksCompute).mistakes(), Vec::<String>::new());
}
