//! Programs of `tests/support/consumers`: lines of JSON in, lines of JSON out.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// A file that `make consumers` makes.
pub(crate) fn made(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".build/consumers").join(name);
    assert!(path.exists(), "{} is missing: run make consumers", path.display());
    path
}

/// Asks a program, all in one process.
pub(crate) fn ask(name: &str, requests: &[Json]) -> Vec<Json> {
    let mut child =
        Command::new(made(name)).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the consumer starts");
    let mut stdin = child.stdin.take().expect("its standard input is a pipe");
    let lines: String = requests.iter().map(|request| format!("{request}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("the consumer ends");
    writer.join().expect("the writer ends").expect("the consumer reads its input");
    assert!(output.status.success(), "the consumer failed: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("text");
    let answers: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), requests.len());
    answers
}
