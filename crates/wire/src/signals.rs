//! What ends the process from outside, beside the host's call.

use std::io;

/// Why the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Ctrl-C. It reaches everything in the terminal's foreground, host and plugin alike.
    Interrupt,
    /// SIGTERM or SIGHUP, for this process alone.
    Terminate,
    /// The host is gone, and with it whoever could use an answer.
    HostGone,
}

#[cfg(unix)]
mod system {
    use std::io;
    use std::os::unix::process::parent_id;
    use std::time::Duration;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::End;

    /// Nothing tells a process of its parent's death but that it has another parent then.
    const PARENT_CHECK: Duration = Duration::from_secs(2);

    /// The signals from the moment this is made on; before, they do what the system does with them.
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

        /// The next thing that may end the process.
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

    /// Ctrl-C, from the moment this is first asked on.
    pub(crate) struct Ends;

    impl Ends {
        pub(crate) fn watch() -> io::Result<Self> {
            Ok(Self)
        }

        /// The next thing that may end the process.
        pub(crate) async fn next(&mut self, _watch_parent: bool) -> End {
            match tokio::signal::ctrl_c().await {
                Ok(()) => End::Interrupt,
                Err(_) => std::future::pending().await,
            }
        }
    }
}

pub(super) use system::Ends;

/// Waits until the process has to end. In a plugin an interrupt is not a reason: the host asks running operations
/// to stop through the protocol, and a plugin that died of it would lose what they have done.
pub(super) async fn until_end(ends: &mut Ends, plugin: bool) -> End {
    loop {
        match ends.next(plugin).await {
            End::Interrupt if plugin => tracing::debug!("left an interrupt to the host"),
            end => return end,
        }
    }
}

/// Starts to watch.
///
/// # Errors
/// When the system takes no signal handler.
pub(super) fn watch() -> io::Result<Ends> {
    Ends::watch()
}
