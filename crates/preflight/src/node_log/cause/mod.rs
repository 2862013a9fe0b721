//! What a console output shows, each with its sentence and its fix.

mod identity;
mod network;
mod setup;
mod state;
mod system;
mod user_data;

pub use identity::Identity;
pub use network::Network;
pub use setup::Setup;
pub use state::State;
pub use system::System;
pub use user_data::UserData;

/// Why an instance did not join its cluster. The first of several causes in this order is the root cause: the others
/// follow from it, or occur on nodes that join, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The user data cannot be used.
    UserData(UserData),
    /// The instance does not reach a service.
    Network(Network),
    /// The instance has no credentials, or they do not allow a request.
    Identity(Identity),
    /// A program that sets up the node failed, or does not end.
    Setup(Setup),
    /// The operating system failed.
    System(System),
    /// No failure, but how far the setup is.
    State(State),
}

/// The cause in one sentence, and the fix.
pub(super) type Text = (&'static str, &'static str);

impl Cause {
    /// What happened, in one sentence.
    pub fn sentence(self) -> &'static str {
        self.text().0
    }

    /// What to do about it.
    pub fn fix(self) -> &'static str {
        self.text().1
    }

    fn text(self) -> Text {
        match self {
            Self::UserData(cause) => cause.text(),
            Self::Network(cause) => cause.text(),
            Self::Identity(cause) => cause.text(),
            Self::Setup(cause) => cause.text(),
            Self::System(cause) => cause.text(),
            Self::State(state) => state.text(),
        }
    }
}

/// A program whose lines show a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// Sets up AL2023 nodes.
    Nodeadm,
    /// `/etc/eks/bootstrap.sh` of AL2 and Ubuntu AMIs.
    BootstrapScript,
    CloudInit,
    /// Reads the user data of Bottlerocket.
    EarlyBootConfig,
    /// Generates Kubernetes settings of Bottlerocket.
    Pluto,
    /// Runs setting generators of Bottlerocket.
    Sundog,
    /// Reads the user data of Windows.
    Ec2Launch,
    /// The Windows event log.
    EventLog,
    Systemd,
    Kernel,
}

/// A cause that a part of the output shows.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) cause: Cause,
    pub(super) program: Program,
    /// The indexes of the lines that show it.
    pub(super) lines: Vec<usize>,
}

impl Candidate {
    pub(super) fn new(cause: Cause, program: Program, lines: Vec<usize>) -> Self {
        Self { cause, program, lines }
    }
}

macro_rules! into_cause {
    ($($name:ident),*) => {
        $(impl From<$name> for Cause {
            fn from(cause: $name) -> Self {
                Self::$name(cause)
            }
        })*
    };
}

into_cause!(UserData, Network, Identity, Setup, System, State);
