//! Facts about the components of nodes, from EC2, Systems Manager, KMS, and Service Quotas.

use std::collections::BTreeMap;

/// An instance type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InstanceType {
    /// The name, e.g. `m5.large`.
    pub name: String,
    /// `x86_64`, `arm64`, …
    pub architectures: Vec<String>,
    /// vCPUs.
    pub vcpus: u16,
    /// Makers of its GPUs, e.g. `NVIDIA`.
    pub gpu_makers: Vec<String>,
    /// Whether it has Inferentia or Trainium.
    pub neuron: bool,
    /// Interfaces of the default network card.
    pub network_interfaces: u16,
    /// IPv4 addresses of one interface.
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
    /// The strategies of placement groups that take it: `cluster`, `spread`, `partition`.
    pub placement_strategies: Vec<String>,
}

/// The recommended release of an AMI type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecommendedRelease {
    /// E.g. `1.33.4-20250904`.
    pub version: String,
}

/// An AMI.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    /// The id.
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
    /// The id.
    pub id: String,
    /// The account that owns it, which may share it with others.
    pub owner_id: String,
    /// The instance type.
    pub instance_type: String,
    /// The name of the zone in this account.
    pub zone: String,
    /// The zone's id.
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
    /// Now.
    Active,
    /// Later, as it has not started yet.
    Later,
    /// Never again.
    Ended,
}

impl CapacityReservation {
    /// Whether instances can be launched in it. A state that is newer than this list is not held against it.
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
    /// `cluster`, `spread` or `partition`.
    pub strategy: String,
    /// `pending`, `available`, `deleting` or `deleted`.
    pub state: String,
    /// Level of the `spread` strategy: `rack`, or `host` on Outposts. Empty for other strategies.
    pub spread_level: String,
}

/// A KMS key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KmsKey {
    /// The ARN.
    pub arn: String,
    /// Whether AWS manages the key, so that every principal of the account can use it through the service.
    pub managed_by_aws: bool,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …
    pub state: String,
    /// The key policy in JSON; none when it cannot be read from the key's account.
    pub policy: Option<String>,
    /// The principals that grants allow to use it.
    pub grantees: Vec<String>,
}

/// A quota.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quota {
    /// The limit.
    pub value: f64,
    /// Whether it is the one of the account. A default may be lower than what the account has.
    pub applied: bool,
}
