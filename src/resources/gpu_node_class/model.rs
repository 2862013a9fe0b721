//! The schema of `ekscompute_gpu_node_class`: the fields of both kinds of node class under their own names.

use clients::kube::managed::StatusCondition;
use clients::names::cluster_name;
use framework::blocks::SingleBlock;
use framework::identity::Identity;
use framework::model::{Attr, List, Map, Model, Set};
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;
use preflight::names::check_name_or_all;

pub(super) use super::parts::*;
pub(super) use super::status::*;
use super::values;

/// Manages a node class for GPU nodes: a Karpenter `EC2NodeClass`, or a `NodeClass` of EKS Auto Mode. It says from which
/// AMI, in which subnets and with which role and disks nodes are launched.
///
/// The arguments are the fields of the kind in lower case with underscores, so that a manifest is written down as it stands.
/// Only what is given is sent, and owned: fields that others set stay theirs. The cluster, and what installs the kind, may be
/// made in the same apply: the chart `karpenter-crd` for Karpenter, `compute_config` of the cluster for EKS Auto Mode.
///
/// The plan checks it against AWS: that the AMIs of the alias exist, that role or instance profile exist and may join the
/// cluster, and that the terms select something. The [guide to preflight checks](../guides/preflight.md) lists the checks.
///
/// Karpenter and EKS Auto Mode replace running nodes when what they were launched from changes; the plan warns of that.
///
/// A `moved` block takes over the state of `kubernetes_manifest` (hashicorp/kubernetes) and of `kubectl_manifest`
/// (gavinbunney/kubectl, alekc/kubectl). Those do not store the cluster, so that the next plan is an update that adds it. The
/// apply takes over the fields that the other provider owned under its field manager, so that what is removed from the
/// configuration later is also removed from the node class.
///
/// An import does not do that. Whoever has written the node class, such as `kubectl apply`, Helm or Argo CD, goes on owning
/// its fields, and the first apply shares those that have the same value. A later change of a shared field is an error of the
/// plan that names the other manager; `force_conflicts = true` takes that field over. What is removed from the configuration
/// stays in the node class as long as the other one owns it.
///
/// An existing node class is never adopted. The plan reports it and the apply fails, with the import block that brings it under
/// management. If two states create a node class with the same name, one succeeds and the other one fails. After an interrupted
/// apply, the next one in the same directory and workspace continues the creation. The proof is a record of the creation in the
/// data directory (`.terraform/ekscompute/creations`).
///
/// The caller needs `eks:DescribeCluster`, and in the cluster the verbs `get`, `list`, `create`, `patch` and `delete` for
/// `ec2nodeclasses` of `karpenter.k8s.aws` or `nodeclasses` of `eks.amazonaws.com`. With `list` for `nodeclaims` of
/// `karpenter.sh`, an error says which nodes hold a deletion back.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuNodeClass {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the node class. That of EKS Auto Mode may not be `default`, which is EKS's own.
    #[attribute(required, replace, validate = [values::object_name()])]
    pub name: Attr<String>,
    /// Who launches the nodes: `karpenter` for a Karpenter that you have installed, `auto_mode` for EKS Auto Mode.
    #[attribute(required, replace, validate = [must::one_of(&["karpenter", "auto_mode"])])]
    pub controller: Attr<String>,
    /// Region of the cluster; without it, the region of the provider.
    #[attribute(optional, computed, stable, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Labels of the node class itself, not of its nodes. Others that it has stay as they are.
    #[attribute(optional, inert, validate = [must::each_key(values::label_key()), must::each(values::label_value())])]
    pub labels: Map<String>,
    /// Annotations of the node class itself. Others that it has, such as those of Karpenter, stay as they are.
    #[attribute(optional, inert, validate = [must::each_key(values::own_annotation_key())])]
    pub annotations: Map<String>,
    /// Takes fields over that another manager declares with other values. Without it that is an error which names the manager
    /// and the fields. Edits by hand of what this resource owns are set back without it.
    #[attribute(optional, computed, inert, default = false)]
    pub force_conflicts: Attr<bool>,
    /// Whether creation and updates wait until the node class is ready: subnets, security groups and AMIs are found, and its
    /// permissions are checked.
    #[attribute(optional, computed, inert, default = true)]
    pub wait_for_ready: Attr<bool>,

    /// Names of preflight checks to leave out for this node class, or `all`. The guide to preflight checks lists them. A
    /// change calls nothing.
    #[attribute(optional, inert, validate = [must::each(check_name_or_all())])]
    pub skip_preflight: Set<String>,

    /// Name of the IAM role of the nodes, without path; not its ARN. Karpenter makes an instance profile for it. Either this
    /// or `instance_profile`. A change replaces nodes.
    #[attribute(optional, validate = [values::role_name()])]
    pub role: Attr<String>,
    /// Name of an existing instance profile, not its ARN. Conflicts with `role`. A change replaces the nodes.
    #[attribute(optional, validate = [values::instance_profile_name()])]
    pub instance_profile: Attr<String>,
    /// Subnets of the nodes: those that any of the terms selects.
    #[attribute(required, validate = [must::size(1..=30)])]
    pub subnet_selector_terms: List<SubnetSelectorTerm>,
    /// Security groups of the nodes: those that any of the terms selects.
    #[attribute(required, validate = [must::size(1..=30)])]
    pub security_group_selector_terms: List<SecurityGroupSelectorTerm>,
    /// Capacity reservations in which nodes may be launched: those that any of the terms selects.
    #[attribute(optional, validate = [must::size(1..=30)])]
    pub capacity_reservation_selector_terms: List<CapacityReservationSelectorTerm>,
    /// Placement group of the nodes. A change replaces nodes.
    #[attribute(optional)]
    pub placement_group_selector: Attr<PlacementGroupSelector>,
    /// Tags of instances, volumes and launch templates. With EKS Auto Mode, tags of your own need an additional policy of
    /// the cluster's role. A change replaces nodes.
    #[attribute(optional, validate = [must::size(0..=50), must::each_key(values::tag_key())])]
    pub tags: Map<String>,

    /// AMIs of the nodes: those that any of the terms selects. With an alias, GPU nodes get the variant of it with the NVIDIA
    /// driver. Without it, a new node class has the alias `al2023@latest`, or `bottlerocket@latest` with that `ami_family`;
    /// each new release then replaces nodes. `karpenter` only.
    #[attribute(optional, computed, validate = [must::size(1..=30)])]
    pub ami_selector_terms: List<AmiSelectorTerm>,
    /// Family of the AMIs, which decides how their userdata is written: `AL2`, `AL2023`, `Bottlerocket`, `Custom`,
    /// `Windows2019`, `Windows2022` or `Windows2025`. Needed without an alias; with one it is that of the alias, or `Custom`.
    /// `karpenter` only. A change replaces nodes.
    #[attribute(optional, validate = [must::one_of(values::FAMILIES)])]
    pub ami_family: Attr<String>,
    /// Volumes of the nodes. Without it, a new node class of the families AL2, AL2023 and Bottlerocket has an encrypted gp3
    /// volume of 300Gi where images and pods are, because CUDA images soon fill Karpenter's own default of 20Gi. A volume that
    /// does not say `encrypted` is encrypted only if the account's default is. `karpenter` only. A change replaces nodes.
    #[attribute(optional, computed, validate = [must::size(0..=50)])]
    pub block_device_mappings: List<BlockDeviceMapping>,
    /// `RAID0` to hold images and pods on the instance's own NVMe disks, where it has some. Without it they are not touched.
    /// `karpenter` only. A change replaces nodes.
    #[attribute(optional, validate = [must::one_of(&["RAID0"])])]
    pub instance_store_policy: Attr<String>,
    /// Network interfaces of each node, for instance for EFA. `karpenter` only; EKS Auto Mode has them in
    /// `advanced_networking`. A change replaces nodes.
    #[attribute(optional, validate = [must::size(0..=150)])]
    pub network_interfaces: List<NetworkInterface>,
    /// Whether nodes have public addresses; without it, as the subnet says. `karpenter` only; EKS Auto Mode has it in
    /// `advanced_networking`. A change replaces nodes.
    #[attribute(optional)]
    pub associate_public_ip_address: Attr<bool>,
    /// Number of address prefixes of the primary interface. `karpenter` only.
    #[attribute(optional, validate = [must::between(0..=2_147_483_647)])]
    pub ip_prefix_count: Attr<i64>,
    /// Settings of the kubelet. `karpenter` only. A change replaces nodes.
    #[attribute(optional)]
    pub kubelet: Attr<Kubelet>,
    /// Access to the instance metadata. What is not given is the server's default: IMDSv2 with a hop limit of 1, which pods
    /// cannot reach. `karpenter` only. A change replaces nodes.
    #[attribute(optional)]
    pub metadata_options: Attr<MetadataOptions>,
    /// Idle timeouts of tracked connections; at least one. `karpenter` only. A change replaces nodes.
    #[attribute(optional)]
    pub connection_tracking: Attr<ConnectionTracking>,
    /// Options of the processor. `karpenter` only. A change replaces nodes.
    #[attribute(optional)]
    pub cpu_options: Attr<CpuOptions>,
    /// Whether CloudWatch has metrics of the nodes every minute. `karpenter` only. A change replaces nodes.
    #[attribute(optional)]
    pub detailed_monitoring: Attr<bool>,
    /// Passed on to EC2's CreateFleet, where it is reserved. `karpenter` only. A change replaces nodes.
    #[attribute(optional)]
    pub context: Attr<String>,
    /// User data in the format of the AMI family, which Karpenter merges with its own: a MIME multipart or a shell script for
    /// AL2 and AL2023, a `NodeConfig` for AL2023, TOML for Bottlerocket, and PowerShell without tags for Windows. The plan
    /// validates it. `karpenter` only. A change replaces nodes.
    #[attribute(optional)]
    pub user_data: Attr<String>,

    /// Subnets of the pods, if they are others than those of the nodes. `auto_mode` only; together with
    /// `pod_security_group_selector_terms`.
    #[attribute(optional, validate = [must::size(1..=30)])]
    pub pod_subnet_selector_terms: List<SubnetSelectorTerm>,
    /// Security groups of the pods. `auto_mode` only; together with `pod_subnet_selector_terms`.
    #[attribute(optional, validate = [must::size(1..=30)])]
    pub pod_security_group_selector_terms: List<SecurityGroupSelectorTerm>,
    /// Whether pods leave the VPC with the node's address: `Random` or `Disabled`. `auto_mode` only.
    #[attribute(optional, validate = [must::one_of(&["Random", "Disabled"])])]
    pub snat_policy: Attr<String>,
    /// What network policies leave open: `DefaultAllow` or `DefaultDeny`. `auto_mode` only.
    #[attribute(optional, validate = [must::one_of(&["DefaultAllow", "DefaultDeny"])])]
    pub network_policy: Attr<String>,
    /// Whether nodes log what network policies decide: `Enabled` or `Disabled`. `auto_mode` only.
    #[attribute(optional, validate = [must::one_of(&["Enabled", "Disabled"])])]
    pub network_policy_event_logs: Attr<String>,
    /// The volume for images and pods. Where it is smaller than the instance's own NVMe disks, those are used instead.
    /// `auto_mode` only.
    #[attribute(optional)]
    pub ephemeral_storage: Attr<EphemeralStorage>,
    /// Addresses, proxies and interfaces. `auto_mode` only.
    #[attribute(optional)]
    pub advanced_networking: Attr<AdvancedNetworking>,
    /// FIPS and kernel lockdown. `auto_mode` only.
    #[attribute(optional)]
    pub advanced_security: Attr<AdvancedSecurity>,
    /// Certificates that nodes trust. `auto_mode` only.
    #[attribute(optional)]
    pub certificate_bundles: List<CertificateBundle>,

    /// AMIs that are selected now.
    #[attribute(computed, changes_with = ["ami_selector_terms", "ami_family", "previous_field_managers"])]
    pub resolved_amis: List<ResolvedAmi>,
    /// Subnets that are selected now.
    #[attribute(computed, changes_with = ["subnet_selector_terms", "previous_field_managers"])]
    pub resolved_subnets: List<ResolvedSubnet>,
    /// Security groups that are selected now.
    #[attribute(computed, changes_with = ["security_group_selector_terms", "previous_field_managers"])]
    pub resolved_security_groups: List<ResolvedSecurityGroup>,
    /// Capacity reservations that are selected now.
    #[attribute(computed, changes_with = ["capacity_reservation_selector_terms", "previous_field_managers"])]
    pub resolved_capacity_reservations: List<ResolvedCapacityReservation>,
    /// Instance profile that nodes are launched with.
    #[attribute(computed, changes_with = ["role", "instance_profile", "previous_field_managers"])]
    pub resolved_instance_profile: Attr<String>,
    /// What the controller says of the node class.
    #[attribute(computed)]
    pub conditions: List<StatusCondition>,
    /// Generation of the object, which every change of its fields raises.
    #[attribute(computed)]
    pub generation: Attr<i64>,
    /// Uid of the object. One that is deleted and made again by somebody else has another.
    #[attribute(computed, stable)]
    pub uid: Attr<String>,
    /// Managers of another provider, from which the state was moved: the next apply takes over what they declare.
    #[attribute(computed, stable)]
    pub previous_field_managers: List<String>,
    /// `cluster_name/controller/name`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// How long each operation may take; 5 minutes to create or update, 10 to delete by default.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// What identifies a node class.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct GpuNodeClassIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// `karpenter` or `auto_mode`.
    #[attribute(required)]
    pub controller: Attr<String>,
    /// Name of the node class.
    #[attribute(required)]
    pub name: Attr<String>,
    /// Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for GpuNodeClassIdentity {}
