//! Runs a program in a folder of its own. Nothing of the developer's environment reaches it.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::background::Background;
use super::cli::Cli;
use super::run::Run;

/// A program, its environment and a folder, which is deleted with the last clone.
#[derive(Clone, Debug)]
pub(crate) struct Runner {
    pub(super) cli: Cli,
    pub(super) home: Arc<TempDir>,
    pub(super) environment: BTreeMap<String, String>,
    runs: Arc<AtomicUsize>,
}

impl Runner {
    pub(super) fn new(cli: Cli) -> Self {
        let home = tempfile::Builder::new().prefix("ekscompute-").tempdir().expect("a temporary folder");
        Self { cli, home: Arc::new(home), environment: BTreeMap::new(), runs: Arc::default() }
    }

    /// The folder with the configuration and the state.
    pub(super) fn folder(&self) -> PathBuf {
        self.home.path().join("configuration")
    }

    /// A path for a file of one run, outside the configuration.
    pub(super) fn new_file(&self, name: &str) -> PathBuf {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        self.home.path().join(format!("{number}.{name}"))
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Run {
        self.spawn(arguments, Stdio::null()).wait()
    }

    pub(super) fn spawn(&self, arguments: &[&str], stdin: Stdio) -> Background {
        // Files, not pipes: a long output never blocks the program, and a test can look at it meanwhile.
        let (stdout, stderr) = (self.new_file("stdout"), self.new_file("stderr"));
        let create = |path: &PathBuf| File::create(path).expect("the folder is writable");
        let child = Command::new(self.cli.path())
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .envs(&self.environment)
            .stdin(stdin)
            .stdout(create(&stdout))
            .stderr(create(&stderr))
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.cli.name()));
        let command = format!("{} {}", self.cli.name(), arguments.join(" "));
        Background { command, child, stdout, stderr, finished: false, watch: None }
    }
}
