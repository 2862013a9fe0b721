//! The schema of `ekscompute_userdata`.

use std::collections::BTreeMap;

use clients::names;
use framework::blocks::{ListBlock, SingleBlock};
use framework::model::{Attr, List, Map, Model};
use framework::validators as must;
use framework::value::Value;
use render::families;

use super::validators as rules;

/// Renders the user data that joins a node to its cluster. Supports all node operating systems and three kinds of
/// nodes: self-managed nodes, managed node groups with a custom AMI, and managed node groups in which EKS merges the
/// user data.
///
/// Settings that the software on the node would ignore, reject, or interpret differently are reported as errors at plan
/// time, at the argument that causes them.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Userdata {
    /// AMI type of the nodes, such as `AL2023_x86_64_STANDARD`, which determines the operating system and whether the
    /// nodes have GPUs. Exactly one of `ami_type` or `os_family` must be set, except for `CUSTOM` (a custom AMI), which
    /// also requires `os_family`.
    #[attribute(optional, validate = [rules::ami_type()])]
    pub ami_type: Attr<String>,
    /// Operating system of the nodes, if they use a custom AMI.
    #[attribute(optional, validate = [must::one_of(families::NAMES)])]
    pub os_family: Attr<String>,
    /// How the nodes are run. `self_managed` is for self-managed nodes. `managed_ami` is for a managed node group whose
    /// launch template specifies an AMI. In both modes, EKS does not modify the user data. `merge` is for a managed
    /// node group whose launch template does not specify an AMI: EKS adds the bootstrap settings, labels, and taints,
    /// so cluster settings are not required. Defaults to `self_managed`.
    #[attribute(optional, validate = [must::one_of(rules::MODES).documented()])]
    pub mode: Attr<String>,
    /// Name of the EKS cluster. Required unless `mode` is `merge`. If `cluster_endpoint`, `cluster_ca_certificate`, and
    /// `service_cidr` are unset, their values are read from AWS with `eks:DescribeCluster`, once per cluster.
    #[attribute(optional, validate = [names::cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Endpoint of the cluster. Requires `cluster_ca_certificate` and `service_cidr`. If all three are set, the data
    /// source does not call any AWS API and does not require credentials.
    #[attribute(optional)]
    pub cluster_endpoint: Attr<String>,
    /// Base64-encoded CA certificate of the cluster, as returned by EKS: `certificate_authority[0].data` of
    /// `aws_eks_cluster`.
    #[attribute(optional)]
    pub cluster_ca_certificate: Attr<String>,
    /// CIDR block of the Kubernetes services: `kubernetes_network_config[0].service_ipv4_cidr` of `aws_eks_cluster`, or
    /// `service_ipv6_cidr` for an IPv6 cluster.
    #[attribute(optional)]
    pub service_cidr: Attr<String>,
    /// IP family of the cluster. Defaults to the IP family of `service_cidr`, which must match if both are set.
    #[attribute(optional, validate = [must::one_of(&["ipv4", "ipv6"])])]
    pub ip_family: Attr<String>,
    /// ID of a local cluster on AWS Outposts. It is read from AWS together with the other cluster settings.
    #[attribute(optional, validate = [must::length_between(1..=100)])]
    pub outpost_id: Attr<String>,
    /// Kubernetes version of the nodes, such as `1.33`. The available settings and the settings in the AMI depend on
    /// it. Defaults to the version of the cluster if cluster settings are read from AWS.
    #[attribute(optional, validate = [names::kubernetes_version()])]
    pub kubernetes_version: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, validate = [names::region()])]
    pub region: Attr<String>,
    /// Labels of the node. In `merge` mode, set the labels in the node group instead.
    #[attribute(optional)]
    pub node_labels: Map<String>,
    /// Configuration block for a Kubernetes taint of the node. In `merge` mode, set the taints in the node group
    /// instead.
    #[block]
    pub node_taint: ListBlock<TaintInput>,
    /// Maximum number of pods on the node. The `max_pods` function calculates the number that the IP addresses allow.
    /// If unset, the software on the node selects the number for the instance type.
    #[attribute(optional, validate = [must::between(1..=i64::from(i32::MAX))])]
    pub max_pods: Attr<i64>,
    /// CEL expression from which the node calculates its maximum number of pods. It supports arithmetic, comparisons,
    /// `? :`, and the functions `int()`, `uint()`, and `double()`. Its variables are `default_enis`, `ips_per_eni`,
    /// `max_pods`, `vcpus`, and `physical_memory_mib`. Conflicts with `max_pods`. Only supported on Amazon Linux 2023
    /// with AMI release v20251007 and later.
    #[attribute(optional)]
    pub max_pods_expression: Attr<String>,
    /// Fields of the `KubeletConfiguration` in camelCase, such as `{ podPidsLimit = 4096 }`. Names, types, and values
    /// are validated by the rules that the kubelet applies when it starts, together with `kubelet_flags` and the fields
    /// that the AMI sets. Fields that another argument sets are not supported. If `kubernetes_version` is set, fields
    /// and feature gates must exist in that version. On Windows, the fields become flags, and fields without a flag are
    /// not supported.
    #[attribute(optional)]
    pub kubelet_config: Attr<Value>,
    /// Additional flags of the kubelet, as `--name=value` or `--name`. Their values are validated by the same rules as
    /// `kubelet_config`. Flags that the kubelet accumulates, such as `--kube-reserved`, can be repeated. If
    /// `kubernetes_version` is set, the flags must exist in that version. On hybrid nodes, `--node-ip` is supported.
    #[attribute(optional)]
    pub kubelet_flags: List<String>,
    /// containerd configuration in TOML. On Amazon Linux 2, it replaces the configuration of the node. On Amazon Linux
    /// 2023, it is merged into that configuration.
    #[attribute(optional)]
    pub containerd_config: Attr<String>,
    /// Part of an OCI runtime specification, with its own field names, that containerd merges into the specification of
    /// every container. Only supported on Amazon Linux 2023.
    #[attribute(optional)]
    pub containerd_base_runtime_spec: Attr<Value>,
    /// Configuration block for the instance store volumes.
    #[block]
    pub instance_store: SingleBlock<InstanceStoreInput>,
    /// Environment variables of services: a map from the name of a service, such as `kubelet` or `containerd`, to a map
    /// of variables. The service `default` applies to all services. On Amazon Linux 2, these are containerd, the
    /// kubelet, and `bootstrap.sh`.
    #[attribute(optional)]
    pub environment: Map<BTreeMap<String, Attr<String>>>,
    /// Configuration block for the proxy of outbound traffic. `no_proxy` should contain `169.254.169.254`, `localhost`,
    /// the CIDR blocks of the VPC and of the services, `.svc`, and `.cluster.local`.
    #[block]
    pub proxy: SingleBlock<ProxyInput>,
    /// Configuration block for DNS.
    #[block]
    pub dns: SingleBlock<DnsInput>,
    /// Feature gates of nodeadm. Set feature gates of the kubelet in `kubelet_config`. Only supported on Amazon Linux
    /// 2023. `InstanceIdNodeName` uses the instance ID as the node name, which requires an access entry of type `EC2`,
    /// or a username with `{{SessionName}}` in `aws-auth`. `FastImagePull` requires at least 4 vCPUs and 7 GiB of
    /// memory.
    #[attribute(optional)]
    pub feature_gates: Map<bool>,
    /// Scripts that run before the node joins the cluster, in order. On Amazon Linux, each script must start with `#!`,
    /// such as `#!/bin/bash`.
    #[attribute(optional)]
    pub pre_bootstrap_scripts: List<String>,
    /// Scripts that run after the node has joined the cluster, in order. Only supported on Amazon Linux 2 and Windows,
    /// and not in `merge` mode.
    #[attribute(optional)]
    pub post_bootstrap_scripts: List<String>,
    /// Configuration block for an additional MIME part, added after `pre_bootstrap_scripts`. Parts of type
    /// `application/node.eks.aws` are added last and are not validated, because nodeadm merges them over all other
    /// documents.
    #[block]
    pub extra_part: ListBlock<ExtraPart>,
    /// Additional nodeadm documents (`NodeConfig`) in YAML or JSON, for example from `yamlencode`. Later documents take
    /// precedence over earlier documents and over the other arguments, by the rules of the `nodeconfig_merge` function.
    /// They must not specify a different cluster. Only supported on Amazon Linux 2023 and hybrid nodes.
    #[attribute(optional)]
    pub node_configs: List<String>,
    /// Bottlerocket settings, with the names that Bottlerocket uses: an object without the enclosing `settings`, such
    /// as `{ kernel = { sysctl = { "vm.max_map_count" = "262144" } } }`, or a TOML document. Names, types, and values
    /// are validated. Values of `sysctl`, labels, and quantities are strings and require quotes even if they are
    /// numbers.
    #[attribute(optional)]
    pub bottlerocket_settings: Attr<Value>,
    /// Configuration block for settings that are specific to Windows.
    #[block]
    pub windows: SingleBlock<WindowsInput>,
    /// Configuration block for settings that are specific to hybrid nodes. Required with `os_family = "hybrid"`.
    #[block]
    pub hybrid: SingleBlock<HybridInput>,
    /// Configuration block for additional flags of `bootstrap.sh` on Amazon Linux 2.
    #[block]
    pub bootstrap: SingleBlock<BootstrapInput>,
    /// Whether to compress the user data, which allows larger user data. `rendered` remains uncompressed. Not supported
    /// on Windows, or in `merge` mode, in which EKS must read the user data. Defaults to `false`.
    #[attribute(optional)]
    pub gzip: Attr<bool>,
    /// Consumers whose validation rules are skipped: `kubelet` (fields, values, and flags, including labels), `nodeadm`
    /// (documents, feature gates, and expressions), `containerd` (its configuration and the base runtime
    /// specification), `bottlerocket` (names, types, and values of settings), or `all`. The user data is rendered as
    /// usual.
    #[attribute(optional, validate = [must::each(must::one_of(rules::CHECKS).documented())])]
    pub skip_checks: List<String>,
    /// Rendered user data. Empty in `merge` mode if there are no settings to add. In this case, omit the user data from
    /// the launch template.
    #[attribute(computed)]
    pub rendered: Attr<String>,
    /// Rendered user data in base64, for `user_data` of `aws_launch_template`.
    #[attribute(computed)]
    pub rendered_base64: Attr<String>,
    /// Rendered user data if `hybrid.ssm` is set, because it then contains the activation code. In this case,
    /// `rendered`, `rendered_base64`, and `parts` are null. Null otherwise.
    #[attribute(computed, sensitive)]
    pub rendered_sensitive: Attr<String>,
    /// Media type of the user data, such as `multipart/mixed`.
    #[attribute(computed)]
    pub content_type: Attr<String>,
    /// Size of the user data in bytes before base64 encoding. The EC2 limit is 16384 bytes.
    #[attribute(computed)]
    pub size_bytes: Attr<i64>,
    /// Parts of the user data, in order.
    #[attribute(computed)]
    pub parts: List<PartOutput>,
}

/// A Kubernetes taint.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct TaintInput {
    /// Key of the taint.
    #[attribute(required)]
    pub key: Attr<String>,
    /// Value of the taint.
    #[attribute(optional)]
    pub value: Attr<String>,
    /// Effect of the taint.
    #[attribute(required, validate = [must::one_of(rules::EFFECTS)])]
    pub effect: Attr<String>,
}

/// Configuration of the instance store volumes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct InstanceStoreInput {
    /// Strategy for the volumes. `RAID0` creates one array for images, containers, and pods. `RAID10` creates a
    /// mirrored array, which requires at least 4 disks. `Mount` mounts each disk separately.
    #[attribute(required, validate = [must::one_of(&["RAID0", "RAID10", "Mount"]).documented()])]
    pub strategy: Attr<String>,
    /// Directory for the mounts. Only supported on Amazon Linux 2023.
    #[attribute(optional)]
    pub mount_path: Attr<String>,
    /// Data that remains on the root volume: `Containerd`, `PodLogs`, or `SOCI`. Only supported on Amazon Linux 2023
    /// and Bottlerocket.
    #[attribute(optional)]
    pub disabled_mounts: List<String>,
}

/// Proxy settings for outbound traffic.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ProxyInput {
    /// URL of the proxy for `http`.
    #[attribute(optional)]
    pub http: Attr<String>,
    /// URL of the proxy for `https`.
    #[attribute(optional)]
    pub https: Attr<String>,
    /// Hosts, domains, IP addresses, and CIDR blocks to reach without a proxy.
    #[attribute(optional)]
    pub no_proxy: List<String>,
}

/// DNS settings.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct DnsInput {
    /// IP addresses of the DNS servers for pods, such as the address of NodeLocal DNSCache. Defaults to the address
    /// derived from `service_cidr`.
    #[attribute(optional)]
    pub cluster_ips: List<String>,
    /// IP addresses of the DNS servers for the node itself. Only supported on Amazon Linux 2023 and Bottlerocket.
    #[attribute(optional)]
    pub nameservers: List<String>,
    /// Search domains for the node itself. Only supported on Amazon Linux 2023 and Bottlerocket.
    #[attribute(optional)]
    pub domains: List<String>,
}

/// A MIME part.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ExtraPart {
    /// Media type, such as `text/cloud-config` or `text/x-shellscript`.
    #[attribute(required, validate = [must::length_between(1..=127)])]
    pub content_type: Attr<String>,
    /// Text content of the part. Exactly one of `content` or `content_base64` must be set.
    #[attribute(optional)]
    pub content: Attr<String>,
    /// Base64-encoded content of the part if it is not text, for example from `filebase64`.
    #[attribute(optional)]
    pub content_base64: Attr<String>,
    /// File name of the part. cloud-init runs scripts in the order of their file names, so omit it for scripts to keep
    /// their configured order.
    #[attribute(optional, validate = [must::length_between(1..=255)])]
    pub filename: Attr<String>,
}

/// Flags of `bootstrap.sh`.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct BootstrapInput {
    /// Number of times `bootstrap.sh` retries the AWS API call that describes the cluster.
    #[attribute(optional, validate = [must::between(0..=100)])]
    pub aws_api_retry_attempts: Attr<i64>,
    /// Whether to mount `/sys/fs/bpf`.
    #[attribute(optional)]
    pub mount_bpf_fs: Attr<bool>,
    /// ID of the AWS account from which to pull the pause image.
    #[attribute(optional, validate = [rules::account()])]
    pub pause_container_account: Attr<String>,
    /// Tag of the pause image.
    #[attribute(optional, validate = [rules::tag()])]
    pub pause_container_version: Attr<String>,
}

/// Settings that are specific to Windows.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WindowsInput {
    /// IPv4 CIDR blocks outside of the VPC to which pods send traffic without source NAT.
    #[attribute(optional)]
    pub excluded_snat_cidrs: List<String>,
    /// Additional flags of kube-proxy, as `--name=value` or `--name`.
    #[attribute(optional)]
    pub kube_proxy_flags: List<String>,
}

/// Settings that are specific to hybrid nodes.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct HybridInput {
    /// AWS Region of the cluster.
    #[attribute(required)]
    pub region: Attr<String>,
    /// Configuration block for credentials from an AWS Systems Manager hybrid activation. Exactly one of `ssm` or
    /// `iam_roles_anywhere` must be set.
    #[block]
    pub ssm: SingleBlock<SsmInput>,
    /// Configuration block for credentials from IAM Roles Anywhere.
    #[block]
    pub iam_roles_anywhere: SingleBlock<RolesAnywhereInput>,
    /// Whether to also write the credentials to a file that pods can use. Defaults to `false`.
    #[attribute(optional)]
    pub enable_credentials_file: Attr<bool>,
}

/// A hybrid activation.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct SsmInput {
    /// Activation code.
    #[attribute(required, sensitive)]
    pub activation_code: Attr<String>,
    /// ID of the activation.
    #[attribute(required)]
    pub activation_id: Attr<String>,
}

/// Settings for IAM Roles Anywhere.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RolesAnywhereInput {
    /// Name of the node, which must be the common name in its certificate.
    #[attribute(required)]
    pub node_name: Attr<String>,
    /// ARN of the trust anchor.
    #[attribute(required)]
    pub trust_anchor_arn: Attr<String>,
    /// ARN of the IAM Roles Anywhere profile.
    #[attribute(required)]
    pub profile_arn: Attr<String>,
    /// ARN of the IAM role that the node assumes.
    #[attribute(required)]
    pub role_arn: Attr<String>,
    /// Path to the certificate on the machine.
    #[attribute(required)]
    pub certificate_path: Attr<String>,
    /// Path to the private key on the machine.
    #[attribute(required)]
    pub private_key_path: Attr<String>,
    /// Path to the AWS config file to write on the machine.
    #[attribute(optional)]
    pub aws_config_path: Attr<String>,
}

/// A part of the user data.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct PartOutput {
    /// Media type of the part.
    #[attribute(computed)]
    pub content_type: Attr<String>,
    /// File name of the part, if it has one.
    #[attribute(computed)]
    pub filename: Attr<String>,
    /// Decoded content of the part. Null if it is not text.
    #[attribute(computed)]
    pub content: Attr<String>,
    /// Decoded content of the part, in base64.
    #[attribute(computed)]
    pub content_base64: Attr<String>,
}
