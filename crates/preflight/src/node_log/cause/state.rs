//! How far the setup of a node is, if the console output shows no failure.

use super::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// All programs ended successfully. The kubelet never writes to the console.
    KubeletNotRegistered,
    /// A script in the user data has not ended. nodeadm starts the kubelet only after it.
    ScriptRunning,
    /// AL2023: the AMI does not write the log of nodeadm to the console.
    NodeadmLogUnavailable,
    /// AL2: the user data did not call `/etc/eks/bootstrap.sh`.
    BootstrapNotCalled,
    /// Windows: the output of `Start-EKSBootstrap.ps1` is not on the console.
    WindowsLogUnavailable,
}

impl State {
    pub(super) fn text(self) -> Text {
        match self {
            Self::KubeletNotRegistered => (
                "The node finished its setup, and the kubelet did not register it with the cluster.",
                "Check the access entry or the aws-auth mapping of the node role (group system:nodes, type EC2_LINUX), \
                 the cluster name, endpoint, and certificate authority in the user data, HTTPS (port 443) from the \
                 node to the cluster security group, and the kubelet flags and labels: the kubelet exits with an \
                 invalid one.",
            ),
            Self::ScriptRunning => (
                "A script in the user data has not ended, and nodeadm starts the kubelet only after it.",
                "Correct the script so that it ends. Start long-running processes as systemd services.",
            ),
            Self::NodeadmLogUnavailable => (
                "The console output has no lines of nodeadm: EKS AMIs before the release v20260224 do not write them.",
                "Use the AMI release v20260224 or later. On the instance, journalctl -u 'nodeadm-*' -u kubelet shows \
                 the cause. An AMI without nodeadm cannot join the cluster.",
            ),
            Self::BootstrapNotCalled => (
                "The user data did not call /etc/eks/bootstrap.sh.",
                "Call the script in the user data, for example with the data source ekscompute_userdata. EKS adds the \
                 call only if the launch template does not specify an AMI.",
            ),
            Self::WindowsLogUnavailable => (
                "Windows started, and its console output does not include the output of Start-EKSBootstrap.ps1.",
                "Check the access entry of type EC2_WINDOWS or the aws-auth mapping of the node role (group \
                 eks:kube-proxy-windows), the resource ekscompute_windows_support, and a Linux node for CoreDNS. On \
                 the instance, C:\\ProgramData\\Amazon\\EKS\\logs and Get-WinEvent -ProviderName kubelet show the \
                 cause.",
            ),
        }
    }
}
