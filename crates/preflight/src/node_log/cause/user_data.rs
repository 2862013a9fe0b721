//! User data that the node cannot use.

use super::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserData {
    /// AL2023: the user data calls `/etc/eks/bootstrap.sh`.
    BootstrapScriptOnAl2023,
    /// AL2: the user data has a NodeConfig.
    NodeConfigOnAl2,
    /// AL2023: no part has the type `application/node.eks.aws`.
    NodeConfigMissing,
    /// AL2023: the MIME document cannot be read.
    MimeInvalid,
    /// AL2023: the API version or the kind is not supported.
    NodeConfigVersion,
    /// AL2023: not YAML or JSON, or a value has the wrong type.
    NodeConfigInvalid,
    /// AL2023: a file in `/etc/eks/nodeadm.d`.
    DropInInvalid,
    /// AL2023: `spec.cluster.name`. AL2: the first positional argument.
    ClusterName,
    ClusterEndpoint,
    ClusterCertificateAuthority,
    ClusterCidr,
    CidrInvalid,
    OutpostId,
    /// AL2: `--container-runtime`.
    ContainerRuntime,
    /// AL2: another argument of `/etc/eks/bootstrap.sh`.
    BootstrapArgument,
    /// Bottlerocket: not TOML, or without the table `settings`.
    TomlInvalid,
    /// Bottlerocket: an unknown setting, or a value of the wrong type.
    SettingRejected,
    /// cloud-init does not recognize the format.
    Ignored,
    /// Windows: EC2Launch found no user data.
    Missing,
}

impl UserData {
    pub(super) fn text(self) -> Text {
        self.node_config().or_else(|| self.cluster()).unwrap_or_else(|| self.other())
    }

    fn node_config(self) -> Option<Text> {
        Some(match self {
            Self::BootstrapScriptOnAl2023 => (
                "The user data calls /etc/eks/bootstrap.sh, which AL2023 AMIs do not have.",
                "Replace the call with a NodeConfig: set the ami_type of the data source ekscompute_userdata to \
                 AL2023_x86_64_STANDARD or another AL2023 type, or use an AL2 AMI.",
            ),
            Self::NodeConfigOnAl2 => (
                "The user data has a NodeConfig, which AL2 AMIs ignore.",
                "Use an AL2023 AMI, or set the ami_type of the data source ekscompute_userdata to AL2_x86_64, so that \
                 the user data calls /etc/eks/bootstrap.sh.",
            ),
            Self::NodeConfigMissing => (
                "nodeadm found no NodeConfig in the user data.",
                "Add a MIME part of type application/node.eks.aws with a NodeConfig, for example with the data source \
                 ekscompute_userdata. EKS adds one only if the launch template does not specify an AMI.",
            ),
            Self::MimeInvalid => (
                "nodeadm cannot read the MIME document in the user data.",
                "Quote the boundary, put an empty line between the headers and the body of each part, and end the \
                 document with the closing boundary. The data source ekscompute_userdata writes such a document.",
            ),
            Self::NodeConfigVersion => (
                "nodeadm does not support the API version or the kind of the NodeConfig in the user data.",
                "Set apiVersion to node.eks.aws/v1alpha1 and kind to NodeConfig. Both are case-sensitive.",
            ),
            Self::NodeConfigInvalid => (
                "nodeadm cannot decode the NodeConfig in the user data.",
                "Correct the field in the quoted error: kubelet flags must be a list of strings, and \
                 certificateAuthority must be base64. nodeadm also reads a MIME document as YAML if its boundary has a \
                 slash and no quotes, or if an empty line is missing.",
            ),
            Self::DropInInvalid => (
                "nodeadm cannot read a file in /etc/eks/nodeadm.d.",
                "Correct the script in the user data that writes the file: it must contain a NodeConfig with \
                 apiVersion node.eks.aws/v1alpha1.",
            ),
            _ => return None,
        })
    }

    fn cluster(self) -> Option<Text> {
        Some(match self {
            Self::ClusterName => (
                "The user data does not contain the cluster name.",
                "Set spec.cluster.name in the NodeConfig, or pass the name as the first argument of \
                 /etc/eks/bootstrap.sh: cluster_name of the data source ekscompute_userdata sets both.",
            ),
            Self::ClusterEndpoint => (
                "The NodeConfig in the user data does not contain the API server endpoint.",
                "Set spec.cluster.apiServerEndpoint: cluster_endpoint of the data source ekscompute_userdata.",
            ),
            Self::ClusterCertificateAuthority => (
                "The NodeConfig in the user data does not contain the certificate authority of the cluster.",
                "Set spec.cluster.certificateAuthority to the base64 data of the cluster: cluster_ca_certificate of \
                 the data source ekscompute_userdata.",
            ),
            Self::ClusterCidr => (
                "The NodeConfig in the user data does not contain the service CIDR block of the cluster.",
                "Set spec.cluster.cidr to the service CIDR block, not the VPC CIDR block: service_cidr of the data \
                 source ekscompute_userdata.",
            ),
            Self::CidrInvalid => (
                "The service CIDR block in the NodeConfig is not a CIDR block.",
                "Set spec.cluster.cidr to the service CIDR block of the cluster, such as 172.20.0.0/16: service_cidr \
                 of the data source ekscompute_userdata.",
            ),
            Self::OutpostId => (
                "The user data enables a local cluster on an Outpost without its ID.",
                "Set spec.cluster.id in the NodeConfig, or pass --cluster-id to /etc/eks/bootstrap.sh: outpost_id of \
                 the data source ekscompute_userdata.",
            ),
            _ => return None,
        })
    }

    fn other(self) -> Text {
        match self {
            Self::ContainerRuntime => (
                "The user data passes a container runtime to /etc/eks/bootstrap.sh that the AMI does not support.",
                "Remove --container-runtime. Kubernetes 1.24 and later support only containerd.",
            ),
            Self::TomlInvalid => (
                "Bottlerocket cannot read the user data: it must be TOML with the table settings.",
                "Correct the TOML in the quoted error. MIME documents and scripts are not supported: set the ami_type \
                 of the data source ekscompute_userdata to BOTTLEROCKET_x86_64 or another Bottlerocket type.",
            ),
            Self::SettingRejected => (
                "Bottlerocket rejects a setting in the user data.",
                "Correct or remove the setting in the quoted error: unknown settings are rejected, and labels, \
                 sysctls, and quantities must be strings.",
            ),
            Self::Ignored => (
                "cloud-init ignored the user data, because it is neither a script nor a MIME document.",
                "Start a script with #!/bin/bash and a MIME document with MIME-Version: 1.0, both in the first line \
                 and without a byte order mark.",
            ),
            Self::Missing => (
                "EC2Launch found no user data.",
                "Set user_data of the launch template: the data source ekscompute_userdata with a WINDOWS ami_type \
                 writes a script that calls Start-EKSBootstrap.ps1.",
            ),
            _ => (
                "/etc/eks/bootstrap.sh rejects an argument in the user data.",
                "Correct the argument in the quoted error. Pass each flag and its value as two words, after the \
                 cluster name.",
            ),
        }
    }
}
