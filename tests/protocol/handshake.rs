//! How the program starts, and what it says first.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use crate::support::{COOKIE, Host, connect, rpcs};
use wire::proto::tfplugin6::get_provider_schema;

#[tokio::test]
async fn line_tells_where_and_who() {
    let plugin = Host::new().start().await;
    assert_eq!(plugin.line().split('|').count(), 6, "{}", plugin.line());
    assert_eq!([plugin.field(1), plugin.field(2), plugin.field(3), plugin.field(5)], ["1", "6", "unix", "grpc"]);
    let certificate = plugin.field(6);
    assert!(certificate.len() > 50 && !certificate.contains(['=', '-', '_']), "{certificate}");
    assert!(rpcs(connect(&plugin).await).get_provider_schema(get_provider_schema::Request {}).await.is_ok());
}

#[tokio::test]
async fn line_without_tls_keeps_the_empty_field() {
    let plugin = Host::without_tls().start().await;
    assert!(plugin.line().ends_with("|grpc|"), "{}", plugin.line());
    assert!(rpcs(connect(&plugin).await).get_provider_schema(get_provider_schema::Request {}).await.is_ok());
}

#[tokio::test]
async fn multiplexing_is_declined_when_asked_for() {
    let plugin = Host::without_tls().variable("PLUGIN_MULTIPLEX_GRPC", "true").start().await;
    assert!(plugin.line().ends_with("|grpc||false"), "{}", plugin.line());
}

#[tokio::test]
async fn host_of_another_version_is_told_ours() {
    let plugin = Host::new().variable("PLUGIN_PROTOCOL_VERSIONS", "5").start().await;
    assert_eq!(plugin.field(2), "6");
}

#[tokio::test]
async fn socket_is_in_a_directory_of_its_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let plugin = Host::new().variable("PLUGIN_UNIX_SOCKET_DIR", parent.path().to_str().unwrap()).start().await;
    let socket = Path::new(plugin.field(4));
    let directory = socket.parent().unwrap();
    assert_eq!(directory.parent(), Some(parent.path()));
    assert_eq!(fs::metadata(directory).unwrap().mode() & 0o777, 0o700);
    assert!(fs::metadata(socket).unwrap().file_type().is_socket());
}

#[tokio::test]
async fn tcp_on_loopback_when_asked_for_or_when_the_path_is_too_long() {
    let parent = tempfile::tempdir().unwrap();
    let long = parent.path().join("a".repeat(100));
    fs::create_dir(&long).unwrap();
    for (name, value) in [("TF_PROVIDER_NETWORK", "tcp"), ("PLUGIN_UNIX_SOCKET_DIR", long.to_str().unwrap())] {
        let plugin = Host::new().variable(name, value).start().await;
        assert_eq!(plugin.field(3), "tcp");
        let port = plugin.field(4).strip_prefix("127.0.0.1:").unwrap().parse::<u16>().unwrap();
        assert!((10000..=25000).contains(&port), "{port}");
        assert!(rpcs(connect(&plugin).await).get_provider_schema(get_provider_schema::Request {}).await.is_ok());
    }
}

#[tokio::test]
async fn person_is_told_what_it_is() {
    for host in [Host::by_hand(), Host::by_hand().variable(COOKIE.0, "something else")] {
        let (status, stdout, stderr) = host.refused().await;
        assert_eq!(status.code(), Some(1));
        assert_eq!(stdout, "");
        assert!(stderr.contains("required_providers") && stderr.contains("ekscompute/ekscompute"), "{stderr}");
    }
}

#[tokio::test]
async fn flags_are_answered_on_stdout() {
    let (status, stdout, stderr) = Host::by_hand().argument("--version").refused().await;
    assert!(status.success());
    assert_eq!(
        (stdout, stderr),
        (format!("terraform-provider-ekscompute {}\n", env!("CARGO_PKG_VERSION")), String::new())
    );
    let (status, stdout, _) = Host::by_hand().argument("--help").refused().await;
    assert!(status.success() && stdout.contains("--debug"), "{stdout}");
    let (status, stdout, stderr) = Host::by_hand().argument("plan").refused().await;
    assert_eq!((status.code(), stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains("unknown argument plan"), "{stderr}");
}

#[tokio::test]
async fn invalid_host_environment_fails_without_handshake_line() {
    // A fixed path could exist on the machine that runs the test; a path in a new directory does not.
    let parent = tempfile::tempdir().unwrap();
    let missing = parent.path().join("missing").display().to_string();
    for (name, value) in [
        ("PLUGIN_CLIENT_CERT", "no certificate"),
        ("PLUGIN_MIN_PORT", "30000"),
        ("PLUGIN_UNIX_SOCKET_DIR", missing.as_str()),
        ("PLUGIN_UNIX_SOCKET_GROUP", "no such group"),
    ] {
        let (status, stdout, stderr) = Host::new().variable(name, value).refused().await;
        assert_eq!((status.code(), stdout.as_str()), (Some(1), ""), "{name}");
        assert!(stderr.starts_with("terraform-provider-ekscompute: "), "{name}: {stderr}");
    }
}
