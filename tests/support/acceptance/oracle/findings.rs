//! What the oracle found, appended to a file for each test process: tests run as many threads and several processes.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::Report;

/// Appends one line to this process's file in the folder that `xtask effects` reads.
pub(crate) fn record(command: &str, report: &Report) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("effects");
    fs::create_dir_all(&folder).expect("the target folder is writable");
    let unknown: Vec<_> = report.unknown.iter().map(|(leaf, changed)| json!([leaf, changed])).collect();
    let line = json!({
        "command": command, "objects": report.objects, "leaves": report.leaves, "unknown": unknown,
        "violations": report.violations,
    });
    let path = folder.join(format!("{}.jsonl", std::process::id()));
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("the folder is writable");
    // One write: lines of other threads do not mix with it.
    file.write_all(format!("{line}\n").as_bytes()).expect("the folder is writable");
}
