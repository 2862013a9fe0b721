//! Failures of the operating system.

use super::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    KernelPanic,
    /// systemd does not continue to boot.
    EmergencyMode,
    DiskFull,
    OutOfMemory,
    /// A unit failed that a node requires.
    Unit,
}

impl System {
    pub(super) fn text(self) -> Text {
        match self {
            Self::KernelPanic => (
                "The kernel of the node stopped with a panic.",
                "Use the latest release of the AMI, or another instance type. Check kernel settings and modules that \
                 the user data or the AMI changes.",
            ),
            Self::EmergencyMode => (
                "The node stopped in emergency mode while it booted.",
                "Correct /etc/fstab and the mounts of the AMI and the user data: the quoted mount or unit failed. Add \
                 nofail to volumes that can be absent.",
            ),
            Self::DiskFull => (
                "A volume of the node is full.",
                "Increase disk_size of the node group, or volume_size of the root device in the launch template. On \
                 Bottlerocket, increase the data volume /dev/xvdb.",
            ),
            Self::OutOfMemory => (
                "The node has too little memory, so that the kernel stopped a process.",
                "Use an instance type with more memory, or start fewer processes in the user data.",
            ),
            Self::Unit => (
                "A systemd unit failed that the node requires.",
                "Correct the user data or the AMI as the quoted lines describe. On the instance, systemctl status \
                 shows the error of the unit.",
            ),
        }
    }
}
