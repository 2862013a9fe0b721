//! Python, for the consumers that are written in it or that it stands for.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// Runs a program that reads JSON and writes JSON.
pub(crate) fn run(program: &str, input: &Json) -> Json {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".build/sandbox-venv/bin/python");
    assert!(python.exists(), "{} is missing: run make sandbox", python.display());
    let mut child = Command::new(python)
        .args(["-I", "-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut stdin = child.stdin.take().expect("its standard input is a pipe");
    let input = input.to_string();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("Python ends");
    writer.join().expect("the writer ends").expect("Python reads its input");
    assert!(output.status.success(), "Python failed: {}", output.status);
    serde_json::from_slice(&output.stdout).expect("Python writes JSON")
}
