//! One harm at every single AWS call of a create, an update and a delete: the calls are counted by an unharmed run,
//! then each in turn is struck.

use std::path::Path;
use std::thread;

use rstest::rstest;
use serde_json::json;

use super::{Form, Victim};
use crate::support::cli::Cli;
use crate::support::run::Run;
use crate::support::sandbox::Cluster;
use crate::support::workspace::{PROVIDER, Workspace};

/// What happens while a call is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// The provider is killed and can clean nothing up. AWS does what the call asked for, a moment later.
    Kill,
    /// Ctrl-C in a terminal.
    CtrlC,
    /// AWS does what the call asked for, and the connection breaks before the answer.
    LostAnswer,
}

pub(crate) const APPLY: &[&str] = &["apply", "-json", "-auto-approve"];
pub(crate) const DESTROY: &[&str] = &["destroy", "-json", "-auto-approve"];
/// Long enough to be seen from outside, shorter than what an interrupted call is given to end.
const HELD_MILLISECONDS: u32 = 700;
/// Steps are shared out among so many victims, because most of their time is spent waiting.
const VICTIMS: usize = 6;

impl Victim {
    fn unchecked(cli: Cli) -> Self {
        let victim = Self::new(cli);
        switch_preflight_off(&victim.workspace);
        victim
    }

    /// Runs a command that must succeed; how many AWS calls it makes.
    #[track_caller]
    fn count_calls(&self, command: &[&str]) -> usize {
        let before = self.cluster.log().len();
        self.slow_down();
        self.workspace.run(command).success();
        self.cluster.remove_faults();
        self.cluster.log().len() - before
    }

    /// Runs a command and strikes at one of its calls, counted from zero.
    #[track_caller]
    fn strike(&self, command: &[&str], harm: Harm, call: usize) -> Run {
        self.slow_down();
        let run = harm.strike(&self.cluster, &self.workspace, command, call);
        if harm != Harm::Kill {
            self.assert_not_forgotten(&run);
        }
        run
    }
}

impl Harm {
    /// Runs a command and strikes at one of its calls, counted from zero. Faults are removed afterwards.
    #[track_caller]
    pub(crate) fn strike(self, cluster: &Cluster, workspace: &Workspace, command: &[&str], call: usize) -> Run {
        let before = cluster.log().len();
        let run = if self == Self::LostAnswer {
            cluster.fault(json!({"kind": "drop_response", "skip": call, "count": 1}));
            workspace.run(command)
        } else {
            let hold = json!({"kind": "latency", "milliseconds": HELD_MILLISECONDS, "skip": call, "count": 1});
            cluster.fault(hold);
            let mut running = workspace.start(command);
            running.wait_until(&format!("call {call}"), |_| cluster.log().len() > before + call);
            if self == Self::CtrlC {
                running.press_ctrl_c();
            } else {
                assert!(running.kill_processes_of(Path::new(PROVIDER)) > 0, "the provider runs");
            }
            running.wait()
        };
        cluster.remove_faults();
        run
    }
}

/// Plans read nothing then: preflight checks make many calls, and change nothing that a harm could break.
pub(crate) fn switch_preflight_off(workspace: &Workspace) {
    workspace.write("provider.tf", "provider \"ekscompute\" {\n  preflight {\n    mode = \"off\"\n  }\n}\n");
}

/// Runs the case with the numbers that fall to each of some victims, at the same time.
pub(crate) fn share_out(case: impl Fn(&dyn Fn(usize) -> bool) + Sync) {
    thread::scope(|scope| {
        for share in 0..VICTIMS {
            let case = &case;
            scope.spawn(move || case(&|step| step % VICTIMS == share));
        }
    });
}

#[rstest]
#[case::kill(Cli::Terraform115, Harm::Kill)]
#[case::ctrl_c(Cli::Terraform115, Harm::CtrlC)]
#[case::lost_answer(Cli::Terraform115, Harm::LostAnswer)]
#[case::tofu_kill(Cli::Tofu112, Harm::Kill)]
#[case::tofu_ctrl_c(Cli::Tofu112, Harm::CtrlC)]
fn each_call_of_a_creation_and_a_deletion(#[case] cli: Cli, #[case] harm: Harm) {
    share_out(|is_mine| {
        let victim = Victim::unchecked(cli);
        let (creation, deletion) = (victim.count_calls(APPLY), victim.count_calls(DESTROY));
        for call in (0..creation.max(deletion)).filter(|call| is_mine(*call)) {
            if call < creation {
                victim.strike(APPLY, harm, call);
            }
            victim.converge();
            if call < deletion {
                victim.strike(DESTROY, harm, call);
            }
            victim.destroy();
        }
    });
}

#[rstest]
#[case::kill(Harm::Kill)]
#[case::ctrl_c(Harm::CtrlC)]
#[case::lost_answer(Harm::LostAnswer)]
fn each_call_of_an_update(#[case] harm: Harm) {
    share_out(|is_mine| {
        let victim = Victim::unchecked(Cli::Terraform115);
        victim.converge();
        victim.configure(Form::Other);
        let calls = victim.count_calls(APPLY);
        for (call, form) in (0..calls).filter(|call| is_mine(*call)).zip([Form::One, Form::Other].into_iter().cycle()) {
            victim.configure(form);
            victim.strike(APPLY, harm, call);
            victim.converge();
        }
        victim.destroy();
    });
}
