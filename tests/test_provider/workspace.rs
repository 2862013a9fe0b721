//! A workspace of a real program with the provider of made-up objects.

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::host::{Journal, TEST_PROVIDER};
use crate::support::cli::Cli;
use crate::support::workspace::Workspace;

/// The workspace, and what happens behind the provider.
pub(crate) struct TestWorkspace {
    pub(crate) workspace: Workspace,
    pub(crate) journal: Journal,
}

impl TestWorkspace {
    /// A workspace whose provider block is written.
    pub(crate) fn new(cli: Cli) -> Self {
        Self::with_provider_arguments(cli, "")
    }

    /// The same with further arguments in the provider block.
    pub(crate) fn with_provider_arguments(cli: Cli, arguments: &str) -> Self {
        let workspace = Workspace::with_provider(cli, "ekscompute/test", TEST_PROVIDER);
        let journal = workspace.folder().with_file_name("journal");
        let workspace = workspace.env("TEST_PROVIDER_LOG", &journal.display().to_string());
        let test = Self { workspace, journal: Journal(journal) };
        let directory = test.objects().display().to_string();
        test.workspace.write(
            "provider.tf",
            &format!(
                "terraform {{\n  required_providers {{\n    test = {{ source = \"ekscompute/test\" }}\n  }}\n}}\n\
                 provider \"test\" {{\n  directory = {directory:?}\n  {arguments}\n}}\n"
            ),
        );
        test
    }

    /// The folder of the objects.
    pub(crate) fn objects(&self) -> PathBuf {
        self.workspace.folder().with_file_name("objects")
    }

    /// Names of the files of all objects.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.objects()).into_iter().flatten().flatten();
        let mut names: Vec<_> = files.filter_map(|file| file.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Stores an object as somebody else would.
    pub(crate) fn put(&self, file: &str, object: &Json) {
        std::fs::create_dir_all(self.objects()).expect("a writable folder");
        std::fs::write(self.objects().join(file), object.to_string()).expect("a writable folder");
    }
}
