//! Starts a provider as Terraform does.

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::Notify;

use super::{Identity, PROVIDER};

pub(crate) const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Nothing here takes a fraction of this; it only keeps a test that went wrong from waiting for ever.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits for something that must happen.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LIMIT, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not happen"),
    }
}

/// How to start a plugin.
pub(crate) struct Host {
    program: String,
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    identity: Option<Identity>,
    /// Where the plugin makes its socket, so that a plugin that is killed leaves nothing behind.
    folder: TempDir,
}

impl Host {
    /// As Terraform starts it.
    pub(crate) fn new() -> Self {
        let identity = Identity::new();
        let mut host = Self::without_tls();
        host.variables.insert("PLUGIN_CLIENT_CERT".to_owned(), identity.pem.clone());
        host.identity = Some(identity);
        host
    }

    /// As Terraform starts it when its user has turned TLS off.
    pub(crate) fn without_tls() -> Self {
        let mut host = Self::by_hand();
        for (name, value) in
            [COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "5,6"), ("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")]
        {
            host.variables.insert(name.to_owned(), value.to_owned());
        }
        host
    }

    /// As a person starts it.
    pub(crate) fn by_hand() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // As open as the system's own temporary folder: what is inside has to protect itself.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { program: PROVIDER.to_owned(), arguments: Vec::new(), variables: BTreeMap::new(), identity: None, folder }
    }

    /// Starts another program than the provider.
    #[allow(dead_code, reason = "used by the tests of the made-up objects")]
    pub(crate) fn program(mut self, program: &str) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        // What the environment of the tests says about logs must not change what they see.
        for (name, _) in std::env::vars_os() {
            if ["TF_", "PLUGIN_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        command.env("TMPDIR", self.folder.path());
        command.envs(&self.variables).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        command
    }

    /// Starts it and waits for its first line.
    pub(crate) async fn start(self) -> Plugin {
        let mut child = self.command().spawn().unwrap();
        let log = Log::default();
        log.read(child.stderr.take().unwrap());
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = within("the handshake", stdout.next_line()).await.unwrap();
        let line = line.unwrap_or_else(|| panic!("no handshake line: {:?}", log.lines()));
        Plugin { child, stdout, line, log, identity: self.identity, _folder: self.folder }
    }

    /// Starts it and waits for its end: status, stdout and stderr.
    pub(crate) async fn refused(self) -> (ExitStatus, String, String) {
        let output = within("the end", self.command().output()).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status, text(output.stdout), text(output.stderr))
    }
}

/// A running plugin.
pub(crate) struct Plugin {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    line: String,
    pub(crate) log: Log,
    identity: Option<Identity>,
    _folder: TempDir,
}

impl Plugin {
    /// The first line of stdout.
    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    /// A field of the handshake line, counted from one.
    pub(crate) fn field(&self, number: usize) -> &str {
        self.line.split('|').nth(number - 1).unwrap_or_default()
    }

    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Sends it a signal, e.g. `INT`.
    pub(crate) async fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.pid().to_string()).status().await;
        assert!(sent.unwrap().success());
    }

    /// Waits for its end, and answers its status and what else it wrote to stdout.
    pub(crate) async fn end(mut self) -> (ExitStatus, String) {
        let status = within("the end of the plugin", self.child.wait()).await.unwrap();
        let mut rest = String::new();
        within("the end of stdout", self.stdout.get_mut().read_to_string(&mut rest)).await.unwrap();
        within("the end of stderr", self.log.ended()).await;
        (status, rest)
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

/// The lines of stderr so far.
#[derive(Clone, Default)]
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    changed: Arc<Notify>,
    ended: Arc<Mutex<bool>>,
}

impl Log {
    fn read(&self, stderr: tokio::process::ChildStderr) {
        let log = self.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                log.lines.lock().unwrap().push(line);
                log.changed.notify_waiters();
            }
            *log.ended.lock().unwrap() = true;
            log.changed.notify_waiters();
        });
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    async fn ended(&self) {
        self.until(|log| *log.ended.lock().unwrap()).await;
    }

    /// Waits until a line has the text in it.
    pub(crate) async fn says(&self, text: &str) {
        let what = format!("{text:?} in the log");
        within(&what, self.until(|log| log.lines.lock().unwrap().iter().any(|line| line.contains(text)))).await;
    }

    async fn until(&self, condition: impl Fn(&Self) -> bool) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if condition(self) {
                return;
            }
            changed.await;
        }
    }
}
