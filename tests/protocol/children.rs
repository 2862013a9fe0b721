//! Programs that the provider starts do not hold the host's pipes, which the host reads to their end before it goes on.

use std::path::Path;

use framework::value::Value;
use tokio::process::Command;

use crate::support::values::{configure, provider_block, read_node_group};
use crate::support::{Host, connect, rpcs, within};

/// Tells through a named pipe where its own output goes, then gives credentials.
const CREDENTIAL_PROCESS: &str = r#"#!/bin/sh
readlink "/proc/$$/fd/1" "/proc/$$/fd/2" > "$1"
echo '{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "example"}'
"#;

/// A provider block whose credentials come from a program, and whose AWS nobody answers for.
fn config(folder: &Path) -> Value {
    let program = folder.join("credentials.sh");
    let profile =
        format!("[profile p]\ncredential_process = /bin/sh {} {}\n", program.display(), folder.join("told").display());
    std::fs::write(&program, CREDENTIAL_PROCESS).unwrap();
    std::fs::write(folder.join("config"), profile).unwrap();
    let files = Value::List(vec![folder.join("config").display().to_string().into()]);
    provider_block("http://127.0.0.1:1", [("profile", "p".into()), ("shared_config_files", files)])
}

#[tokio::test]
async fn child_does_not_inherit_the_hosts_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    assert!(Command::new("mkfifo").arg(&told).status().await.unwrap().success());
    let plugin = Host::new().start().await;
    let mut rpcs = rpcs(connect(&plugin).await);
    configure(&mut rpcs, &config(folder.path())).await;
    let read = tokio::spawn(async move { rpcs.read_resource(read_node_group()).await });
    let told = within("the start of the program", tokio::fs::read_to_string(&told)).await.unwrap();
    let streams: Vec<&str> = told.lines().collect();
    let ours = |number: u32| std::fs::read_link(format!("/proc/{}/fd/{number}", plugin.pid())).unwrap();
    assert_eq!(streams.len(), 2, "{told}");
    for stream in streams {
        assert!(Path::new(stream) != ours(1) && Path::new(stream) != ours(2), "{told}");
    }
    read.abort();
}
