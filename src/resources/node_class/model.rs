//! The schema of `ekscompute_node_class` and `ekscompute_gpu_node_class`: the fields of both kinds of node class with
//! their original names.

use clients::kube::free_form;
use clients::kube::managed::StatusCondition;
use clients::kube::metadata;
use clients::names::cluster_name;
use framework::blocks::{ListBlock, SingleBlock};
use framework::identity::Identity;
use framework::model::{Attr, List, Map, Model, Set};
use framework::timeouts::CreateUpdateDelete;
use framework::validators as must;
use framework::value::Value;
use preflight::names::check_name_or_all;

pub(super) use super::parts::*;
pub(super) use super::status::*;
use super::values;

/// Manages a node class: a Karpenter `EC2NodeClass`, or a `NodeClass` of EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeClass {
    /// Name of the EKS cluster.
    #[attribute(required, validate = [cluster_name()])]
    pub cluster_name: Attr<String>,
    /// Name of the node class. With `controller = "auto_mode"`, the name `default` is reserved for EKS.
    #[attribute(required, replace, validate = [values::object_name()])]
    pub name: Attr<String>,
    /// Controller that launches the nodes. `karpenter` is a Karpenter installation that you manage. `auto_mode`
    /// is EKS Auto Mode.
    #[attribute(required, replace, validate = [must::one_of(&["karpenter", "auto_mode"])])]
    pub controller: Attr<String>,
    /// AWS Region of the cluster. Defaults to the Region set in the provider configuration.
    #[attribute(optional, computed, stable, validate = [clients::names::region()])]
    pub region: Attr<String>,
    /// Labels of the node class object. Nodes do not get these labels. Other labels of the object are left unchanged.
    #[attribute(optional, inert, validate = [must::each_key(metadata::label_key()), must::each(metadata::label_value())])]
    pub object_labels: Map<String>,
    /// Annotations of the node class object. Other annotations, such as those set by Karpenter, are left unchanged.
    #[attribute(optional, inert, validate = [must::each_key(metadata::annotation_key())])]
    pub object_annotations: Map<String>,
    /// Whether to force ownership of fields that another field manager sets to a different value. If `false`, a conflict is
    /// a warning at plan time and an error at apply time that lists the field manager and the fields. Manual changes to
    /// configured fields are reverted in both cases.
    #[attribute(optional, computed, inert, default = false)]
    pub force_conflicts: Attr<bool>,
    /// Whether to wait until the node class is ready after create and update operations. A node class is ready if its
    /// subnets, security groups, and AMIs are found and its permissions are verified.
    #[attribute(optional, computed, inert, default = true)]
    pub wait_for_ready: Attr<bool>,
    /// Names of preflight checks to skip for this node class, or `all`.
    #[attribute(optional, inert, validate = [must::each(check_name_or_all())])]
    pub skip_preflight: Set<String>,

    /// Name of the IAM role of the nodes, without its path. Karpenter creates an instance profile for the role. Exactly one
    /// of `role` or `instance_profile` must be set. Changing the role replaces the nodes.
    #[attribute(optional, validate = [values::role_name()])]
    pub role: Attr<String>,
    /// Name of an existing instance profile of the nodes. Conflicts with `role`. Changing it replaces the nodes.
    #[attribute(optional, validate = [values::instance_profile_name()])]
    pub instance_profile: Attr<String>,
    /// Configuration block for a term that selects subnets of the nodes. Nodes use subnets that match any term. At
    /// least one block is required.
    #[block(max = 30)]
    pub subnet_selector_term: ListBlock<SubnetSelectorTerm>,
    /// Configuration block for a term that selects security groups of the nodes. Nodes get all security groups that
    /// match any term. At least one block is required.
    #[block(max = 30)]
    pub security_group_selector_term: ListBlock<SecurityGroupSelectorTerm>,
    /// Configuration block for a term that selects capacity reservations. Nodes can be launched in capacity reservations
    /// that match any term.
    #[block(max = 30)]
    pub capacity_reservation_selector_term: ListBlock<CapacityReservationSelectorTerm>,
    /// Configuration block for the placement group of the nodes. Changing it replaces the nodes.
    #[block]
    pub placement_group_selector: SingleBlock<PlacementGroupSelector>,
    /// Tags of instances, volumes, and launch templates. In EKS Auto Mode, custom tags require an additional policy on
    /// the cluster role. Changing the tags replaces the nodes.
    #[attribute(optional, validate = [must::size_between(0..=50), must::each_key(values::tag_key())])]
    pub tags: Map<String>,

    /// Configuration block for a term that selects AMIs of the nodes. Nodes use AMIs that match any term. If unset, the
    /// node class uses `default_ami_alias`. Only supported with `controller = "karpenter"`.
    #[block(max = 30)]
    pub ami_selector_term: ListBlock<AmiSelectorTerm>,
    /// Family of the AMIs, which determines the format of the user data. Required if no `ami_selector_term` has an alias.
    /// With an alias, it must be the family of the alias or `Custom`. Only supported with `controller = "karpenter"`.
    /// Changing it replaces the nodes.
    #[attribute(optional, validate = [must::one_of(values::FAMILIES)])]
    pub ami_family: Attr<String>,
    /// Whether to add the default volumes for GPU nodes. They include an encrypted gp3 volume of 300 GiB for images and
    /// pods, because CUDA images exceed the 20 GiB default of Karpenter. Supported with the AMI families AL2, AL2023,
    /// and Bottlerocket if there is no `block_device_mapping` block. Defaults to `true` in this case. `false` uses the
    /// default volumes of Karpenter, and is kept if the argument is removed later. Only supported with `controller =
    /// "karpenter"`. Changing it replaces the nodes.
    #[attribute(optional, computed)]
    pub default_volume: Attr<bool>,
    /// Configuration block for a volume of the nodes. These blocks replace all default volumes. Only supported with
    /// `controller = "karpenter"`. Changing the volumes replaces the nodes.
    #[block(max = 50)]
    pub block_device_mapping: ListBlock<BlockDeviceMapping>,
    /// Policy for the NVMe instance store volumes. `RAID0` stores images and pods on them. If unset, they are not used. Only
    /// supported with `controller = "karpenter"`. Changing it replaces the nodes.
    #[attribute(optional, validate = [must::one_of(&["RAID0"])])]
    pub instance_store_policy: Attr<String>,
    /// Configuration block for a network interface of each node, such as an EFA device. Only supported with
    /// `controller = "karpenter"`; EKS Auto Mode supports it in `advanced_networking`. Changing the network interfaces
    /// replaces the nodes.
    #[block(max = 150)]
    pub network_interface: ListBlock<NetworkInterface>,
    /// Whether nodes have public IP addresses. Defaults to the setting of the subnet. Only supported with
    /// `controller = "karpenter"`; EKS Auto Mode supports it in `advanced_networking`. Changing it replaces the nodes.
    #[attribute(optional)]
    pub associate_public_ip_address: Attr<bool>,
    /// Number of address prefixes of the primary network interface. Only supported with `controller = "karpenter"`, version
    /// 1.8 and later.
    #[attribute(optional, validate = [must::between(0..=2_147_483_647)])]
    pub ip_prefix_count: Attr<i64>,
    /// Fields of the `KubeletConfiguration` of the nodes in camelCase, such as `{ maxPods = 110 }`. Karpenter versions
    /// before 1.15 support only `clusterDNS`, `maxPods`, `podsPerCore`, `systemReserved`, `kubeReserved`,
    /// `evictionHard`, `evictionSoft`, `evictionSoftGracePeriod`, `evictionMaxPodGracePeriod`,
    /// `imageGCHighThresholdPercent`, `imageGCLowThresholdPercent`, and `cpuCFSQuota`. Only supported with `controller
    /// = "karpenter"`. Changing it replaces the nodes.
    #[attribute(optional, equivalent = values::same_kubelet)]
    pub kubelet: Attr<Value>,
    /// Configuration block for the instance metadata service. Unset arguments have the Karpenter defaults: IMDSv2 with a hop
    /// limit of 1, which pods cannot reach. Only supported with `controller = "karpenter"`. Changing it replaces the nodes.
    #[block]
    pub metadata_options: SingleBlock<MetadataOptions>,
    /// Configuration block for the idle timeouts of tracked connections. Only supported with `controller = "karpenter"`,
    /// version 1.13 and later. Changing it replaces the nodes.
    #[block]
    pub connection_tracking: SingleBlock<ConnectionTracking>,
    /// Configuration block for CPU options. Only supported with `controller = "karpenter"`, version 1.13 and later. Changing
    /// it replaces the nodes.
    #[block]
    pub cpu_options: SingleBlock<CpuOptions>,
    /// Configuration block for AWS Nitro Enclaves. Only supported with `controller = "karpenter"`, version 1.15 and later.
    /// Changing it replaces the nodes.
    #[block]
    pub enclave_options: SingleBlock<EnclaveOptions>,
    /// Whether to enable detailed CloudWatch monitoring with metrics every minute. Only supported with
    /// `controller = "karpenter"`. Changing it replaces the nodes.
    #[attribute(optional)]
    pub detailed_monitoring: Attr<bool>,
    /// Context parameter of EC2 CreateFleet requests, which is reserved by AWS. Only supported with
    /// `controller = "karpenter"`. Changing it replaces the nodes.
    #[attribute(optional)]
    pub context: Attr<String>,
    /// User data in the format of the AMI family. AL2 and AL2023 support a MIME multipart document or a shell script,
    /// and AL2023 also supports a `NodeConfig`. Bottlerocket requires TOML, and Windows requires PowerShell without
    /// tags. Karpenter merges it with its own user data. Only supported with `controller = "karpenter"`. Changing it
    /// replaces the nodes.
    #[attribute(optional)]
    pub user_data: Attr<String>,

    /// Configuration block for a term that selects subnets of the pods, if pods and nodes use different subnets. Requires
    /// `pod_security_group_selector_term`. Only supported with `controller = "auto_mode"`.
    #[block(max = 30)]
    pub pod_subnet_selector_term: ListBlock<SubnetSelectorTerm>,
    /// Configuration block for a term that selects security groups of the pods. Requires `pod_subnet_selector_term`. Only
    /// supported with `controller = "auto_mode"`.
    #[block(max = 30)]
    pub pod_security_group_selector_term: ListBlock<SecurityGroupSelectorTerm>,
    /// Source NAT policy for traffic that leaves the VPC. `Random` uses the IP address of the node and a random port.
    /// EKS defaults to `Random`. Only supported with `controller = "auto_mode"`.
    #[attribute(optional, validate = [must::one_of(&["Random", "Disabled"])])]
    pub snat_policy: Attr<String>,
    /// Default action for pods that no network policy selects. EKS defaults to `DefaultAllow`. Only supported with
    /// `controller = "auto_mode"`.
    #[attribute(optional, validate = [must::one_of(&["DefaultAllow", "DefaultDeny"])])]
    pub network_policy: Attr<String>,
    /// Whether nodes log network policy decisions. EKS defaults to `Disabled`. Only supported with `controller =
    /// "auto_mode"`.
    #[attribute(optional, validate = [must::one_of(&["Enabled", "Disabled"])])]
    pub network_policy_event_logs: Attr<String>,
    /// Configuration block for the volume of images and pods. If it is smaller than the NVMe instance store volumes, nodes
    /// use the instance store volumes instead. Only supported with `controller = "auto_mode"`.
    #[block]
    pub ephemeral_storage: SingleBlock<EphemeralStorage>,
    /// Configuration block for IP addresses, proxies, and network interfaces. Only supported with
    /// `controller = "auto_mode"`.
    #[block]
    pub advanced_networking: SingleBlock<AdvancedNetworking>,
    /// Configuration block for FIPS and kernel lockdown. Only supported with `controller = "auto_mode"`.
    #[block]
    pub advanced_security: SingleBlock<AdvancedSecurity>,
    /// Configuration block for a certificate that nodes trust. Only supported with `controller = "auto_mode"`.
    #[block]
    pub certificate_bundle: ListBlock<CertificateBundle>,
    /// Fields of the node class spec for which this resource has no argument, in camelCase, such as
    /// `{ newField = { enabled = true } }`. They are owned and compared like all other arguments. A field that has an
    /// argument is an error.
    #[attribute(optional, equivalent = free_form::same_values)]
    pub additional_spec: Attr<Value>,

    /// Alias of the AMIs if there is no `ami_selector_term`: `al2023@latest`, or `bottlerocket@latest` with the AMI family
    /// `Bottlerocket`. Each new AMI release then replaces the nodes.
    #[attribute(computed, changes_with = ["ami_selector_term", "ami_family", "controller"])]
    pub default_ami_alias: Attr<String>,
    /// AMIs that the node class selects.
    #[attribute(computed, changes_with = ["ami_selector_term", "ami_family", "additional_spec", "previous_field_managers"])]
    pub resolved_amis: List<ResolvedAmi>,
    /// Subnets that the node class selects.
    #[attribute(computed, changes_with = ["subnet_selector_term", "additional_spec", "previous_field_managers"])]
    pub resolved_subnets: List<ResolvedSubnet>,
    /// Security groups that the node class selects.
    #[attribute(computed, changes_with = ["security_group_selector_term", "additional_spec", "previous_field_managers"])]
    pub resolved_security_groups: List<ResolvedSecurityGroup>,
    /// Capacity reservations that the node class selects.
    #[attribute(computed, changes_with = ["capacity_reservation_selector_term", "additional_spec", "previous_field_managers"])]
    pub resolved_capacity_reservations: List<ResolvedCapacityReservation>,
    /// Instance profile of the nodes.
    #[attribute(computed, changes_with = ["role", "instance_profile", "previous_field_managers"])]
    pub resolved_instance_profile: Attr<String>,
    /// Status conditions of the node class.
    #[attribute(computed)]
    pub conditions: List<StatusCondition>,
    /// Generation of the object, incremented on every change to its spec.
    #[attribute(computed)]
    pub generation: Attr<i64>,
    /// UID of the object. Changes if the object is deleted and recreated.
    #[attribute(computed, stable)]
    pub uid: Attr<String>,
    /// Field managers of the provider from which the state was moved. The next apply transfers ownership of their fields.
    #[attribute(computed, stable)]
    pub previous_field_managers: List<String>,
    /// ID of the node class in the format `cluster_name/controller/name`.
    #[attribute(computed, stable)]
    pub id: Attr<String>,
    /// Configuration block for operation timeouts. `create` and `update` default to `5m`, and `delete` defaults to
    /// `10m`.
    #[block(inert)]
    pub timeouts: SingleBlock<CreateUpdateDelete>,
}

/// Identity of a node class.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NodeClassIdentity {
    /// Name of the EKS cluster.
    #[attribute(required)]
    pub cluster_name: Attr<String>,
    /// Controller that launches the nodes: `karpenter` or `auto_mode`.
    #[attribute(required)]
    pub controller: Attr<String>,
    /// Name of the node class.
    #[attribute(required)]
    pub name: Attr<String>,
    /// AWS Region of the cluster.
    #[attribute(optional)]
    pub region: Attr<String>,
}

impl Identity for NodeClassIdentity {}
