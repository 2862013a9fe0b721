//! The objects that stand in a node class.

use framework::model::{Attr, List, Map, Model};
use framework::validators as must;

use super::values::{self, same_durations, same_quantities, same_quantity};

/// Selects subnets, by id or by tags.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct SubnetSelectorTerm {
    /// Id of a subnet. It stands alone.
    #[attribute(optional, validate = [values::id_with("subnet-")])]
    pub id: Attr<String>,
    /// Tags that a subnet has, all of them. The value `*` stands for any.
    #[attribute(optional, validate = [must::size(0..=20), values::selecting_tags()])]
    pub tags: Map<String>,
}

/// Selects security groups, by id, name or tags.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct SecurityGroupSelectorTerm {
    /// Id of a security group. It stands alone.
    #[attribute(optional, validate = [values::id_with("sg-")])]
    pub id: Attr<String>,
    /// Name of a security group, which is not its tag `Name`. It stands alone.
    #[attribute(optional)]
    pub name: Attr<String>,
    /// Tags that a security group has, all of them. The value `*` stands for any.
    #[attribute(optional, validate = [must::size(0..=20), values::selecting_tags()])]
    pub tags: Map<String>,
}

/// Selects AMIs. Several arguments of a term must all be true of an AMI.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AmiSelectorTerm {
    /// EKS optimised AMI as `family@version`, such as `al2023@v20260801` or `bottlerocket@latest`. It stands alone, and is
    /// the only term. The families of Windows have only `latest`. With `latest`, each new release replaces nodes.
    #[attribute(optional, validate = [must::length(0..=30), values::alias_format(), values::alias_family(), values::alias_of_windows()])]
    pub alias: Attr<String>,
    /// Id of an AMI. It stands alone.
    #[attribute(optional, validate = [values::id_with("ami-")])]
    pub id: Attr<String>,
    /// Name of an AMI, which is not its tag `Name`. Without `owner`, those of the account itself and of Amazon are found.
    #[attribute(optional)]
    pub name: Attr<String>,
    /// Owner of the AMI: an account id, `self`, `amazon` or `aws-marketplace`.
    #[attribute(optional)]
    pub owner: Attr<String>,
    /// Tags that an AMI has, all of them. The value `*` stands for any.
    #[attribute(optional, validate = [must::size(0..=20), values::selecting_tags()])]
    pub tags: Map<String>,
    /// Name or ARN of an SSM parameter that holds the id of an AMI.
    #[attribute(optional)]
    pub ssm_parameter: Attr<String>,
}

/// Selects capacity reservations, by id or by tags and what else is given.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct CapacityReservationSelectorTerm {
    /// Id of a capacity reservation. It stands alone.
    #[attribute(optional, validate = [values::id_with("cr-")])]
    pub id: Attr<String>,
    /// Tags that a capacity reservation has, all of them. The value `*` stands for any.
    #[attribute(optional, validate = [must::size(0..=20), values::selecting_tags()])]
    pub tags: Map<String>,
    /// `open` or `targeted`. `karpenter` only.
    #[attribute(optional, validate = [must::one_of(&["open", "targeted"])])]
    pub instance_match_criteria: Attr<String>,
    /// Account that owns the reservations. Karpenter calls it `ownerID`, EKS Auto Mode `owner`.
    #[attribute(optional, validate = [values::account_id()])]
    pub owner_id: Attr<String>,
}

/// Selects a placement group, by id or by name.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct PlacementGroupSelector {
    /// Id of the placement group.
    #[attribute(optional, validate = [values::id_with("pg-")])]
    pub id: Attr<String>,
    /// Name of the placement group.
    #[attribute(optional, validate = [must::length(1..=usize::MAX)])]
    pub name: Attr<String>,
}

/// A volume.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct BlockDeviceMapping {
    /// Name of the device. Images and pods are on `/dev/xvda` with AL2 and AL2023, on `/dev/xvdb` with Bottlerocket.
    #[attribute(optional)]
    pub device_name: Attr<String>,
    /// Whether the kubelet's folder is on it; at most one volume.
    #[attribute(optional)]
    pub root_volume: Attr<bool>,
    /// The EBS volume.
    #[attribute(optional)]
    pub ebs: Attr<EbsVolume>,
}

/// An EBS volume. `volume_size` or `snapshot_id` is needed.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct EbsVolume {
    /// Size with the unit `Gi`, `G`, `Ti` or `T`, such as `300Gi`. Compared by value: `1Ti` is `1024Gi`.
    #[attribute(optional, equivalent = same_quantity, validate = [values::volume_size_of_karpenter()])]
    pub volume_size: Attr<String>,
    /// Type: `standard`, `io1`, `io2`, `gp2`, `sc1`, `st1` or `gp3`.
    #[attribute(optional, validate = [must::one_of(&["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"])])]
    pub volume_type: Attr<String>,
    /// Whether it is encrypted; without it, as the account's default says.
    #[attribute(optional)]
    pub encrypted: Attr<bool>,
    /// KMS key for the encryption.
    #[attribute(optional)]
    pub kms_key_id: Attr<String>,
    /// Operations per second.
    #[attribute(optional)]
    pub iops: Attr<i64>,
    /// Throughput in MiB/s, for `gp3`.
    #[attribute(optional)]
    pub throughput: Attr<i64>,
    /// Whether it goes with the instance.
    #[attribute(optional)]
    pub delete_on_termination: Attr<bool>,
    /// Id of the snapshot that it is made from.
    #[attribute(optional)]
    pub snapshot_id: Attr<String>,
    /// How fast it is filled from the snapshot, in MiB/s. Needs `snapshot_id`.
    #[attribute(optional, validate = [must::between(100..=300)])]
    pub volume_initialization_rate: Attr<i64>,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NetworkInterface {
    /// Index of the network card.
    #[attribute(required, validate = [must::between(0..=2_147_483_647)])]
    pub network_card_index: Attr<i64>,
    /// Index of the device on the card.
    #[attribute(required, validate = [must::between(0..=2_147_483_647)])]
    pub device_index: Attr<i64>,
    /// `interface`, or `efa-only` for an EFA device without address. Card 0, device 0 is an `interface`, and a card has one
    /// EFA device at most.
    #[attribute(required, validate = [must::one_of(&["interface", "efa-only"])])]
    pub interface_type: Attr<String>,
}

/// Settings of the kubelet.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct Kubelet {
    /// Addresses of the cluster's DNS.
    #[attribute(optional, name = "cluster_dns")]
    pub cluster_dns: List<String>,
    /// Most pods on a node.
    #[attribute(optional, validate = [must::between(0..=2_147_483_647)])]
    pub max_pods: Attr<i64>,
    /// Most pods for each processor core.
    #[attribute(optional, validate = [must::between(0..=2_147_483_647)])]
    pub pods_per_core: Attr<i64>,
    /// Reserved for the system: quantities of `cpu`, `memory`, `ephemeral-storage` and `pid`.
    #[attribute(optional, equivalent = same_quantities, validate = [must::each_key(values::reserved_key()), must::each(values::amount())])]
    pub system_reserved: Map<String>,
    /// Reserved for Kubernetes itself: quantities of `cpu`, `memory`, `ephemeral-storage` and `pid`.
    #[attribute(optional, equivalent = same_quantities, validate = [must::each_key(values::reserved_key()), must::each(values::amount())])]
    pub kube_reserved: Map<String>,
    /// Thresholds at which pods are evicted at once: quantities or percentages of `memory.available`, `nodefs.available`,
    /// `nodefs.inodesFree`, `imagefs.available`, `imagefs.inodesFree` and `pid.available`.
    #[attribute(optional, equivalent = same_quantities, validate = [must::each_key(values::eviction_signal()), must::each(values::threshold())])]
    pub eviction_hard: Map<String>,
    /// Thresholds at which pods are evicted after their grace period.
    #[attribute(optional, equivalent = same_quantities, validate = [must::each_key(values::eviction_signal()), must::each(values::threshold())])]
    pub eviction_soft: Map<String>,
    /// Grace periods of `eviction_soft`: one for each of its keys, and no others.
    #[attribute(optional, equivalent = same_durations, validate = [must::each_key(values::eviction_signal()), must::each(must::go_duration())])]
    pub eviction_soft_grace_period: Map<String>,
    /// Longest grace period of a pod that a soft threshold evicts, in seconds.
    #[attribute(optional, validate = [must::between(0..=2_147_483_647)])]
    pub eviction_max_pod_grace_period: Attr<i64>,
    /// Percentage of disk use above which unused images are always deleted.
    #[attribute(optional, validate = [must::between(0..=100)])]
    pub image_gc_high_threshold_percent: Attr<i64>,
    /// Percentage of disk use down to which unused images are deleted; less than the high threshold.
    #[attribute(optional, validate = [must::between(0..=100)])]
    pub image_gc_low_threshold_percent: Attr<i64>,
    /// Whether limits of processor time are enforced.
    #[attribute(optional)]
    pub cpu_cfs_quota: Attr<bool>,
}

/// Access to the instance metadata.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct MetadataOptions {
    /// `enabled` or `disabled`; the server's default is `enabled`.
    #[attribute(optional, validate = [must::one_of(&["enabled", "disabled"])])]
    pub http_endpoint: Attr<String>,
    /// Access by IPv6: `enabled` or `disabled`; the server's default is `disabled`.
    #[attribute(optional, validate = [must::one_of(&["enabled", "disabled"])])]
    pub http_protocol_ipv6: Attr<String>,
    /// Hops that an answer may take; the server's default is 1. Pods that read metadata need 2.
    #[attribute(optional, validate = [must::between(1..=64)])]
    pub http_put_response_hop_limit: Attr<i64>,
    /// `required` for IMDSv2 only, which is the server's default, or `optional`.
    #[attribute(optional, validate = [must::one_of(&["required", "optional"])])]
    pub http_tokens: Attr<String>,
}

/// Idle timeouts of tracked connections, in seconds.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ConnectionTracking {
    /// Of established TCP connections.
    #[attribute(optional, validate = [must::between(60..=432_000)])]
    pub tcp_established_timeout: Attr<i64>,
    /// Of UDP flows with more than one request and response.
    #[attribute(optional, validate = [must::between(60..=180)])]
    pub udp_stream_timeout: Attr<i64>,
    /// Of other UDP flows.
    #[attribute(optional, validate = [must::between(30..=60)])]
    pub udp_timeout: Attr<i64>,
}

/// Options of the processor.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct CpuOptions {
    /// `enabled` or `disabled`. Enabled, only instance types that can nest virtual machines are launched.
    #[attribute(optional, validate = [must::one_of(&["enabled", "disabled"])])]
    pub nested_virtualization: Attr<String>,
}

/// The volume for images and pods of EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct EphemeralStorage {
    /// Size with the unit `Gi`, `G`, `Ti` or `T`; EKS's default is `80Gi`. Compared by value.
    #[attribute(optional, equivalent = same_quantity, validate = [values::volume_size()])]
    pub size: Attr<String>,
    /// Operations per second; EKS's default is 3000.
    #[attribute(optional, validate = [must::between(3000..=16_000)])]
    pub iops: Attr<i64>,
    /// Throughput in MiB/s; EKS's default is 125.
    #[attribute(optional, validate = [must::between(125..=1000)])]
    pub throughput: Attr<i64>,
    /// KMS key of this and of the root volume: id, ARN, alias or ARN of an alias.
    #[attribute(optional)]
    pub kms_key_id: Attr<String>,
}

/// Addresses, proxies and interfaces of EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AdvancedNetworking {
    /// Whether nodes have public addresses; not with more than one interface.
    #[attribute(optional)]
    pub associate_public_ip_address: Attr<bool>,
    /// Proxy for HTTPS.
    #[attribute(optional, validate = [must::length(0..=255)])]
    pub https_proxy: Attr<String>,
    /// Hosts that are reached without the proxy. `169.254.169.254`, `.internal` and `.eks.amazonaws.com` belong here.
    #[attribute(optional, validate = [must::size(0..=50), must::each(must::length(0..=255))])]
    pub no_proxy: List<String>,
    /// `Auto` for prefixes where there is room, `32` for one address a pod.
    #[attribute(optional, validate = [must::one_of(&["Auto", "32"])])]
    pub ipv4_prefix_size: Attr<String>,
    /// Whether pods of IPv6 clusters reach IPv4 addresses.
    #[attribute(optional)]
    pub enable_v4_egress: Attr<bool>,
    /// Network interfaces of each node, for instance for EFA.
    #[attribute(optional, validate = [must::size(0..=150)])]
    pub network_interfaces: List<AutoModeInterface>,
}

/// A network interface of EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AutoModeInterface {
    /// Index of the network card.
    #[attribute(required, validate = [must::between(0..=2_147_483_647)])]
    pub network_card_index: Attr<i64>,
    /// Index of the device on the card.
    #[attribute(required, validate = [must::between(0..=2_147_483_647)])]
    pub device_index: Attr<i64>,
    /// `interface`, or `efa-only` for an EFA device without address. Card 0, device 0 is an `interface`.
    #[attribute(required, validate = [must::one_of(&["interface", "efa-only"])])]
    pub interface_type: Attr<String>,
    /// Number of further IPv4 addresses; on card 0 only, and not with `efa-only`.
    #[attribute(optional, validate = [must::between(0..=2_147_483_647)])]
    pub secondary_ipv4_count: Attr<i64>,
    /// Number of further IPv4 prefixes instead.
    #[attribute(optional, validate = [must::between(0..=2_147_483_647)])]
    pub secondary_ipv4_prefix_count: Attr<i64>,
}

/// FIPS and kernel lockdown of EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AdvancedSecurity {
    /// Whether AMIs with FIPS are used; in regions of the US, GovCloud and Canada.
    #[attribute(optional)]
    pub fips: Attr<bool>,
    /// Lockdown of the kernel, as EKS spells it, such as `integrity` or `none`.
    #[attribute(optional)]
    pub kernel_lockdown: Attr<String>,
}

/// Certificates that nodes of EKS Auto Mode trust.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct CertificateBundle {
    /// Name.
    #[attribute(required, validate = [must::length(1..=usize::MAX)])]
    pub name: Attr<String>,
    /// PEM text in base64.
    #[attribute(required, validate = [values::base64_text()])]
    pub data: Attr<String>,
}
