//! Programs that set up the node.

use super::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setup {
    /// nodeadm: containerd's configuration in the NodeConfig.
    ContainerdConfig,
    /// nodeadm: the AMI has no image credential provider.
    CredentialProvider,
    /// nodeadm: instance store volumes.
    LocalStorage,
    /// nodeadm: any other error.
    Nodeadm,
    /// nodeadm waits for containerd, without a timeout.
    ContainerdNotRunning,
    /// nodeadm waits for the kubelet, without a timeout.
    KubeletNotRunning,
    /// nodeadm was started before cloud-init ended.
    NodeadmCalled,
    /// The AMI has no `/etc/eks/bootstrap.sh`.
    BootstrapScriptMissing,
    /// AL2: `/etc/eks/bootstrap.sh` failed with a command.
    BootstrapScript,
    /// The kubelet exits right after its start, where systemd reports it on the console.
    Kubelet,
    /// Bottlerocket: a generator of settings failed.
    SettingGenerator,
    /// Bottlerocket: an essential bootstrap container failed.
    BootstrapContainer,
    /// Windows: the kubelet or containerd stopped.
    WindowsService,
    /// Windows: EC2Launch failed.
    Ec2Launch,
    /// cloud-init: a script in the user data failed.
    Script,
    /// A unit of nodeadm failed on an AMI that does not write its log to the console.
    NodeadmUnit,
}

/// AMI releases whose nodeadm writes to the console.
const RELEASE: &str = "Use the AMI release v20260224 or later, which writes the log of nodeadm to the console, and \
                       check the user data: it must have a NodeConfig with name, endpoint, certificate authority, and \
                       service CIDR block of the cluster. On the instance, journalctl -u 'nodeadm-*' shows the log.";

impl Setup {
    pub(super) fn text(self) -> Text {
        self.nodeadm().unwrap_or_else(|| self.other())
    }

    fn nodeadm(self) -> Option<Text> {
        Some(match self {
            Self::ContainerdConfig => (
                "nodeadm cannot use the containerd configuration in the NodeConfig.",
                "Correct containerd_config of the data source ekscompute_userdata: it must be TOML in the version of \
                 the containerd of the AMI. containerd 1 does not support version 3.",
            ),
            Self::CredentialProvider => (
                "The AMI does not contain ecr-credential-provider, so that the kubelet cannot pull images.",
                "Create the AMI from an EKS optimized AMI, or install ecr-credential-provider in \
                 /etc/eks/image-credential-provider.",
            ),
            Self::LocalStorage => (
                "nodeadm cannot set up the instance store volumes.",
                "Use an instance type with the required number of instance store volumes (RAID10 requires at least 4), \
                 or change strategy in the instance_store block of the data source ekscompute_userdata.",
            ),
            Self::Nodeadm => (
                "nodeadm failed, so that the kubelet was not started.",
                "Correct the user data or the AMI as the quoted error describes.",
            ),
            Self::ContainerdNotRunning => (
                "containerd does not start, and nodeadm waits for it without a timeout.",
                "Check containerd_config of the data source ekscompute_userdata and changes of the AMI: containerd \
                 exits with an invalid configuration. On the instance, journalctl -u containerd shows the error.",
            ),
            Self::KubeletNotRunning => (
                "The kubelet does not start, and nodeadm waits for it without a timeout.",
                "Check kubelet_flags, kubelet_config, and node_labels of the data source ekscompute_userdata: the \
                 kubelet exits with an unknown flag, feature gate, or kubernetes.io label. On the instance, journalctl \
                 -u kubelet shows the error.",
            ),
            Self::NodeadmCalled => (
                "A script in the user data calls nodeadm, which runs automatically after all scripts.",
                "Remove the call of nodeadm from the user data. To change the configuration, write a file in \
                 /etc/eks/nodeadm.d, or use node_configs of the data source ekscompute_userdata.",
            ),
            Self::NodeadmUnit => {
                ("A systemd unit of nodeadm failed, and the console does not show its error.", RELEASE)
            }
            _ => return None,
        })
    }

    fn other(self) -> Text {
        match self {
            Self::BootstrapScriptMissing => (
                "The AMI does not have /etc/eks/bootstrap.sh, which the user data calls.",
                "Use an EKS optimized AMI for the Kubernetes version of the cluster, for example the one that the data \
                 source ekscompute_node_ami returns.",
            ),
            Self::BootstrapScript => (
                "/etc/eks/bootstrap.sh failed.",
                "Correct its arguments in the user data as the quoted error describes. The data source \
                 ekscompute_userdata writes a valid call.",
            ),
            Self::Kubelet => (
                "The kubelet failed to start.",
                "Check the labels, taints, and kubelet settings in the user data: the kubelet exits with an invalid \
                 one, and without the certificate authority of the cluster. Do not create Bottlerocket AMIs from \
                 instances that have booted, because they ignore their user data. journalctl -u kubelet shows the \
                 error.",
            ),
            Self::SettingGenerator => (
                "Bottlerocket cannot generate a setting, so that the kubelet does not start.",
                "Check the settings in the user data and the network of the node as the quoted error describes.",
            ),
            Self::BootstrapContainer => (
                "A bootstrap container of Bottlerocket failed, and the kubelet starts only after it.",
                "Check the image and the registry of the container, or set essential to false in its settings in \
                 bottlerocket_settings of the data source ekscompute_userdata.",
            ),
            Self::WindowsService => (
                "The kubelet or containerd of the Windows node does not run.",
                "Check kubelet_flags, node_labels, and the windows block of the data source ekscompute_userdata. On \
                 the instance, Get-WinEvent -ProviderName kubelet shows the error.",
            ),
            Self::Ec2Launch => (
                "EC2Launch failed, so that the user data was not run.",
                "Use an EKS optimized Windows AMI. Prepare an AMI that was created from an instance with EC2Launch and \
                 Sysprep.",
            ),
            _ => (
                "A script in the user data failed.",
                "Correct the command before the quoted error. Add set -x to the script to show each command in the \
                 console output.",
            ),
        }
    }
}
