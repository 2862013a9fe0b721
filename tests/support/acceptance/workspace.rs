//! A configuration folder, a program and the environment that both run in.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use super::background::Background;
use super::cli::Cli;
use super::plan::Plan;
use super::run::Run;

/// The provider as cargo just built it.
pub(crate) const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-ekscompute");

/// The CLI configuration's file name in a workspace.
const CLI_CONFIG: &str = "cli.tfrc";

/// A folder of its own, gone when dropped. Nothing of the developer's environment reaches the commands.
pub(crate) struct Workspace {
    cli: Cli,
    home: TempDir,
    environment: BTreeMap<String, String>,
    runs: AtomicUsize,
}

impl Workspace {
    /// A workspace whose program finds the built provider, and only that.
    pub(crate) fn new(cli: Cli) -> Self {
        let folder = Path::new(PROVIDER).parent().expect("the provider lies in a folder");
        Self::with_cli_config(cli, &overrides(&[("ekscompute/ekscompute", folder)]))
    }

    /// Serves the built provider under a second address and file name too, as a stand-in for another provider of
    /// which nothing is asked.
    pub(crate) fn also_provide(&self, address: &str, file_name: &str) {
        let folder = self.home.path().join("stand-in");
        fs::create_dir(&folder).expect("a new folder");
        symlink(PROVIDER, folder.join(file_name)).expect("the folder is writable");
        let built = Path::new(PROVIDER).parent().expect("the provider lies in a folder");
        let config = overrides(&[("ekscompute/ekscompute", built), (address, &folder)]);
        fs::write(self.home.path().join(CLI_CONFIG), config).expect("the folder is writable");
    }

    /// A workspace whose program finds another provider instead.
    #[allow(dead_code, reason = "used by the tests of the made-up objects")]
    pub(crate) fn with_provider(cli: Cli, address: &str, program: &str) -> Self {
        let folder = Path::new(program).parent().expect("the provider lies in a folder");
        Self::with_cli_config(cli, &overrides(&[(address, folder)]))
    }

    /// A workspace for configurations of builtin objects.
    pub(crate) fn without_provider(cli: Cli) -> Self {
        Self::with_cli_config(cli, "")
    }

    fn with_cli_config(cli: Cli, config: &str) -> Self {
        let home = tempfile::Builder::new().prefix("ekscompute-").tempdir().expect("a temporary folder");
        let this = Self { cli, home, environment: BTreeMap::new(), runs: AtomicUsize::new(0) };
        // With the data directory that `init` makes, which providers of this folder do not need.
        fs::create_dir_all(this.folder().join(".terraform")).expect("a new folder");
        let config_file = this.home.path().join(CLI_CONFIG);
        fs::write(&config_file, config).expect("the folder is writable");
        let home = this.home.path().display().to_string();
        this.env("PATH", &std::env::var("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("TF_CLI_CONFIG_FILE", &config_file.display().to_string())
    }

    /// Sets a variable of the environment of every later command.
    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The folder with the configuration and the state.
    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("configuration")
    }

    /// Writes a file of the configuration; folders in the name are made.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder is writable");
        fs::write(path, text).expect("the folder is writable");
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.start(arguments).wait()
    }

    /// Runs a command to its end with the text as its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let file = self.home.path().join("stdin");
        fs::write(&file, input).expect("the folder is writable");
        self.spawn(arguments, File::open(file).expect("the file was just written").into()).wait()
    }

    /// Starts a command and leaves it running.
    pub(crate) fn start(&self, arguments: &[&str]) -> Background {
        self.spawn(arguments, Stdio::null())
    }

    fn spawn(&self, arguments: &[&str], stdin: Stdio) -> Background {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        // Files, not pipes: a long output never blocks the program, and a test can look at it meanwhile.
        let stream = |name: &str| {
            let path = self.home.path().join(format!("{number}.{name}"));
            (File::create(&path).expect("the folder is writable"), path)
        };
        let ((out, stdout), (err, stderr)) = (stream("stdout"), stream("stderr"));
        let child = Command::new(self.cli.path())
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .envs(&self.environment)
            .stdin(stdin)
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.cli.name()));
        let command = format!("{} {}", self.cli.name(), arguments.join(" "));
        Background { command, child, stdout, stderr, finished: false }
    }

    pub(crate) fn validate(&self) -> Run {
        self.run(&["validate", "-json"])
    }

    /// Plans; the run may have failed. A successful plan lies in `plan.bin`.
    pub(crate) fn try_plan(&self, options: &[&str]) -> Run {
        self.run(&[&["plan", "-json", "-detailed-exitcode", "-out=plan.bin"], options].concat())
    }

    /// Plans, which must succeed.
    #[track_caller]
    pub(crate) fn plan(&self) -> Plan {
        self.plan_with(&[])
    }

    #[track_caller]
    pub(crate) fn plan_with(&self, options: &[&str]) -> Plan {
        let run = self.try_plan(options);
        assert!(matches!(run.code, Some(0 | 2)), "the plan should have succeeded:\n{run}");
        let json = self.run(&["show", "-json", "plan.bin"]).success().json();
        Plan { run, json }
    }

    /// Plans and applies in one go.
    pub(crate) fn apply(&self) -> Run {
        self.apply_with(&[])
    }

    pub(crate) fn apply_with(&self, options: &[&str]) -> Run {
        self.run(&[&["apply", "-json", "-auto-approve"], options].concat())
    }

    /// Applies the plan that the last [`Self::plan`] made.
    pub(crate) fn apply_plan(&self) -> Run {
        self.run(&["apply", "-json", "plan.bin"])
    }

    /// Starts an apply and leaves it running.
    pub(crate) fn start_apply(&self) -> Background {
        self.start(&["apply", "-json", "-auto-approve"])
    }

    pub(crate) fn destroy(&self) -> Run {
        self.run(&["destroy", "-json", "-auto-approve"])
    }

    pub(crate) fn refresh(&self) -> Run {
        self.run(&["apply", "-json", "-auto-approve", "-refresh-only"])
    }

    pub(crate) fn import(&self, address: &str, id: &str) -> Run {
        self.run(&["import", "-no-color", address, id])
    }

    /// The state as `show -json` tells it.
    #[track_caller]
    pub(crate) fn state(&self) -> Value {
        self.run(&["show", "-json"]).success().json()
    }

    /// The attributes of one object in the state; null if it is not there.
    #[track_caller]
    pub(crate) fn attributes(&self, address: &str) -> Value {
        let state = self.state();
        let resources = state["values"]["root_module"]["resources"].as_array().into_iter().flatten();
        let mut found = resources.filter(|resource| resource["address"] == address);
        found.next().map_or(Value::Null, |resource| resource["values"].clone())
    }

    /// Addresses of everything in the state.
    #[track_caller]
    pub(crate) fn addresses(&self) -> Vec<String> {
        let run = self.run(&["state", "list"]);
        // Older programs fail where there is no state at all.
        run.stdout.lines().map(str::to_owned).collect()
    }
}

/// A CLI configuration that takes providers from folders, without a registry.
fn overrides(providers: &[(&str, &Path)]) -> String {
    let lines: String = providers.iter().map(|(address, folder)| format!("    {address:?} = {folder:?}\n")).collect();
    format!("provider_installation {{\n  dev_overrides {{\n{lines}  }}\n}}\n")
}
