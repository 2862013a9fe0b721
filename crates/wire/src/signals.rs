//! Causes that end the process, other than the controller call of the host.

use std::io;

/// The reason why the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Ctrl-C. It is sent to all foreground processes of the terminal, both host and plugin.
    Interrupt,
    /// SIGTERM or SIGHUP, for this process only.
    Terminate,
    /// The host has exited, so responses can no longer be delivered.
    HostGone,
}

#[cfg(unix)]
mod system {
    use std::io;
    use std::os::unix::process::parent_id;
    use std::time::Duration;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::End;

    /// How often to check the parent process. The only sign of its exit is that this process has a different parent.
    const PARENT_CHECK: Duration = Duration::from_secs(2);

    /// The signal handlers. Before they are created, signals have their default effect.
    pub(crate) struct Ends {
        interrupt: Signal,
        terminate: Signal,
        hangup: Signal,
        parent: u32,
    }

    impl Ends {
        pub(crate) fn watch() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
                parent: parent_id(),
            })
        }

        /// Waits for the next event that can end the process.
        pub(crate) async fn next(&mut self, watch_parent: bool) -> End {
            let parent = self.parent;
            let host_gone = async {
                while !watch_parent || parent_id() == parent {
                    tokio::time::sleep(PARENT_CHECK).await;
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => End::Interrupt,
                _ = self.terminate.recv() => End::Terminate,
                _ = self.hangup.recv() => End::Terminate,
                () = host_gone => End::HostGone,
            }
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;

    use super::End;

    /// Ctrl-C, from the first call on.
    pub(crate) struct Ends;

    impl Ends {
        pub(crate) fn watch() -> io::Result<Self> {
            Ok(Self)
        }

        /// Waits for the next event that can end the process.
        pub(crate) async fn next(&mut self, _watch_parent: bool) -> End {
            match tokio::signal::ctrl_c().await {
                Ok(()) => End::Interrupt,
                Err(_) => std::future::pending().await,
            }
        }
    }
}

pub(super) use system::Ends;

/// Waits until the process must end. A plugin ignores interrupts, because the host stops running operations through the
/// protocol. If the plugin exited, the results of the operations would be lost.
pub(super) async fn until_end(ends: &mut Ends, plugin: bool) -> End {
    loop {
        match ends.next(plugin).await {
            End::Interrupt if plugin => tracing::debug!("ignoring interrupt: the host handles it"),
            end => return end,
        }
    }
}

/// Installs the signal handlers.
///
/// # Errors
/// Returns an error if the operating system rejects a signal handler.
pub(super) fn watch() -> io::Result<Ends> {
    Ends::watch()
}
