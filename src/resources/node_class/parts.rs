//! The nested blocks of a node class.

use framework::blocks::{ListBlock, SingleBlock};
use framework::model::{Attr, List, Map, Model};
use framework::validators as must;

use super::values::{self, same_quantity};

/// Configuration block for a term that selects subnets, by ID or by tags.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct SubnetSelectorTerm {
    /// ID of a subnet. Cannot be combined with other arguments in the same term.
    #[attribute(optional, validate = [values::id_with("subnet-")])]
    pub id: Attr<String>,
    /// Tags that a subnet must have. `*` matches any value.
    #[attribute(optional, validate = [must::size_between(0..=20), values::selecting_tags()])]
    pub tags: Map<String>,
}

/// Configuration block for a term that selects security groups, by ID, name, or tags.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct SecurityGroupSelectorTerm {
    /// ID of a security group. Cannot be combined with other arguments in the same term.
    #[attribute(optional, validate = [values::id_with("sg-")])]
    pub id: Attr<String>,
    /// Name of a security group, not its `Name` tag. Cannot be combined with other arguments in the same term.
    #[attribute(optional)]
    pub name: Attr<String>,
    /// Tags that a security group must have. `*` matches any value.
    #[attribute(optional, validate = [must::size_between(0..=20), values::selecting_tags()])]
    pub tags: Map<String>,
}

/// Configuration block for a term that selects AMIs. An AMI must match all arguments of the term.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AmiSelectorTerm {
    /// Alias of an EKS optimized AMI in the format `family@version`, such as `al2023@v20260801` or
    /// `bottlerocket@latest`. A term with an alias must be the only term and have no other arguments. Instance types
    /// with GPUs use the AMI variant with the NVIDIA driver. Windows families support only `latest`. With `latest`,
    /// each new AMI release replaces the nodes.
    #[attribute(optional, validate = [must::length_between(0..=30), values::alias_format(), values::alias_family(), values::alias_of_windows()])]
    pub alias: Attr<String>,
    /// ID of an AMI. Cannot be combined with other arguments in the same term.
    #[attribute(optional, validate = [values::id_with("ami-")])]
    pub id: Attr<String>,
    /// Name of an AMI, not its `Name` tag. If `owner` is unset, AMIs of the account and of Amazon match.
    #[attribute(optional)]
    pub name: Attr<String>,
    /// Owner of the AMI: an account ID, `self`, `amazon`, or `aws-marketplace`.
    #[attribute(optional)]
    pub owner: Attr<String>,
    /// Tags that an AMI must have. `*` matches any value.
    #[attribute(optional, validate = [must::size_between(0..=20), values::selecting_tags()])]
    pub tags: Map<String>,
    /// Name or ARN of an SSM parameter that contains the ID of an AMI. Requires Karpenter 1.4 or later.
    #[attribute(optional)]
    pub ssm_parameter: Attr<String>,
}

/// Configuration block for a term that selects capacity reservations, by ID or by other arguments.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct CapacityReservationSelectorTerm {
    /// ID of a capacity reservation. Cannot be combined with other arguments in the same term.
    #[attribute(optional, validate = [values::id_with("cr-")])]
    pub id: Attr<String>,
    /// Tags that a capacity reservation must have. `*` matches any value.
    #[attribute(optional, validate = [must::size_between(0..=20), values::selecting_tags()])]
    pub tags: Map<String>,
    /// Instance matching criteria of the capacity reservations. Only supported with `controller = "karpenter"`, version 1.8
    /// and later.
    #[attribute(optional, validate = [must::one_of(&["open", "targeted"])])]
    pub instance_match_criteria: Attr<String>,
    /// ID of the account that owns the capacity reservations.
    #[attribute(optional, validate = [values::account_id()])]
    pub owner_id: Attr<String>,
}

/// Configuration block for a placement group, selected by ID or by name. Requires Karpenter 1.11 or later.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct PlacementGroupSelector {
    /// ID of the placement group.
    #[attribute(optional, validate = [values::id_with("pg-")])]
    pub id: Attr<String>,
    /// Name of the placement group.
    #[attribute(optional, validate = [must::length_between(1..=usize::MAX)])]
    pub name: Attr<String>,
}

/// Configuration block for a volume.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct BlockDeviceMapping {
    /// Device name. Images and pods are stored on `/dev/xvda` with AL2 and AL2023, and on `/dev/xvdb` with Bottlerocket.
    #[attribute(optional)]
    pub device_name: Attr<String>,
    /// Whether the volume contains the kubelet directory. At most one volume can be the root volume.
    #[attribute(optional)]
    pub root_volume: Attr<bool>,
    /// Configuration block for the EBS volume.
    #[block]
    pub ebs: SingleBlock<EbsVolume>,
}

/// Configuration block for an EBS volume. At least one of `volume_size` or `snapshot_id` must be set.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct EbsVolume {
    /// Size of the volume, such as `300Gi`. Sizes are compared by value: `1Ti` equals `1024Gi`.
    #[attribute(optional, equivalent = same_quantity, validate = [values::volume_size_of_karpenter()])]
    pub volume_size: Attr<String>,
    /// Type of the volume.
    #[attribute(optional, validate = [must::one_of(&["standard", "io1", "io2", "gp2", "sc1", "st1", "gp3"])])]
    pub volume_type: Attr<String>,
    /// Whether to encrypt the volume. Defaults to the EBS encryption setting of the account.
    #[attribute(optional)]
    pub encrypted: Attr<bool>,
    /// ID or ARN of the KMS key for the encryption.
    #[attribute(optional)]
    pub kms_key_id: Attr<String>,
    /// IOPS of the volume.
    #[attribute(optional)]
    pub iops: Attr<i64>,
    /// Throughput of a `gp3` volume in MiB/s.
    #[attribute(optional)]
    pub throughput: Attr<i64>,
    /// Whether to delete the volume when the instance is terminated.
    #[attribute(optional)]
    pub delete_on_termination: Attr<bool>,
    /// ID of the snapshot from which to create the volume.
    #[attribute(optional)]
    pub snapshot_id: Attr<String>,
    /// Rate in MiB/s at which the volume is initialized from the snapshot. Requires `snapshot_id` and Karpenter 1.5 or later.
    #[attribute(optional, validate = [must::between(100..=300)])]
    pub volume_initialization_rate: Attr<i64>,
}

/// Configuration block for a network interface. Requires Karpenter 1.11 or later.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct NetworkInterface {
    /// Index of the network card.
    #[attribute(required, validate = [must::between(0..=2_147_483_647)])]
    pub network_card_index: Attr<i64>,
    /// Index of the device on the card.
    #[attribute(required, validate = [must::between(0..=2_147_483_647)])]
    pub device_index: Attr<i64>,
    /// Type of the network interface. `efa-only` is an EFA device without an IP address. Card 0 and device 0 must be an
    /// `interface`, and each network card has at most one EFA device.
    #[attribute(required, validate = [must::one_of(&["interface", "efa-only"])])]
    pub interface_type: Attr<String>,
}

/// Configuration block for the instance metadata service.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct MetadataOptions {
    /// State of the HTTP endpoint. Karpenter defaults to `enabled`.
    #[attribute(optional, validate = [must::one_of(&["enabled", "disabled"])])]
    pub http_endpoint: Attr<String>,
    /// State of the IPv6 endpoint. Karpenter defaults to `disabled`.
    #[attribute(optional, validate = [must::one_of(&["enabled", "disabled"])])]
    pub http_protocol_ipv6: Attr<String>,
    /// Maximum number of network hops of a response. Karpenter defaults to 1. Pods that read instance metadata require 2.
    #[attribute(optional, validate = [must::between(1..=64)])]
    pub http_put_response_hop_limit: Attr<i64>,
    /// Whether session tokens (IMDSv2) are required. Karpenter defaults to `required`.
    #[attribute(optional, validate = [must::one_of(&["required", "optional"])])]
    pub http_tokens: Attr<String>,
}

/// Configuration block for the idle timeouts of tracked connections, in seconds. At least one argument must be set.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct ConnectionTracking {
    /// Idle timeout of established TCP connections, in seconds. If unset, EC2 uses 350 seconds for Nitro v6 instance
    /// types except P6e-GB200, and 432000 seconds for all other instance types.
    #[attribute(optional, validate = [must::between(60..=432_000)])]
    pub tcp_established_timeout: Attr<i64>,
    /// Idle timeout of UDP flows with more than one request and response, in seconds. If unset, EC2 uses 180 seconds.
    #[attribute(optional, validate = [must::between(60..=180)])]
    pub udp_stream_timeout: Attr<i64>,
    /// Idle timeout of all other UDP flows, in seconds. If unset, EC2 uses 30 seconds.
    #[attribute(optional, validate = [must::between(30..=60)])]
    pub udp_timeout: Attr<i64>,
}

/// Configuration block for CPU options.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct CpuOptions {
    /// State of nested virtualization. `enabled` limits the node class to instance types that support it.
    #[attribute(optional, validate = [must::one_of(&["enabled", "disabled"])])]
    pub nested_virtualization: Attr<String>,
}

/// Configuration block for AWS Nitro Enclaves.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct EnclaveOptions {
    /// Whether to enable Nitro Enclaves. `true` limits the node class to instance types that support them.
    #[attribute(required)]
    pub enabled: Attr<bool>,
}

/// Configuration block for the volume of images and pods in EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct EphemeralStorage {
    /// Size of the volume. EKS defaults to `80Gi`. Sizes are compared by value.
    #[attribute(optional, equivalent = same_quantity, validate = [values::volume_size()])]
    pub size: Attr<String>,
    /// IOPS of the volume. EKS defaults to 3000.
    #[attribute(optional, validate = [must::between(3000..=16_000)])]
    pub iops: Attr<i64>,
    /// Throughput of the volume in MiB/s. EKS defaults to 125.
    #[attribute(optional, validate = [must::between(125..=1000)])]
    pub throughput: Attr<i64>,
    /// KMS key of this volume and of the root volume: ID, ARN, alias, or alias ARN.
    #[attribute(optional)]
    pub kms_key_id: Attr<String>,
}

/// Configuration block for IP addresses, proxies, and network interfaces in EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AdvancedNetworking {
    /// Whether nodes have public IP addresses. Not supported with more than one network interface.
    #[attribute(optional)]
    pub associate_public_ip_address: Attr<bool>,
    /// URL of the HTTPS proxy.
    #[attribute(optional, validate = [must::length_between(0..=255)])]
    pub https_proxy: Attr<String>,
    /// Hosts that bypass the proxy. Include `169.254.169.254`, `.internal`, and `.eks.amazonaws.com`.
    #[attribute(optional, validate = [must::size_between(0..=50), must::each(must::length_between(0..=255))])]
    pub no_proxy: List<String>,
    /// Size of IPv4 prefixes. `Auto` uses prefixes if the subnet has contiguous addresses. `32` uses one address per pod.
    #[attribute(optional, validate = [must::one_of(&["Auto", "32"])])]
    pub ipv4_prefix_size: Attr<String>,
    /// Whether pods in IPv6 clusters can connect to IPv4 addresses.
    #[attribute(optional)]
    pub enable_v4_egress: Attr<bool>,
    /// Configuration block for a network interface of each node, such as an EFA device.
    #[block(max = 150)]
    pub network_interface: ListBlock<AutoModeInterface>,
}

/// Configuration block for a network interface in EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AutoModeInterface {
    /// Index of the network card.
    #[attribute(required, validate = [must::between(0..=2_147_483_647)])]
    pub network_card_index: Attr<i64>,
    /// Index of the device on the card.
    #[attribute(required, validate = [must::between(0..=2_147_483_647)])]
    pub device_index: Attr<i64>,
    /// Type of the network interface. `efa-only` is an EFA device without an IP address. Card 0 and device 0 must be an
    /// `interface`.
    #[attribute(required, validate = [must::one_of(&["interface", "efa-only"])])]
    pub interface_type: Attr<String>,
    /// Number of secondary IPv4 addresses. Only supported on network card 0, and not with `efa-only`.
    #[attribute(optional, validate = [must::between(0..=2_147_483_647)])]
    pub secondary_ipv4_count: Attr<i64>,
    /// Number of secondary IPv4 prefixes. Conflicts with `secondary_ipv4_count`.
    #[attribute(optional, validate = [must::between(0..=2_147_483_647)])]
    pub secondary_ipv4_prefix_count: Attr<i64>,
}

/// Configuration block for FIPS and kernel lockdown in EKS Auto Mode.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct AdvancedSecurity {
    /// Whether to use FIPS-enabled AMIs. Only supported in US, AWS GovCloud (US), and Canada Regions.
    #[attribute(optional)]
    pub fips: Attr<bool>,
    /// Kernel lockdown mode, such as `integrity` or `none`.
    #[attribute(optional)]
    pub kernel_lockdown: Attr<String>,
}

/// Configuration block for a certificate that EKS Auto Mode nodes trust.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub struct CertificateBundle {
    /// Name of the certificate bundle.
    #[attribute(required, validate = [must::length_between(1..=usize::MAX)])]
    pub name: Attr<String>,
    /// Base64-encoded certificates in PEM format.
    #[attribute(required, validate = [values::base64_text()])]
    pub data: Attr<String>,
}
