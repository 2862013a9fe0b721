//! A configuration folder, a program and the environment that both run in.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::background::Background;
use super::cli::Cli;
use super::oracle::Watch;
use super::plan::Plan;
use super::run::Run;
use super::runner::Runner;

/// The provider as cargo just built it.
pub(crate) const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-ekscompute");

/// The CLI configuration's file name in a workspace.
const CLI_CONFIG: &str = "cli.tfrc";

/// The plan file of [`Workspace::plan`].
const PLAN: &str = "plan.bin";

/// A folder of its own, gone when dropped. Nothing of the developer's environment reaches the commands.
///
/// Commands that apply something are judged by the effect oracle, however they are run.
pub(crate) struct Workspace {
    runner: Runner,
    /// Whether the provider is the one whose effects are judged.
    judged: bool,
    /// The last plan file that was shown, and its JSON form.
    shown: Mutex<Option<(Vec<u8>, Value)>>,
    drifts: AtomicBool,
    /// Leaves that a controller may change during the next apply.
    reactions: Mutex<Vec<String>>,
}

/// A command, as far as the oracle distinguishes them.
enum Kind<'a> {
    /// Applies a plan file.
    ApplyPlan(&'a str),
    /// Plans with these options and applies.
    Apply(Vec<&'a str>),
    /// Destroys everything.
    Destroy,
    /// Changes no object.
    Other,
}

impl<'a> Kind<'a> {
    fn of(arguments: &[&'a str]) -> Self {
        let Some((verb @ (&"apply" | &"destroy"), rest)) = arguments.split_first() else { return Self::Other };
        let own = |option: &&str| !["-json", "-auto-approve", "-no-color"].contains(option);
        let options: Vec<_> = rest.iter().copied().filter(own).collect();
        let takes_value = |option: &str| ["-target", "-replace", "-var", "-var-file"].contains(&option);
        match options.as_slice() {
            [before @ .., file]
                if !file.starts_with('-') && !before.last().is_some_and(|option| takes_value(option)) =>
            {
                Self::ApplyPlan(file)
            }
            _ if options.contains(&"-refresh-only") => Self::Other,
            [] if *verb == "destroy" => Self::Destroy,
            _ if *verb == "destroy" => Self::Apply([vec!["-destroy"], options].concat()),
            _ => Self::Apply(options),
        }
    }
}

impl Workspace {
    /// A workspace whose program finds the built provider, and only that.
    pub(crate) fn new(cli: Cli) -> Self {
        let folder = Path::new(PROVIDER).parent().expect("the provider lies in a folder");
        Self { judged: true, ..Self::with_cli_config(cli, &overrides(&[("ekscompute/ekscompute", folder)])) }
    }

    /// Serves the built provider under a second address and file name too, as a stand-in for another provider of
    /// which nothing is asked.
    pub(crate) fn also_provide(&self, address: &str, file_name: &str) {
        let folder = self.runner.home.path().join("stand-in");
        fs::create_dir(&folder).expect("a new folder");
        symlink(PROVIDER, folder.join(file_name)).expect("the folder is writable");
        let built = Path::new(PROVIDER).parent().expect("the provider lies in a folder");
        let config = overrides(&[("ekscompute/ekscompute", built), (address, &folder)]);
        fs::write(self.runner.home.path().join(CLI_CONFIG), config).expect("the folder is writable");
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
        let runner = Runner::new(cli);
        let this = Self {
            runner,
            judged: false,
            shown: Mutex::default(),
            drifts: AtomicBool::new(false),
            reactions: Mutex::default(),
        };
        // With the data directory that `init` makes, which providers of this folder do not need.
        fs::create_dir_all(this.folder().join(".terraform")).expect("a new folder");
        let config_file = this.runner.home.path().join(CLI_CONFIG);
        fs::write(&config_file, config).expect("the folder is writable");
        let home = this.runner.home.path().display().to_string();
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
        self.runner.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The folder with the configuration and the state.
    pub(crate) fn folder(&self) -> PathBuf {
        self.runner.folder()
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
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        match Kind::of(arguments) {
            Kind::Apply(options) if self.judged => self.plan_and_apply(arguments, &options),
            _ => self.start(arguments).wait(),
        }
    }

    /// Runs a command to its end with the text as its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        assert!(matches!(Kind::of(arguments), Kind::Other), "the oracle does not see what is applied this way");
        let file = self.runner.new_file("stdin");
        fs::write(&file, input).expect("the folder is writable");
        self.runner.spawn(arguments, File::open(file).expect("the file was just written").into()).wait()
    }

    /// Starts a command and leaves it running.
    #[track_caller]
    pub(crate) fn start(&self, arguments: &[&str]) -> Background {
        let watch = self.judged.then(|| self.watch(&Kind::of(arguments))).flatten();
        let mut running = self.runner.spawn(arguments, Stdio::null());
        running.watch = watch;
        running
    }

    #[track_caller]
    fn watch(&self, kind: &Kind<'_>) -> Option<Watch> {
        let watch = match kind {
            Kind::Other => return None,
            Kind::Destroy => Watch::of_destroy(&self.runner),
            Kind::Apply(options) => Watch::of_options(&self.runner, options),
            Kind::ApplyPlan(file) => match &*self.shown.lock().expect("no test panics with the lock") {
                Some((bytes, plan)) if fs::read(self.folder().join(file)).ok().as_ref() == Some(bytes) => {
                    Watch::of_shown(&self.runner, plan.clone())
                }
                _ => Watch::of_plan(&self.runner, Path::new(file)),
            },
        };
        let watch =
            watch.with_reactions(std::mem::take(&mut *self.reactions.lock().expect("no test panics with the lock")));
        Some(if self.drifts.swap(false, Ordering::Relaxed) { watch.with_drift() } else { watch })
    }

    /// Another process changes an object between the plan and the next apply. What the plan leaves alone must then be
    /// what the other process made of it.
    pub(crate) fn expect_drift(&self) {
        self.drifts.store(true, Ordering::Relaxed);
    }

    /// A controller reacts to the next apply: leaves whose addresses begin this way may change although the plan does not
    /// show it.
    pub(crate) fn expect_reaction(&self, leaf: &str) {
        self.reactions.lock().expect("no test panics with the lock").push(leaf.to_owned());
    }

    /// What `apply` does in one run, in two, so that the oracle has the plan.
    #[track_caller]
    fn plan_and_apply(&self, arguments: &[&str], options: &[&str]) -> Run {
        let file = self.runner.new_file("plan").display().to_string();
        let out = format!("-out={file}");
        let command = format!("{} {}", self.runner.cli.name(), arguments.join(" "));
        let planned = self.runner.run(&[&["plan", "-json", &out], options].concat());
        if !planned.succeeded() {
            return Run { command, ..planned };
        }
        let applied = self.start(&["apply", "-json", &file]).wait();
        // A saved plan is shown again when it is applied.
        let again = |line: &&str| line.contains("\"type\":\"planned_change\"");
        let lines = planned.stdout.lines().chain(applied.stdout.lines().filter(|line| !again(line)));
        let stdout = lines.map(|line| format!("{line}\n")).collect();
        Run { command, code: applied.code, stdout, stderr: planned.stderr + &applied.stderr }
    }

    pub(crate) fn validate(&self) -> Run {
        self.run(&["validate", "-json"])
    }

    /// Plans; the run may have failed. A successful plan lies in `plan.bin`.
    pub(crate) fn try_plan(&self, options: &[&str]) -> Run {
        let out = format!("-out={PLAN}");
        self.run(&[&["plan", "-json", "-detailed-exitcode", &out], options].concat())
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
        let json = self.run(&["show", "-json", PLAN]).success().json();
        let file = fs::read(self.folder().join(PLAN)).expect("the plan was just written");
        *self.shown.lock().expect("no test panics with the lock") = Some((file, json.clone()));
        Plan { run, json }
    }

    /// Plans and applies in one go.
    #[track_caller]
    pub(crate) fn apply(&self) -> Run {
        self.apply_with(&[])
    }

    #[track_caller]
    pub(crate) fn apply_with(&self, options: &[&str]) -> Run {
        self.run(&[&["apply", "-json", "-auto-approve"], options].concat())
    }

    /// Applies the plan that the last [`Self::plan`] made.
    #[track_caller]
    pub(crate) fn apply_plan(&self) -> Run {
        self.run(&["apply", "-json", PLAN])
    }

    /// Starts an apply and leaves it running.
    #[track_caller]
    pub(crate) fn start_apply(&self) -> Background {
        self.start(&["apply", "-json", "-auto-approve"])
    }

    #[track_caller]
    pub(crate) fn destroy(&self) -> Run {
        self.run(&["destroy", "-json", "-auto-approve"])
    }

    #[track_caller]
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
