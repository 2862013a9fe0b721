//! A Unix socket in a directory that no other user can enter.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use super::super::handshake::Host;
use super::super::tls;
use super::{Connection, ListenError};

/// Maximum length of a socket path on every Unix, in bytes.
const LONGEST_PATH: usize = 103;
const SOCKET_NAME: &str = "provider.sock";

/// A listening socket. Dropping it removes the socket and its directory.
pub(crate) struct PrivateSocket {
    listener: UnixListener,
    path: PathBuf,
    allowed: Allowed,
    _directory: PrivateDirectory,
}

/// The users that can connect, if they also have the key of the client certificate.
enum Allowed {
    /// The user that runs this process.
    User(u32),
    /// The users that the file system allows, because the host specified a group.
    Group,
}

impl PrivateSocket {
    /// Creates the directory and the socket. Returns `None` if the path would exceed the maximum length.
    pub(super) fn bind(host: &Host) -> Result<Option<Self>, ListenError> {
        let parent = host.socket_directory.clone().unwrap_or_else(std::env::temp_dir);
        let failed = |source| ListenError::Io { what: parent.display().to_string(), source };
        let directory = parent.join(format!("terraform-provider-{:016x}", tls::random().map_err(failed)?));
        let path = directory.join(SOCKET_NAME);
        if path.as_os_str().len() > LONGEST_PATH {
            return Ok(None);
        }
        let group = host.socket_group.as_deref().map(group_id).transpose()?;
        let failed = |source| ListenError::Io { what: path.display().to_string(), source };
        let directory = PrivateDirectory::create(directory).map_err(failed)?;
        let listener = UnixListener::bind(&path).map_err(failed)?;
        let allowed = match group {
            None => Allowed::User(fs::metadata(&directory.0).map_err(failed)?.uid()),
            Some(group) => {
                open_to_group(&directory.0, 0o710, group).map_err(failed)?;
                open_to_group(&path, 0o660, group).map_err(failed)?;
                Allowed::Group
            }
        };
        Ok(Some(Self { listener, path, allowed, _directory: directory }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the next connection of an allowed user. Connections of other users are closed.
    pub(super) async fn accept(&self) -> io::Result<Connection> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            let peer = stream.peer_cred()?.uid();
            match self.allowed {
                Allowed::User(user) if user != peer => {
                    tracing::warn!(user = peer, "rejected a connection from another user");
                }
                _ => return Ok(Connection::new(stream)),
            }
        }
    }
}

/// A directory that this process creates, that only its user can enter, and that is removed with its contents.
struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    /// Fails if the path exists, because it may have been created by another user.
    fn create(path: PathBuf) -> io::Result<Self> {
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        // A failure is harmless: an empty socket stays in the temporary directory.
        let _ = fs::remove_file(self.0.join(SOCKET_NAME));
        let _ = fs::remove_dir(&self.0);
    }
}

fn open_to_group(path: &Path, mode: u32, group: u32) -> io::Result<()> {
    chown(path, None, Some(group))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Returns the number of a group, specified by name or number.
fn group_id(group: &str) -> Result<u32, ListenError> {
    if let Ok(number) = group.parse() {
        return Ok(number);
    }
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    let number = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(group)).then(|| fields.nth(1)?.parse().ok()).flatten()
    });
    number.ok_or_else(|| ListenError::Group(group.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileTypeExt as _;

    use super::*;

    fn host(directory: &Path) -> Host {
        Host { socket_directory: Some(directory.to_owned()), ..Host::absent() }
    }

    #[tokio::test]
    async fn only_the_owner_can_enter_and_nothing_is_left() {
        let parent = tempfile::tempdir().unwrap();
        let socket = PrivateSocket::bind(&host(parent.path())).unwrap().unwrap();
        let directory = socket.path().parent().unwrap().to_owned();
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
        assert!(fs::metadata(socket.path()).unwrap().file_type().is_socket());
        drop(socket);
        assert!(!directory.exists());
    }

    #[tokio::test]
    async fn named_group_may_enter() {
        let parent = tempfile::tempdir().unwrap();
        let own_group = fs::metadata(parent.path()).unwrap().gid();
        let host = Host { socket_group: Some(own_group.to_string()), ..host(parent.path()) };
        let socket = PrivateSocket::bind(&host).unwrap().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(socket.path()), 0o660);
        assert_eq!(mode(socket.path().parent().unwrap()), 0o710);
        assert_eq!(fs::metadata(socket.path()).unwrap().gid(), own_group);
    }

    #[test]
    fn unknown_group_is_an_error() {
        assert!(matches!(group_id("no such group"), Err(ListenError::Group(_))));
        assert_eq!(group_id("root").unwrap(), 0);
    }

    #[tokio::test]
    async fn path_too_long_for_a_socket_is_not_tried() {
        let parent = tempfile::tempdir().unwrap();
        let long = parent.path().join("x".repeat(LONGEST_PATH));
        assert!(PrivateSocket::bind(&host(&long)).unwrap().is_none());
    }
}
