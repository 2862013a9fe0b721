//! The input and output of the user data renderers: plain values in, bytes and findings out.
//!
//! Each [`Family`] has one renderer, a pure function of the type [`Render`]:
//!
//! | family | module | consumer |
//! |---|---|---|
//! | [`Family::AmazonLinux2`] | `render::bootstrap` | cloud-init, then `/etc/eks/bootstrap.sh` |
//! | [`Family::AmazonLinux2023`] | `render::nodeadm` | nodeadm and cloud-init, of the same bytes |
//! | [`Family::Hybrid`] | `render::nodeadm` | the nodeadm of hybrid nodes |
//! | [`Family::Bottlerocket`] | `render::bottlerocket` | early-boot-config |
//! | [`Family::Windows`] | `render::windows` | EC2Launch, then `Start-EKSBootstrap.ps1` |
//!
//! The caller must run [`check`] first and stop if it returns errors: a renderer relies on these checks, and checks
//! only what its own consumer requires. An argument that the family does not support is a finding at the name of the
//! argument and is never silently ignored: [`unused`] creates these findings.
//!
//! Names in a [`Place`] are the names of the arguments of the data source `ekscompute_userdata`, which are the names of
//! the fields of [`Node`] unless their documentation states otherwise.

pub(crate) mod check;
pub(crate) mod commands;
mod finding;
mod output;

use std::collections::BTreeMap;

use serde_json::Value as Json;

pub use self::check::{check, unused};
pub use self::finding::{Finding, Place, Severity, Step};
pub use self::output::{MAX_BYTES, Rendered};
use super::ami_types::{Accelerator, AmiType, OperatingSystem};
use super::mime::Part;

/// A renderer. The error contains at least one finding with [`Severity::Error`], and all previous warnings.
pub type Render = fn(&Node) -> Result<Rendered, Vec<Finding>>;

/// The consumer of the user data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Amazon Linux 2.
    AmazonLinux2,
    /// Amazon Linux 2023.
    AmazonLinux2023,
    /// Bottlerocket.
    Bottlerocket,
    /// Windows Server.
    Windows,
    /// A machine outside AWS, of any Linux, that joins with the nodeadm of hybrid nodes.
    Hybrid,
}

/// A program on the node whose rules the arguments are checked against. The checks for each program can be skipped
/// (argument `skip_checks`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// Members, values, and flags, including labels.
    Kubelet,
    /// Documents, feature gates, and the expression for the number of pods.
    Nodeadm,
    /// Its configuration, and the base runtime specification of containers.
    Containerd,
    /// Names, types, and values of settings.
    Bottlerocket,
}

impl Reader {
    /// All programs with their names for users.
    pub const ALL: [(&str, Self); 4] = [
        ("bottlerocket", Self::Bottlerocket),
        ("containerd", Self::Containerd),
        ("kubelet", Self::Kubelet),
        ("nodeadm", Self::Nodeadm),
    ];
}

/// The other sources of user data (argument `mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A managed node group whose launch template does not specify an AMI: EKS adds its own user data, which joins the
    /// node. There are no cluster settings.
    Merge,
    /// A managed node group whose launch template specifies the AMI: EKS does not add user data.
    ManagedAmi,
    /// Self-managed nodes: no other user data is added.
    SelfManaged,
}

/// The input of a renderer. Unset values are `None`, empty, or [`Json::Null`].
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The consumer (argument `ami_type` or `os_family`).
    pub family: Family,
    /// The AMI type, if it is set instead of the family.
    pub ami_type: Option<&'static AmiType>,
    /// The mode.
    pub mode: Mode,
    /// Major and minor version of Kubernetes, if known, because some settings require a version.
    pub kubernetes_version: Option<(u32, u32)>,
    /// The cluster to join. Always set in [`Mode::ManagedAmi`] and [`Mode::SelfManaged`], except for
    /// [`Family::Hybrid`]. Never set in [`Mode::Merge`].
    pub cluster: Option<Cluster>,
    /// The configured labels. [`Node::labels`] returns all labels of a node.
    pub node_labels: BTreeMap<String, String>,
    /// Taints in the order of the configuration (blocks `node_taint`).
    pub node_taints: Vec<Taint>,
    /// The kubelet's `maxPods`, at least 1.
    pub max_pods: Option<u32>,
    /// A CEL expression for the kubelet's `maxPods`, which the node evaluates.
    pub max_pods_expression: Option<String>,
    /// Members of a `KubeletConfiguration`, without `apiVersion` and `kind`: an object, or null.
    pub kubelet_config: Json,
    /// Additional kubelet flags, each `--name=value` or `--name`.
    pub kubelet_flags: Vec<String>,
    /// The configuration of containerd, in TOML.
    pub containerd_config: Option<String>,
    /// A partial OCI runtime specification, which containerd merges into the specification of every container: an
    /// object, or null.
    pub containerd_base_runtime_spec: Json,
    /// The use of instance store volumes.
    pub instance_store: Option<InstanceStore>,
    /// Environment variables by service, then by name. The service `default` applies to all services.
    pub environment: BTreeMap<String, BTreeMap<String, String>>,
    /// Proxy settings.
    pub proxy: Option<Proxy>,
    /// Name resolution.
    pub dns: Dns,
    /// Feature gates of nodeadm. The feature gates of the kubelet are in [`Self::kubelet_config`].
    pub feature_gates: BTreeMap<String, bool>,
    /// Scripts that run before the node joins, in order, without CR: shell scripts with a first line `#!`, or
    /// PowerShell for Windows.
    pub pre_bootstrap_scripts: Vec<String>,
    /// Scripts that run after the node has joined, in order, in the same format.
    pub post_bootstrap_scripts: Vec<String>,
    /// Additional MIME parts, after the scripts that run before the node joins (blocks `extra_part`).
    pub extra_parts: Vec<Part>,
    /// Additional nodeadm documents, in YAML or JSON, after the document that is generated from the other arguments.
    pub node_configs: Vec<String>,
    /// Additional flags of `bootstrap.sh` (argument `bootstrap`).
    pub bootstrap: Bootstrap,
    /// The Bottlerocket settings in `settings`, with Bottlerocket's names: an object, a string with the complete TOML
    /// document, or null.
    pub bottlerocket_settings: Json,
    /// Windows settings (argument `windows`).
    pub windows: Windows,
    /// Settings of hybrid nodes (argument `hybrid`).
    pub hybrid: Option<Hybrid>,
    /// The programs whose rules the arguments are not checked against (argument `skip_checks`).
    pub skipped: Vec<Reader>,
}

/// The cluster settings of a node, from `DescribeCluster` or from arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its name (argument `cluster_name`).
    pub name: String,
    /// The URL of its API server, with `https` (argument `cluster_endpoint`).
    pub endpoint: String,
    /// The certificate authority, PEM in standard base64 on one line (argument `cluster_ca_certificate`).
    pub certificate_authority: String,
    /// The CIDR block of services, IPv4 or IPv6, in the configured notation (argument `service_cidr`).
    pub service_cidr: String,
    /// The ID of a local cluster on Outposts (argument `outpost_id`).
    pub outpost_id: Option<String>,
}

/// A taint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value, which can be empty.
    pub value: String,
    /// The effect on pods that do not tolerate it.
    pub effect: Effect,
}

/// The effect of a taint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// `NO_SCHEDULE` in the EKS API.
    NoSchedule,
    /// `PREFER_NO_SCHEDULE` in the EKS API.
    PreferNoSchedule,
    /// `NO_EXECUTE` in the EKS API.
    NoExecute,
}

/// The use of instance store volumes (argument `instance_store`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceStore {
    /// The layout of the volumes.
    pub strategy: DiskStrategy,
    /// The mount path, which is absolute.
    pub mount_path: Option<String>,
    /// The directories that are not moved to the volumes: `Containerd`, `PodLogs`, and `SOCI`.
    pub disabled_mounts: Vec<String>,
}

/// The layout of instance store volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskStrategy {
    /// One striped array.
    Raid0,
    /// One striped and mirrored array, which requires four volumes.
    Raid10,
    /// A separate mount for each volume.
    Mount,
}

/// Proxy settings (argument `proxy`). At least one of the URLs is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxy {
    /// `HTTP_PROXY`.
    pub http: Option<String>,
    /// `HTTPS_PROXY`.
    pub https: Option<String>,
    /// `NO_PROXY`, as elements without commas.
    pub no_proxy: Vec<String>,
}

/// Name resolution (argument `dns`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dns {
    /// DNS servers for pods, which default to an address of the service CIDR block (argument `dns.cluster_ips`).
    pub cluster_ips: Vec<String>,
    /// DNS servers for the node.
    pub nameservers: Vec<String>,
    /// Search domains.
    pub domains: Vec<String>,
}

/// Settings of `bootstrap.sh` on Amazon Linux 2.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bootstrap {
    /// `--aws-api-retry-attempts`.
    pub aws_api_retry_attempts: Option<u32>,
    /// `--mount-bpf-fs`.
    pub mount_bpf_fs: Option<bool>,
    /// `--pause-container-account`.
    pub pause_container_account: Option<String>,
    /// `--pause-container-version`.
    pub pause_container_version: Option<String>,
}

/// Windows settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Windows {
    /// `-ExcludedSnatCIDRs`, IPv4.
    pub excluded_snat_cidrs: Vec<String>,
    /// `-KubeProxyExtraArgs`, each `--name=value` or `--name`.
    pub kube_proxy_flags: Vec<String>,
}

/// Settings of hybrid nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hybrid {
    /// The cluster (argument `cluster_name`).
    pub cluster_name: String,
    /// The AWS Region of the cluster.
    pub region: String,
    /// The source of the machine credentials (argument `hybrid.ssm` or `hybrid.iam_roles_anywhere`).
    pub credentials: HybridCredentials,
    /// Whether the credentials are also written to a file.
    pub enable_credentials_file: Option<bool>,
}

/// The source of credentials of a machine outside AWS.
#[derive(Clone, PartialEq, Eq)]
pub enum HybridCredentials {
    /// A hybrid activation of AWS Systems Manager.
    Ssm {
        /// The activation code, a secret of 20 to 250 characters.
        activation_code: String,
        /// The activation ID, a UUID.
        activation_id: String,
    },
    /// IAM Roles Anywhere.
    IamRolesAnywhere(RolesAnywhere),
}

/// Settings of IAM Roles Anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolesAnywhere {
    /// The name of the node, at most 64 characters.
    pub node_name: String,
    /// ARN.
    pub trust_anchor_arn: String,
    /// ARN.
    pub profile_arn: String,
    /// ARN.
    pub role_arn: String,
    /// A path on the machine.
    pub certificate_path: Option<String>,
    /// A path on the machine.
    pub private_key_path: Option<String>,
    /// A path on the machine.
    pub aws_config_path: Option<String>,
}

impl std::fmt::Debug for HybridCredentials {
    /// Omits the activation code, which is a secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ssm { activation_id, .. } => {
                formatter.debug_struct("Ssm").field("activation_id", activation_id).finish_non_exhaustive()
            }
            Self::IamRolesAnywhere(given) => formatter.debug_tuple("IamRolesAnywhere").field(given).finish(),
        }
    }
}

impl Family {
    /// Returns the name for users.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AmazonLinux2 => "Amazon Linux 2",
            Self::AmazonLinux2023 => "Amazon Linux 2023",
            Self::Bottlerocket => "Bottlerocket",
            Self::Windows => "Windows",
            Self::Hybrid => "a hybrid node",
        }
    }
}

impl From<OperatingSystem> for Family {
    fn from(system: OperatingSystem) -> Self {
        match system {
            OperatingSystem::AmazonLinux2 => Self::AmazonLinux2,
            OperatingSystem::AmazonLinux2023 => Self::AmazonLinux2023,
            OperatingSystem::Bottlerocket => Self::Bottlerocket,
            OperatingSystem::Windows => Self::Windows,
        }
    }
}

impl Effect {
    /// Returns the name in Kubernetes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

impl std::fmt::Display for Taint {
    /// Formats the taint like the kubelet flag: `key=value:Effect`, or `key:Effect`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, value, effect } = self;
        let equals = if value.is_empty() { "" } else { "=" };
        write!(formatter, "{key}{equals}{value}:{}", effect.name())
    }
}

impl Cluster {
    /// Returns whether services, and therefore nodes and pods, have IPv6 addresses.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        self.service_cidr.contains(':')
    }

    /// Returns the address of the cluster DNS service, by the rule of nodeadm, `bootstrap.sh`, and EKS.
    #[must_use]
    pub fn dns_ip(&self) -> String {
        let network = self.service_cidr.split('/').next().unwrap_or_default();
        match network.rsplit_once('.') {
            Some((start, _)) => format!("{start}.10"),
            None => format!("{network}a"),
        }
    }
}

impl Node {
    /// Returns a node without further settings.
    #[must_use]
    pub fn new(family: Family, mode: Mode) -> Self {
        Self {
            family,
            ami_type: None,
            mode,
            kubernetes_version: None,
            cluster: None,
            node_labels: BTreeMap::new(),
            node_taints: Vec::new(),
            max_pods: None,
            max_pods_expression: None,
            kubelet_config: Json::Null,
            kubelet_flags: Vec::new(),
            containerd_config: None,
            containerd_base_runtime_spec: Json::Null,
            instance_store: None,
            environment: BTreeMap::new(),
            proxy: None,
            dns: Dns::default(),
            feature_gates: BTreeMap::new(),
            pre_bootstrap_scripts: Vec::new(),
            post_bootstrap_scripts: Vec::new(),
            extra_parts: Vec::new(),
            node_configs: Vec::new(),
            bootstrap: Bootstrap::default(),
            bottlerocket_settings: Json::Null,
            windows: Windows::default(),
            hybrid: None,
            skipped: Vec::new(),
        }
    }

    /// Returns whether the arguments are checked against the rules of a program.
    #[must_use]
    pub fn checks(&self, reader: Reader) -> bool {
        !self.skipped.contains(&reader)
    }

    /// Returns the devices for which the AMI has drivers, or `None` if only the family is known.
    #[must_use]
    pub fn accelerator(&self) -> Accelerator {
        self.ami_type.map_or(Accelerator::None, |ami_type| ami_type.accelerator)
    }

    /// Returns the configured labels, and on Amazon Linux NVIDIA AMIs the label by which the NVIDIA device plugin
    /// selects its nodes. In Kubernetes 1.35 and later, nodeadm sets this label, and in [`Mode::Merge`] labels belong
    /// to the node group.
    #[must_use]
    pub fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.node_labels.clone();
        let has_gpu = self.ami_type.is_some_and(|ami_type| {
            let is_amazon_linux =
                matches!(ami_type.system, OperatingSystem::AmazonLinux2 | OperatingSystem::AmazonLinux2023);
            is_amazon_linux && ami_type.accelerator == Accelerator::Nvidia
        });
        let sets_itself = self.kubernetes_version.is_some_and(|version| version >= (1, 35));
        if has_gpu && !sets_itself && self.mode != Mode::Merge {
            labels.entry("nvidia.com/gpu.present".to_owned()).or_insert_with(|| "true".to_owned());
        }
        labels
    }

    /// Returns `--node-labels=a=1,b=2` with all of [`Self::labels`], sorted, or `None` without labels.
    #[must_use]
    pub fn labels_flag(&self) -> Option<String> {
        let labels: Vec<_> = self.labels().iter().map(|(key, value)| format!("{key}={value}")).collect();
        (!labels.is_empty()).then(|| format!("--node-labels={}", labels.join(",")))
    }

    /// Returns `--register-with-taints=a=1:NoSchedule,b:NoExecute` in the configured order, or `None` without taints.
    #[must_use]
    pub fn taints_flag(&self) -> Option<String> {
        let taints: Vec<_> = self.node_taints.iter().map(ToString::to_string).collect();
        (!taints.is_empty()).then(|| format!("--register-with-taints={}", taints.join(",")))
    }
}

#[cfg(test)]
#[path = "node/tests.rs"]
mod tests;
