//! Processes of this machine, by `/proc`, and signals to those that a test started.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Every living descendant of a process, children first.
pub(crate) fn descendants(ancestor: u32) -> Vec<u32> {
    let parents = parents();
    let mut found = vec![ancestor];
    let mut next = 0;
    while next < found.len() {
        let parent = found[next];
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found.split_off(1)
}

/// Process id and parent's id of everything that runs.
fn parents() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").expect("the tests need /proc").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // A process may end while it is looked at.
    pids.filter_map(|pid| Some((pid, parent(pid)?))).collect()
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // "pid (name) state parent …"; the name may hold blanks and brackets.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

/// The file that a process runs; none if it ended.
pub(crate) fn executable(pid: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/exe")).ok()
}

/// Sends a signal by name (`INT`, `KILL`) to a process, or to a process group given as a negative number.
/// Whether the process was there to get it.
pub(crate) fn signal(name: &str, target: i64) -> bool {
    let command = format!("kill -s {name} -- {target}");
    Command::new("/bin/sh").args(["-c", &command]).output().is_ok_and(|output| output.status.success())
}
