//! Facts about the components of nodes, from EC2, Systems Manager, KMS, and Service Quotas.

use std::collections::BTreeMap;

/// An instance type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InstanceType {
    /// The name, such as `m5.large`.
    pub name: String,
    /// `x86_64`, `arm64`, …
    pub architectures: Vec<String>,
    /// vCPUs.
    pub vcpus: u16,
    /// Manufacturers of its GPUs, such as `NVIDIA`.
    pub gpu_makers: Vec<String>,
    /// Whether it has AWS Inferentia or Trainium.
    pub neuron: bool,
    /// Maximum number of network interfaces on the default network card.
    pub network_interfaces: u16,
    /// Number of IPv4 addresses per network interface.
    pub ipv4_addresses_per_interface: u16,
    /// Whether it has an Elastic Fabric Adapter.
    pub efa: bool,
    /// Maximum number of these interfaces.
    pub most_efa_interfaces: i32,
    /// `on-demand`, `spot`, `capacity-block`.
    pub usage_classes: Vec<String>,
    /// `nitro`, `xen`, or empty for bare metal.
    pub hypervisor: String,
    /// Whether it is bare metal.
    pub bare_metal: bool,
    /// Whether it can hibernate.
    pub hibernation: bool,
    /// The placement group strategies that it supports: `cluster`, `spread`, `partition`.
    pub placement_strategies: Vec<String>,
}

/// The recommended release of an AMI type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecommendedRelease {
    /// The release, such as `1.33.4-20250904`.
    pub version: String,
}

/// An AMI.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    /// The ID.
    pub id: String,
    /// The name.
    pub name: String,
    /// `available`, `pending`, `failed`, …
    pub state: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// Whether it is Windows.
    pub windows: bool,
    /// Whether AWS published it.
    pub of_aws: bool,
    /// Size of the root volume in GiB.
    pub root_size: Option<i64>,
    /// The name of the root device.
    pub root_device: Option<String>,
    /// RFC 3339.
    pub deprecated_at: Option<String>,
}

/// A key pair.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyPair {
    /// The name.
    pub name: String,
    /// `rsa` or `ed25519`.
    pub kind: String,
}

/// A capacity reservation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CapacityReservation {
    /// The ID.
    pub id: String,
    /// The account that owns it and that can share it with others.
    pub owner_id: String,
    /// The instance type.
    pub instance_type: String,
    /// The name of the zone in this account.
    pub zone: String,
    /// The zone's ID.
    pub zone_id: String,
    /// `active`, `scheduled`, `expired`, …
    pub state: String,
    /// `default` or `capacity-block`.
    pub kind: String,
    /// `open` or `targeted`.
    pub match_criteria: String,
    /// Start time in RFC 3339.
    pub starts_at: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// Whether instances can be launched in a capacity reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Instances can be launched.
    Active,
    /// The reservation has not started yet.
    Later,
    /// Instances can no longer be launched.
    Ended,
}

impl CapacityReservation {
    /// Returns whether instances can be launched in it. States that are newer than this list are treated as usable.
    #[must_use]
    pub fn availability(&self) -> Availability {
        match self.state.as_str() {
            "expired" | "cancelled" | "failed" | "payment-failed" | "unsupported" => Availability::Ended,
            "scheduled" | "pending" | "payment-pending" | "assessing" | "delayed" => Availability::Later,
            _ => Availability::Active,
        }
    }
}

/// A placement group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlacementGroup {
    /// The name.
    pub name: String,
    /// `cluster`, `spread`, or `partition`.
    pub strategy: String,
    /// `pending`, `available`, `deleting`, or `deleted`.
    pub state: String,
    /// Level of the `spread` strategy: `rack`, or `host` on Outposts. Empty for other strategies.
    pub spread_level: String,
}

/// A KMS key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KmsKey {
    /// The ARN.
    pub arn: String,
    /// Whether it is an AWS managed key, which every principal in the account can use through the service.
    pub managed_by_aws: bool,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …
    pub state: String,
    /// The key policy in JSON. `None` if it cannot be read from the account of the key.
    pub policy: Option<String>,
    /// The principals that grants allow to use the key.
    pub grantees: Vec<String>,
}

/// A quota.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quota {
    /// The limit.
    pub value: f64,
    /// Whether it is the quota of the account. The AWS default can be lower than the quota of the account.
    pub applied: bool,
}
