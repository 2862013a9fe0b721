//! Programs that the provider starts do not hold the host's pipes, which the host reads to their end before it goes on.

use std::path::Path;

use ekscompute::framework::value::Value;
use ekscompute::wire::proto::tfplugin6 as proto;
use tokio::process::Command;

use crate::support::values::{object, provider_schema, resource_schema, sent};
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
    let block = provider_schema().block;
    let endpoints = object(&block.nested("endpoints").unwrap().block, [("eks", "http://127.0.0.1:1".into())]);
    let given = [
        ("region", "eu-central-1".into()),
        ("profile", "p".into()),
        ("shared_config_files", Value::List(vec![folder.join("config").display().to_string().into()])),
        ("skip_metadata_api_check", true.into()),
        ("endpoints", Value::Set(vec![endpoints])),
    ];
    object(&block, given)
}

#[tokio::test]
async fn child_does_not_inherit_the_hosts_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    assert!(Command::new("mkfifo").arg(&told).status().await.unwrap().success());
    let plugin = Host::new().start().await;
    let mut rpcs = rpcs(connect(&plugin).await);
    let config = sent(&config(folder.path()), &provider_schema().block.ty());
    let request = proto::configure_provider::Request { config, ..Default::default() };
    let configured = rpcs.configure_provider(request).await.unwrap().into_inner();
    assert_eq!(configured.diagnostics, []);

    let block = resource_schema("ekscompute_node_group").block;
    let state = object(&block, [("cluster_name", "c".into()), ("node_group_name", "n".into()), ("id", "c:n".into())]);
    let request = proto::read_resource::Request {
        type_name: "ekscompute_node_group".to_owned(),
        current_state: sent(&state, &block.ty()),
        ..Default::default()
    };
    let read = tokio::spawn(async move { rpcs.read_resource(request).await });
    let told = within("the start of the program", tokio::fs::read_to_string(&told)).await.unwrap();
    let streams: Vec<&str> = told.lines().collect();
    let ours = |number: u32| std::fs::read_link(format!("/proc/{}/fd/{number}", plugin.pid())).unwrap();
    assert_eq!(streams.len(), 2, "{told}");
    for stream in streams {
        assert!(Path::new(stream) != ours(1) && Path::new(stream) != ours(2), "{told}");
    }
    read.abort();
}
