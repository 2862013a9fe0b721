//! Nobody but the host that started the plugin can talk to it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::{fs, io};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::support::{Host, Identity, Plugin, connect, dial, rpcs, secured, within};
use wire::proto::tfplugin6::get_provider_schema;

/// What every HTTP/2 client sends first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

/// Whether the plugin answers an HTTP/2 client that comes as the holder of the certificate.
async fn answers(plugin: &Plugin, identity: Option<&Identity>) -> bool {
    let stream = dial(plugin).await.unwrap();
    // In TLS 1.3 a client believes itself connected before the server has seen its certificate.
    let Ok(mut stream) = secured(plugin, stream, identity).await else { return false };
    spoken_to(&mut stream).await
}

async fn spoken_to(stream: &mut (impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin)) -> bool {
    let mut answer = [0; 9];
    let heard: io::Result<()> = within("an answer or a refusal", async {
        stream.write_all(PREFACE).await?;
        stream.flush().await?;
        stream.read_exact(&mut answer).await.map(|_| ())
    })
    .await;
    // A server's first frame is its settings, frame type 4.
    heard.is_ok() && answer[3] == 4
}

async fn serves_its_host(plugin: &Plugin) {
    assert!(answers(plugin, plugin.identity()).await);
    let mut rpcs = rpcs(connect(plugin).await);
    assert!(rpcs.get_provider_schema(get_provider_schema::Request {}).await.is_ok());
}

#[tokio::test]
async fn client_without_certificate_is_rejected() {
    let plugin = Host::new().start().await;
    assert!(!answers(&plugin, None).await);
    serves_its_host(&plugin).await;
}

#[tokio::test]
async fn client_with_unknown_certificate_is_rejected() {
    let plugin = Host::new().start().await;
    assert!(!answers(&plugin, Some(&Identity::new())).await);
    serves_its_host(&plugin).await;
}

#[tokio::test]
async fn client_with_host_signed_certificate_is_rejected() {
    let plugin = Host::new().start().await;
    let signed = plugin.identity().unwrap().signed_for_another();
    assert!(!answers(&plugin, Some(&signed)).await);
    serves_its_host(&plugin).await;
}

#[tokio::test]
async fn client_with_host_certificate_but_without_key_is_rejected() {
    let plugin = Host::new().start().await;
    let stolen = plugin.identity().unwrap().with_stolen_certificate();
    assert!(!answers(&plugin, Some(&stolen)).await);
    serves_its_host(&plugin).await;
}

#[tokio::test]
async fn plaintext_client_is_rejected() {
    for network in ["unix", "tcp"] {
        let plugin = Host::new().variable("TF_PROVIDER_NETWORK", network).start().await;
        assert_eq!(plugin.field(3), network);
        assert!(!spoken_to(&mut dial(&plugin).await.unwrap()).await);
        serves_its_host(&plugin).await;
    }
}

#[tokio::test]
async fn silent_client_does_not_block_host() {
    let plugin = Host::new().start().await;
    let silent = dial(&plugin).await.unwrap();
    serves_its_host(&plugin).await;
    drop(silent);
}

/// Connects as another user, sends what an HTTP/2 client sends, and says what came back.
const OTHER_USER: &str = r#"
    use IO::Socket::UNIX;
    my ($path, $preface) = @ARGV;
    my $socket = IO::Socket::UNIX->new(Type => SOCK_STREAM(), Peer => $path);
    if (!$socket) { print "cannot connect"; exit }
    $SIG{PIPE} = "IGNORE";
    $socket->syswrite(pack("H*", $preface));
    my $read = $socket->sysread(my $answer, 9);
    print($read ? "answered" : "refused");
"#;

async fn as_another_user(socket: &Path) -> String {
    let preface: String = PREFACE.iter().map(|byte| format!("{byte:02x}")).collect();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/perl", "-e", OTHER_USER])
        .arg(socket)
        .arg(preface)
        .output();
    let output = within("the other user's answer", output).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Only root can become another user. Where the tests must be complete, not being root is a failure.
async fn can_become_another_user() -> bool {
    let root = Command::new("id").arg("-u").output().await.unwrap().stdout == b"0\n";
    assert!(root || std::env::var_os("CI").is_none(), "the test of a second user's connection needs root");
    root
}

#[tokio::test]
async fn another_user_cannot_enter_the_directory() {
    if !can_become_another_user().await {
        return;
    }
    let plugin = Host::without_tls().start().await;
    assert_eq!(as_another_user(Path::new(plugin.field(4))).await, "cannot connect");
}

#[tokio::test]
async fn another_users_connection_is_dropped_even_where_the_file_system_lets_it_in() {
    if !can_become_another_user().await {
        return;
    }
    // Without TLS, so that nothing but the check of the user stands in the way.
    let plugin = Host::without_tls().variable("TF_LOG", "WARN").start().await;
    let socket = Path::new(plugin.field(4));
    fs::set_permissions(socket.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(socket, fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(as_another_user(socket).await, "refused");
    plugin.log.says("rejected a connection from another user").await;
    assert!(spoken_to(&mut dial(&plugin).await.unwrap()).await);
}
