//! One apply under the oracle's eyes: which plan it applies, and the comparison once it has succeeded.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Report, Snapshot, State, judge, record, refreshed_state};
use crate::support::run::Run;
use crate::support::runner::Runner;

/// Credentials of the oracle's own: its calls are not counted among those of the test, and no fault strikes them.
const ACCESS_KEY: &str = "AKIAEFFECTORACLE0000";
/// Requests with this token pass a test's gateway unharmed and uncounted.
pub(crate) const GATEWAY_TOKEN: &str = "effect-oracle";

/// The plan that is applied.
#[derive(Debug)]
enum Applied {
    Plan(PathBuf),
    Shown(Box<Value>),
    /// Everything is destroyed.
    Destroyed,
    /// The oracle's own plan failed, so the apply must fail, too.
    Failed(Box<Run>),
}

/// An apply that the oracle judges when it succeeds.
#[derive(Debug)]
pub(crate) struct Watch {
    runner: Runner,
    applied: Applied,
    /// `-var` and `-var-file`, which every run needs.
    variables: Vec<String>,
    before: State,
    /// The state right before the apply, if another process changed an object after the plan.
    live: Option<State>,
    /// Leaves that a controller may change meanwhile, by the beginning of their addresses.
    reactions: Vec<String>,
    /// Whether a test of the oracle itself caused the judgment, which is then excluded from the totals.
    is_trial: bool,
}

impl Watch {
    fn new(runner: &Runner, applied: Applied, options: &[&str]) -> Self {
        let variables = options.iter().filter(|option| option.starts_with("-var")).map(|each| (*each).to_owned());
        let runner = unseen(runner);
        let before = stored(&runner);
        Self {
            runner,
            applied,
            variables: variables.collect(),
            before,
            live: None,
            reactions: Vec::new(),
            is_trial: false,
        }
    }

    /// The apply of a plan file, which may be overwritten later.
    pub(crate) fn of_plan(runner: &Runner, file: &Path) -> Self {
        let copy = runner.new_file("applied");
        std::fs::copy(runner.folder().join(file), &copy).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self::new(runner, Applied::Plan(copy), &[])
    }

    /// The apply of a plan whose JSON form is known already.
    pub(crate) fn of_shown(runner: &Runner, plan: Value) -> Self {
        Self::new(runner, Applied::Shown(Box::new(plan)), &[])
    }

    /// An apply that makes its plan itself: the same one is made here before.
    pub(crate) fn of_options(runner: &Runner, options: &[&str]) -> Self {
        let file = runner.new_file("expected");
        let out = format!("-out={}", file.display());
        let plan = [&["plan", "-json", &out], options].concat();
        let run = unseen(runner).run(&plan);
        let applied = if run.succeeded() { Applied::Plan(file) } else { Applied::Failed(Box::new(run)) };
        Self::new(runner, applied, options)
    }

    pub(crate) fn of_destroy(runner: &Runner) -> Self {
        Self::new(runner, Applied::Destroyed, &[])
    }

    /// Another process has changed an object since the plan: what is live now is what the plan leaves alone.
    #[track_caller]
    pub(crate) fn with_drift(mut self) -> Self {
        self.live = Some(self.refresh());
        self
    }

    /// A controller in the cluster reacts to the apply: leaves whose addresses begin this way may change unseen.
    pub(crate) fn with_reactions(mut self, leaves: Vec<String>) -> Self {
        self.reactions = leaves;
        self
    }

    /// A test of the oracle causes a violation on purpose, which is excluded from the totals.
    pub(crate) fn as_trial(&mut self) {
        self.is_trial = true;
    }

    /// Judges an apply that succeeded. The test fails if it did what the plan had not shown.
    #[track_caller]
    pub(crate) fn judge(&self, run: &Run) {
        let after = stored(&self.runner);
        if self.before.is_empty() && after.is_empty() {
            return;
        }
        let mut report = match &self.applied {
            Applied::Shown(plan) => judge(plan, &self.refresh(), self.live.as_ref()),
            Applied::Plan(file) => {
                let plan = self.runner.run(&["show", "-json", &file.display().to_string()]).success().json();
                judge(&plan, &self.refresh(), self.live.as_ref())
            }
            Applied::Destroyed => {
                let left = after.keys().map(|address| format!("{address}: still in the state after it was destroyed"));
                Report { objects: self.before.len(), violations: left.collect(), ..Report::default() }
            }
            Applied::Failed(plan) => panic!("the apply succeeded, the same plan failed before:\n{plan}\n{run}"),
        };
        report.violations.retain(|violation| !self.reactions.iter().any(|leaf| violation.starts_with(leaf)));
        if !self.is_trial {
            record(&run.command, &report);
        }
        let violations = report.violations.join("\n");
        assert!(violations.is_empty(), "the apply did what the plan does not show:\n{violations}\n{run}");
    }

    /// The objects as a refresh finds them; the state file stays as it is.
    #[track_caller]
    fn refresh(&self) -> State {
        let file = self.runner.new_file("refreshed");
        let out = format!("-out={}", file.display());
        let mut arguments = vec!["plan", "-json", "-refresh-only", &out];
        arguments.extend(self.variables.iter().map(String::as_str));
        self.runner.run(&arguments).success();
        refreshed_state(&file)
    }
}

/// The same program with credentials that are counted apart, and without a log of its own.
fn unseen(runner: &Runner) -> Runner {
    let mut runner = runner.clone();
    runner.environment.retain(|name, _| !name.starts_with("TF_LOG"));
    if let Some(key) = runner.environment.get_mut("AWS_ACCESS_KEY_ID") {
        ACCESS_KEY.clone_into(key);
    }
    runner.environment.insert("TF_VAR_gateway_token".to_owned(), GATEWAY_TOKEN.to_owned());
    runner
}

/// The objects in the state of the selected workspace.
fn stored(runner: &Runner) -> State {
    let folder = runner.folder();
    // Written by `workspace new` and `workspace select`.
    let selected = std::fs::read_to_string(folder.join(".terraform/environment")).ok();
    let name = runner.environment.get("TF_WORKSPACE").cloned().or(selected).unwrap_or_default();
    let file = match name.trim() {
        "" | "default" => "terraform.tfstate".to_owned(),
        name => format!("terraform.tfstate.d/{name}/terraform.tfstate"),
    };
    Snapshot::read(&folder.join(file)).objects()
}
