//! The schema of `ekscompute_userdata`.

use std::collections::BTreeMap;

use clients::names;
use framework::model::{Attr, List, Map, Model};
use framework::validators as must;
use framework::value::Value;
use render::families;

use super::validators as rules;

/// Renders the userdata with which a node joins its cluster, for every operating system and for all three ways to run
/// nodes: merged by a managed node group, managed with an AMI of your own, and self-managed.
///
/// Everything that the node's own software would ignore, refuse or read in another way is an error in the plan, at the
/// attribute that causes it.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Userdata {
    /// AMI type of the nodes, such as `AL2023_x86_64_STANDARD`: it tells the operating system, and whether there are
    /// GPUs. Conflicts with `os_family`; one of the two is needed. `CUSTOM`, as EKS calls an AMI of your own, tells nothing,
    /// and needs `os_family` beside it.
    #[attribute(optional, validate = [rules::ami_type()])]
    pub ami_type: Attr<String>,
    /// Operating system of the nodes, where the AMI is none of EKS's own.
    #[attribute(optional, validate = [must::one_of(families::NAMES)])]
    pub os_family: Attr<String>,
    /// How the nodes are run. `self_managed`: no managed node group, nobody adds anything. `managed_ami`: a managed node
    /// group whose launch template names the AMI, where EKS adds nothing either. `merge`: a managed node group whose
    /// launch template names no AMI; EKS adds what joins the node, labels, taints and more, so nothing of the cluster is
    /// needed here. Defaults to `self_managed`.
    #[attribute(optional, validate = [must::one_of(rules::MODES)])]
    pub mode: Attr<String>,
    /// Name of the EKS cluster. Needed in all modes but `merge`. Without the three facts below they are read from AWS
    /// (`eks:DescribeCluster`, once for all userdata of a cluster).
    #[attribute(optional, validate = [names::cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Endpoint of the cluster. Give it together with `cluster_ca_certificate` and `service_cidr`, or none of the three;
    /// with them, AWS is not asked and no credentials are needed.
    #[attribute(optional)]
    pub cluster_endpoint: Attr<String>,
    /// Certificate authority of the cluster, in base64 as EKS has it: `certificate_authority[0].data` of
    /// `aws_eks_cluster`.
    #[attribute(optional)]
    pub cluster_ca_certificate: Attr<String>,
    /// Addresses of the cluster's services in CIDR notation: `kubernetes_network_config[0].service_ipv4_cidr` of
    /// `aws_eks_cluster`, or `service_ipv6_cidr` of an IPv6 cluster.
    #[attribute(optional)]
    pub service_cidr: Attr<String>,
    /// IP family of the cluster. It follows from `service_cidr`; given as well, the two must agree.
    #[attribute(optional, validate = [must::one_of(&["ipv4", "ipv6"])])]
    pub ip_family: Attr<String>,
    /// Id of a local cluster on AWS Outposts. Read from AWS with the other facts.
    #[attribute(optional, validate = [must::length(1..=100)])]
    pub outpost_id: Attr<String>,
    /// Kubernetes version of the nodes, such as `1.33`: some settings exist only from a version on, and some are set by
    /// the AMI from a version on. Defaults to the cluster's, where that is read from AWS.
    #[attribute(optional, validate = [names::kubernetes_version()])]
    pub kubernetes_version: Attr<String>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, validate = [names::region()])]
    pub region: Attr<String>,
    /// Labels of the node. In mode `merge` they belong to the node group.
    #[attribute(optional)]
    pub node_labels: Map<String>,
    /// Taints of the node. In mode `merge` they belong to the node group.
    #[attribute(optional)]
    pub node_taints: List<TaintInput>,
    /// Greatest number of pods on the node; the function `max_pods` computes what the addresses allow. Without it the
    /// node's own software takes the number for its instance type.
    #[attribute(optional, validate = [must::between(1..=i64::from(i32::MAX))])]
    pub max_pods: Attr<i64>,
    /// A CEL expression from which the node computes its greatest number of pods, with the numbers `default_enis`,
    /// `ips_per_eni`, `max_pods`, `vcpus` and `physical_memory_mib`, arithmetic, comparisons, `? :` and `int()`, `uint()`, `double()`. Conflicts with the
    /// attribute `max_pods`. Only on Amazon Linux 2023, from AMI release v20251007 on.
    #[attribute(optional)]
    pub max_pods_expression: Attr<String>,
    /// Members of the kubelet's `KubeletConfiguration` by their own names, such as `{ podPidsLimit = 4096 }`. Names, types, and
    /// values are checked together with `kubelet_flags` and the members that the AMI sets, as the kubelet does when it starts.
    /// Members that another attribute sets are not supported here. If `kubernetes_version` is set, members and feature gates
    /// must exist in that version. On Windows, the members become flags, and members without a flag are not supported.
    #[attribute(optional)]
    pub kubelet_config: Attr<Value>,
    /// Additional flags of the kubelet, as `--name=value` or `--name`. Their values are checked by the same rules as
    /// `kubelet_config`. Flags whose values the kubelet adds up, such as `--kube-reserved`, may be repeated. If
    /// `kubernetes_version` is set, the flags must exist in that version. On hybrid nodes, `--node-ip` is supported.
    #[attribute(optional)]
    pub kubelet_flags: List<String>,
    /// containerd's configuration, in TOML: on Amazon Linux 2 the whole of it, on Amazon Linux 2023 what is merged into
    /// the node's own.
    #[attribute(optional)]
    pub containerd_config: Attr<String>,
    /// Part of an OCI runtime specification, by its own names, that containerd merges into that of every container. Only on
    /// Amazon Linux 2023.
    #[attribute(optional)]
    pub containerd_base_runtime_spec: Attr<Value>,
    /// What becomes of the disks that belong to the instance itself.
    #[attribute(optional)]
    pub instance_store: Attr<InstanceStoreInput>,
    /// Environment variables by service, such as `kubelet` and `containerd`, then by name. The service `default` stands
    /// for all; on Amazon Linux 2 those are what joins the node: containerd, the kubelet, and `bootstrap.sh` itself.
    #[attribute(optional)]
    pub environment: Map<BTreeMap<String, Attr<String>>>,
    /// The way out of the network. `no_proxy` should have `169.254.169.254`, `localhost`, the VPC's and the services'
    /// CIDR, `.svc` and `.cluster.local`.
    #[attribute(optional)]
    pub proxy: Attr<ProxyInput>,
    /// Name resolution.
    #[attribute(optional)]
    pub dns: Attr<DnsInput>,
    /// Feature gates of nodeadm; those of the kubelet are in `kubelet_config`. Only on Amazon Linux 2023. `InstanceIdNodeName`
    /// calls nodes by the id of their instance, which needs an access entry of the type `EC2`, or a user name with
    /// `{{SessionName}}` in `aws-auth`. `FastImagePull` has no effect below 4 vCPUs and 7 GiB of memory.
    #[attribute(optional)]
    pub feature_gates: Map<bool>,
    /// Scripts that run before the node joins, in order. On Amazon Linux each begins with `#!`, such as `#!/bin/bash`.
    #[attribute(optional)]
    pub pre_bootstrap_scripts: List<String>,
    /// Scripts that run after the node has joined, in order. Only Amazon Linux 2 and Windows have such a moment, and those
    /// not in mode `merge`.
    #[attribute(optional)]
    pub post_bootstrap_scripts: List<String>,
    /// Additional MIME parts, after `pre_bootstrap_scripts`. Parts of the type `application/node.eks.aws` come last and are
    /// not checked: nodeadm merges them over all other documents.
    #[attribute(optional)]
    pub extra_parts: List<ExtraPart>,
    /// More documents of nodeadm (`NodeConfig`), in YAML or JSON, such as `yamlencode` writes them; later ones win over
    /// earlier ones and over the other attributes, by the rules of the function `nodeconfig_merge`, but none may name another
    /// cluster. Only on Amazon Linux 2023 and hybrid nodes.
    #[attribute(optional)]
    pub node_configs: List<String>,
    /// Bottlerocket's settings by their own names, without `settings` around them, such as
    /// `{ kernel = { sysctl = { "vm.max_map_count" = "262144" } } }`; or a document in TOML. Names, types, and values are
    /// checked. Values of `sysctl`, labels, and quantities are strings and need quotes even if they are numbers.
    #[attribute(optional)]
    pub bottlerocket_settings: Attr<Value>,
    /// What only Windows has.
    #[attribute(optional)]
    pub windows: Attr<WindowsInput>,
    /// What only hybrid nodes have; needed with `os_family = "hybrid"`.
    #[attribute(optional)]
    pub hybrid: Attr<HybridInput>,
    /// More flags of `bootstrap.sh` of Amazon Linux 2.
    #[attribute(optional)]
    pub bootstrap: Attr<BootstrapInput>,
    /// Whether the userdata is compressed, which lets it be longer. Not in mode `merge`, where EKS must read it, and not
    /// for Windows. `rendered` is what it was before.
    #[attribute(optional)]
    pub gzip: Attr<bool>,
    /// Readers whose rules the inputs are not checked against: `kubelet` (members, values, and flags, labels included),
    /// `nodeadm` (documents, feature gates, and expressions), `containerd` (its configuration and the base runtime
    /// specification), `bottlerocket` (names, types, and values of settings), or `all`. The user data is rendered as usual.
    #[attribute(optional, validate = [must::each(must::one_of(rules::CHECKS))])]
    pub skip_checks: List<String>,
    /// The userdata as text. Empty where there is nothing to say in mode `merge`; leave it out of the launch template
    /// then.
    #[attribute(computed)]
    pub rendered: Attr<String>,
    /// The userdata in base64, as the `user_data` of `aws_launch_template` takes it.
    #[attribute(computed)]
    pub rendered_base64: Attr<String>,
    /// The user data as text if `hybrid.ssm` is set, and null otherwise. It then contains the activation code, and `rendered`,
    /// `rendered_base64`, and `parts` are null.
    #[attribute(computed, sensitive)]
    pub rendered_sensitive: Attr<String>,
    /// Media type of the whole, such as `multipart/mixed`.
    #[attribute(computed)]
    pub content_type: Attr<String>,
    /// Size in bytes before base64. EC2 takes at most 16384.
    #[attribute(computed)]
    pub size_bytes: Attr<i64>,
    /// What the userdata is made of, in order.
    #[attribute(computed)]
    pub parts: List<PartOutput>,
}

/// A taint.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct TaintInput {
    /// Key of the taint.
    #[attribute(required)]
    pub key: Attr<String>,
    /// Value of the taint.
    #[attribute(optional)]
    pub value: Attr<String>,
    /// Effect of the taint: `NO_SCHEDULE`, `PREFER_NO_SCHEDULE` or `NO_EXECUTE`.
    #[attribute(required, validate = [must::one_of(rules::EFFECTS)])]
    pub effect: Attr<String>,
}

/// What becomes of the instance's own disks.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct InstanceStoreInput {
    /// `RAID0`: one array for images, containers and pods. `RAID10`: the same, mirrored, for at least four disks.
    /// `Mount`: each disk by itself.
    #[attribute(required, validate = [must::one_of(&["RAID0", "RAID10", "Mount"])])]
    pub strategy: Attr<String>,
    /// Where the disks are mounted. Only on Amazon Linux 2023.
    #[attribute(optional)]
    pub mount_path: Attr<String>,
    /// What stays on the root volume: `Containerd`, `PodLogs`, `SOCI`. Only on Amazon Linux 2023 and Bottlerocket.
    #[attribute(optional)]
    pub disabled_mounts: List<String>,
}

/// The way out of the network.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ProxyInput {
    /// URL of the proxy for `http`.
    #[attribute(optional)]
    pub http: Attr<String>,
    /// URL of the proxy for `https`.
    #[attribute(optional)]
    pub https: Attr<String>,
    /// Hosts, domains, addresses and blocks of addresses that are reached without a proxy.
    #[attribute(optional)]
    pub no_proxy: List<String>,
}

/// Name resolution.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct DnsInput {
    /// Addresses of the DNS servers that pods ask, such as those of NodeLocal DNSCache. They follow from `service_cidr`
    /// otherwise.
    #[attribute(optional)]
    pub cluster_ips: List<String>,
    /// Addresses of the DNS servers that the node itself asks. Only on Amazon Linux 2023 and Bottlerocket.
    #[attribute(optional)]
    pub nameservers: List<String>,
    /// Domains in which the node itself looks for short names. Only on Amazon Linux 2023 and Bottlerocket.
    #[attribute(optional)]
    pub domains: List<String>,
}

/// A MIME part.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ExtraPart {
    /// Media type, such as `text/cloud-config` or `text/x-shellscript`.
    #[attribute(required, validate = [must::length(1..=127)])]
    pub content_type: Attr<String>,
    /// The text. Conflicts with `content_base64`; one of the two is needed.
    #[attribute(optional)]
    pub content: Attr<String>,
    /// The bytes in base64, such as `filebase64` gives them, for what is no text.
    #[attribute(optional)]
    pub content_base64: Attr<String>,
    /// File name. cloud-init runs scripts in the order of their names, so better leave it out for those.
    #[attribute(optional, validate = [must::length(1..=255)])]
    pub filename: Attr<String>,
}

/// Flags of `bootstrap.sh`.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct BootstrapInput {
    /// How often it asks AWS for the cluster again.
    #[attribute(optional, validate = [must::between(0..=100)])]
    pub aws_api_retry_attempts: Attr<i64>,
    /// Whether it mounts `/sys/fs/bpf`.
    #[attribute(optional)]
    pub mount_bpf_fs: Attr<bool>,
    /// Account from which the pause image is pulled.
    #[attribute(optional, validate = [rules::account()])]
    pub pause_container_account: Attr<String>,
    /// Tag of the pause image.
    #[attribute(optional, validate = [rules::tag()])]
    pub pause_container_version: Attr<String>,
}

/// What only Windows has.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct WindowsInput {
    /// Blocks of IPv4 addresses outside the VPC to which pods speak with their own address.
    #[attribute(optional)]
    pub excluded_snat_cidrs: List<String>,
    /// More flags of kube-proxy, each `--name=value` or `--name`.
    #[attribute(optional)]
    pub kube_proxy_flags: List<String>,
}

/// What only hybrid nodes have.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct HybridInput {
    /// Region of the cluster.
    #[attribute(required)]
    pub region: Attr<String>,
    /// Credentials by a hybrid activation of Systems Manager. Conflicts with `iam_roles_anywhere`; one of the two is
    /// needed.
    #[attribute(optional)]
    pub ssm: Attr<SsmInput>,
    /// Credentials by IAM Roles Anywhere.
    #[attribute(optional)]
    pub iam_roles_anywhere: Attr<RolesAnywhereInput>,
    /// Whether the credentials are written to a file that pods can use, too.
    #[attribute(optional)]
    pub enable_credentials_file: Attr<bool>,
}

/// A hybrid activation.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct SsmInput {
    /// Activation code.
    #[attribute(required, sensitive)]
    pub activation_code: Attr<String>,
    /// Id of the activation.
    #[attribute(required)]
    pub activation_id: Attr<String>,
}

/// What IAM Roles Anywhere needs.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct RolesAnywhereInput {
    /// Name of the node, which its certificate has as common name.
    #[attribute(required)]
    pub node_name: Attr<String>,
    /// ARN of the trust anchor.
    #[attribute(required)]
    pub trust_anchor_arn: Attr<String>,
    /// ARN of the profile.
    #[attribute(required)]
    pub profile_arn: Attr<String>,
    /// ARN of the role.
    #[attribute(required)]
    pub role_arn: Attr<String>,
    /// Path of the certificate on the machine.
    #[attribute(required)]
    pub certificate_path: Attr<String>,
    /// Path of the private key on the machine.
    #[attribute(required)]
    pub private_key_path: Attr<String>,
    /// Path of the AWS configuration file that is written on the machine.
    #[attribute(optional)]
    pub aws_config_path: Attr<String>,
}

/// A part of the userdata.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct PartOutput {
    /// Media type.
    #[attribute(computed)]
    pub content_type: Attr<String>,
    /// File name, if it has one.
    #[attribute(computed)]
    pub filename: Attr<String>,
    /// The text as its reader gets it; null where the bytes are no text.
    #[attribute(computed)]
    pub content: Attr<String>,
    /// The bytes as their reader gets them, in base64.
    #[attribute(computed)]
    pub content_base64: Attr<String>,
}
