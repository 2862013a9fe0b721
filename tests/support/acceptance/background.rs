//! A command that still runs, so that a test can interrupt it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use super::oracle::Watch;
use super::processes::{descendants, executable, signal};
use super::run::Run;

/// How long a test waits for something that is bound to happen before it fails.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(10);

/// A running command in a process group of its own; ended when dropped.
#[derive(Debug)]
pub(crate) struct Background {
    pub(super) command: String,
    pub(super) child: Child,
    pub(super) stdout: PathBuf,
    pub(super) stderr: PathBuf,
    pub(super) finished: bool,
    /// Judges the command when it succeeds.
    pub(super) watch: Option<Watch>,
}

impl Background {
    /// What the oracle finds in this command is what a test of the oracle wants it to find.
    pub(crate) fn try_the_oracle(&mut self) {
        self.watch.as_mut().expect("an apply").as_trial();
    }

    /// Waits until the command has written the text to standard output.
    #[track_caller]
    pub(crate) fn wait_for_output(&mut self, text: &str) {
        self.wait_until(&format!("the output {text:?}"), |this| read(&this.stdout).contains(text));
    }

    /// Waits until the condition holds; the test fails if the command ends before, or in time without end.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, mut condition: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !condition(self) {
            let ended = self.child.try_wait().expect("a child can be asked for its state");
            assert!(
                ended.is_none() && start.elapsed() < PATIENCE,
                "{what} did not come ({ended:?}):\n$ {}\n{}{}",
                self.command,
                read(&self.stdout),
                read(&self.stderr)
            );
            thread::sleep(POLL);
        }
    }

    /// Process ids of everything that this command started and whose executable has the given path.
    pub(crate) fn processes_of(&self, program: &Path) -> Vec<u32> {
        let mut found = descendants(self.child.id());
        found.retain(|pid| executable(*pid).is_some_and(|file| file == program));
        found
    }

    /// What Ctrl-C in a terminal does: the whole process group gets the signal, the provider too.
    pub(crate) fn press_ctrl_c(&self) {
        signal("INT", -i64::from(self.child.id()));
    }

    /// Interrupts the program alone, as a supervisor does.
    pub(crate) fn interrupt(&self) {
        signal("INT", i64::from(self.child.id()));
    }

    /// Kills every process of the given program at once, without a chance to clean up. How many there were.
    pub(crate) fn kill_processes_of(&self, program: &Path) -> usize {
        let pids = self.processes_of(program);
        pids.iter().filter(|pid| signal("KILL", i64::from(**pid))).count()
    }

    /// Kills the command itself and every process of the given program, as a lost machine does.
    pub(crate) fn kill_with(mut self, program: &Path) {
        let pids = self.processes_of(program);
        assert!(!pids.is_empty(), "{} runs no {}", self.command, program.display());
        signal("KILL", i64::from(self.child.id()));
        pids.iter().for_each(|pid| {
            signal("KILL", i64::from(*pid));
        });
        self.child.wait().expect("the end of a killed child");
        self.finished = true;
    }

    /// Waits for the end and gives what the command said. If it applied something, the effect oracle judges it.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Run {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be asked for its state") {
                break status;
            }
            let said = || format!("$ {}\n{}{}", self.command, read(&self.stdout), read(&self.stderr));
            assert!(start.elapsed() < PATIENCE, "it does not end:\n{}", said());
            thread::sleep(POLL);
        };
        self.finished = true;
        let command = std::mem::take(&mut self.command);
        let run = Run { command, code: status.code(), stdout: read(&self.stdout), stderr: read(&self.stderr) };
        if let Some(watch) = self.watch.take().filter(|_| run.succeeded()) {
            watch.judge(&run);
        }
        run
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if !self.finished {
            signal("KILL", -i64::from(self.child.id()));
            self.child.wait().ok();
        }
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}
