//! What is generated from the schemas. The work is done by the test target `docs`: linking the provider here would
//! build all of it a second time, because the tests need other features of its dependencies.

use std::process::Command;

use anyhow::{Context as _, ensure};

/// Something generated.
#[derive(Clone, Copy)]
pub(crate) enum Generated {
    /// The registry's pages.
    Docs,
    /// The snapshot of the schemas.
    Schema,
}

impl Generated {
    /// The test that compares it, or writes it when `UPDATE` has its name.
    fn test(self) -> (&'static str, &'static str) {
        match self {
            Self::Docs => ("docs", "pages::pages_are_current"),
            Self::Schema => ("schema", "schema::snapshot_is_current"),
        }
    }

    pub(crate) fn write(self) -> anyhow::Result<()> {
        self.run(Some(self.test().0))
    }

    pub(crate) fn check(self) -> anyhow::Result<()> {
        self.run(None)
    }

    fn run(self, update: Option<&str>) -> anyhow::Result<()> {
        let (name, test) = self.test();
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // The same features as make test, so that nothing is built twice.
        cargo.args(["test", "--quiet", "--locked", "--workspace", "--features", "test_provider", "--test", "docs"]);
        cargo.args(["--", "--exact", test]).current_dir(crate::root());
        match update {
            Some(update) => cargo.env("UPDATE", update),
            None => cargo.env_remove("UPDATE"),
        };
        let status = cargo.status().context("cannot start cargo")?;
        ensure!(status.success(), "{name}: see above");
        Ok(())
    }
}
