//! How the process ends, and what does not end it.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::support::values::{configure, provider_block, read_node_group};
use crate::support::{COOKIE, Host, PROVIDER, connect, rpcs, within};
use wire::proto::plugin::Empty;
use wire::proto::plugin::grpc_controller_client::GrpcControllerClient;
use wire::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use wire::proto::tfplugin6::get_provider_schema;

#[tokio::test]
async fn shutdown_ends_it_and_removes_the_socket() {
    let plugin = Host::new().start().await;
    let directory = PathBuf::from(plugin.field(4)).parent().unwrap().to_owned();
    assert!(directory.exists());
    let channel = connect(&plugin).await;
    // A stream that the host keeps open must not keep the process.
    let _stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap();
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    let (status, rest) = plugin.end().await;
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
    assert!(!directory.exists());
}

#[tokio::test]
async fn shutdown_does_not_wait_for_calls_that_run() {
    // An AWS that takes a request and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let plugin = Host::new().start().await;
    let channel = connect(&plugin).await;
    let mut rpcs = rpcs(channel.clone());
    let keys = [("access_key", "AKIDEXAMPLE".into()), ("secret_key", "example".into())];
    configure(&mut rpcs, &provider_block(&address, keys)).await;
    let read = tokio::spawn(async move { rpcs.read_resource(read_node_group()).await });
    let asked = within("a request to AWS", silent.accept()).await.unwrap();
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    let (status, _) = plugin.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(within("the end of the call", read).await.unwrap().is_err());
    drop(asked);
}

#[tokio::test]
async fn interrupt_is_left_to_the_host() {
    let mut plugin = Host::new().variable("TF_LOG", "DEBUG").start().await;
    let mut rpcs = rpcs(connect(&plugin).await);
    for _ in 0..3 {
        plugin.signal("INT").await;
    }
    plugin.log.says("ignoring interrupt: the host handles it").await;
    assert!(rpcs.get_provider_schema(get_provider_schema::Request {}).await.is_ok());
    assert!(plugin.is_running());
}

#[tokio::test]
async fn termination_leaves_nothing_behind() {
    for signal in ["TERM", "HUP"] {
        let plugin = Host::new().start().await;
        let directory = PathBuf::from(plugin.field(4)).parent().unwrap().to_owned();
        plugin.signal(signal).await;
        let (status, _) = plugin.end().await;
        assert_eq!(status.code(), Some(143), "{signal}");
        assert!(!directory.exists());
    }
}

#[tokio::test]
async fn it_does_not_outlive_its_host() {
    // A shell stands in for the host: it starts the plugin, hands its streams on, and is killed.
    let mut host = Command::new("sh")
        .args(["-c", r#""$0" & wait"#, PROVIDER])
        .env(COOKIE.0, COOKIE.1)
        .env("TF_LOG", "WARN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(host.stdout.take().unwrap());
    let mut line = String::new();
    within("the handshake", stdout.read_line(&mut line)).await.unwrap();
    let socket = PathBuf::from(line.split('|').nth(3).unwrap());
    assert!(socket.exists());
    host.kill().await.unwrap();
    // The plugin holds the other end of stderr, which is closed when it ends.
    let mut log = String::new();
    within("the end of the plugin", host.stderr.take().unwrap().read_to_string(&mut log)).await.unwrap();
    assert!(log.contains("the host has exited"), "{log}");
    assert!(!socket.exists());
}
