//! The planned inputs of a node group or a Fargate profile that determine whether it can work.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::facts::{Skip, Subnet};
use framework::model::Attr;
use framework::path::Path;

/// The kind of planned object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Kind {
    /// A managed node group.
    #[default]
    NodeGroup,
    /// A Fargate profile.
    FargateProfile,
}

impl Kind {
    /// Returns the name of the kind for users.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeGroup => "node group",
            Self::FargateProfile => "Fargate profile",
        }
    }
}

/// The inputs, by which checks declare what they read and updates what they change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// The cluster.
    Cluster,
    /// The name of the object.
    Name,
    /// The node role or the pod execution role.
    Role,
    /// The subnets.
    Subnets,
    /// The AMI type.
    AmiType,
    /// The capacity type.
    CapacityType,
    /// The instance types.
    InstanceTypes,
    /// The Kubernetes version.
    Version,
    /// The release of the AMI.
    ReleaseVersion,
    /// The launch template or its version.
    LaunchTemplate,
    /// Key pair and security groups of remote access.
    RemoteAccess,
    /// Numbers of nodes.
    Scaling,
    /// The number of nodes that an update replaces at a time.
    UpdateConfig,
    /// The warm pool.
    WarmPool,
    /// The selectors of a Fargate profile.
    Selectors,
}

/// When the checks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// In a plan, or in the repeated plan of Terraform core during apply: other resources of the same run may still
    /// create what is missing.
    #[default]
    Plan,
    /// Immediately before the first write, or on request: an object that is missing now is not created later.
    Now,
}

/// The inputs that are new since the object was last created or changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Changed {
    /// All inputs: the object does not exist yet.
    #[default]
    Everything,
    /// These inputs.
    Only(BTreeSet<Input>),
}

/// An input and its path in the configuration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConfiguredInput<T> {
    /// The path.
    pub path: Path,
    /// The value, or null if it is unset.
    pub value: Attr<T>,
}

impl<T> ConfiguredInput<T> {
    /// An input at a path.
    pub fn new(path: Path, value: Attr<T>) -> Self {
        Self { path, value }
    }

    /// Returns a known input at the attribute with that name.
    pub fn known(attribute: &str, value: impl Into<T>) -> Self {
        Self::new(Path::attribute(attribute), Attr::Known(value.into()))
    }

    /// Returns the value, or `None` if it is unset.
    ///
    /// # Errors
    /// Returns an error if the value is known only after apply.
    pub fn get(&self) -> Result<Option<&T>, Skip> {
        match &self.value {
            Attr::Known(value) => Ok(Some(value)),
            Attr::Null => Ok(None),
            Attr::Unknown => Err(Skip::Unknown),
        }
    }

    /// Returns the value.
    ///
    /// # Errors
    /// Returns an error if the value is known only after apply, or if it is unset and there is nothing to check.
    pub fn need(&self) -> Result<&T, Skip> {
        self.get()?.ok_or(Skip::Absent)
    }
}

/// The configured launch template.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TemplateInput {
    /// `lt-…`.
    pub id: ConfiguredInput<String>,
    /// The name.
    pub name: ConfiguredInput<String>,
    /// A number, `$Latest`, or `$Default`. Defaults to the default version of the template.
    pub version: ConfiguredInput<String>,
}

/// Numbers of nodes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScalingInput {
    /// The minimum.
    pub min: ConfiguredInput<i64>,
    /// The maximum.
    pub max: ConfiguredInput<i64>,
    /// The initial number.
    pub desired: ConfiguredInput<i64>,
}

/// Remote access.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RemoteAccessInput {
    /// The EC2 key pair.
    pub key: ConfiguredInput<String>,
    /// IDs of the security groups that are allowed to connect.
    pub security_groups: ConfiguredInput<Vec<String>>,
}

/// The number of nodes that an update replaces at a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateInput {
    /// A number of nodes.
    pub max_unavailable: ConfiguredInput<i64>,
    /// A percentage of the nodes.
    pub max_unavailable_percentage: ConfiguredInput<i64>,
    /// `DEFAULT`, which launches nodes before it terminates old ones, or `MINIMAL`.
    pub strategy: ConfiguredInput<String>,
}

/// A warm pool.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WarmPoolInput {
    /// `STOPPED`, `RUNNING`, or `HIBERNATED`.
    pub state: ConfiguredInput<String>,
    /// Maximum number of instances in the pool and in service combined.
    pub max_prepared: ConfiguredInput<i64>,
    /// Minimum number of instances in the pool.
    pub min_size: ConfiguredInput<i64>,
}

/// The node group that a plan replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The name of its cluster.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// Number of nodes.
    pub nodes: i64,
    /// IDs of its subnets.
    pub subnets: BTreeSet<String>,
    /// How its nodes are drained before it is deleted, if configured.
    #[serde(default)]
    pub drain_before_delete: Option<DrainBeforeDelete>,
}

/// How the provider drains the nodes of a node group before it deletes the node group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainBeforeDelete {
    /// Maximum time for a node.
    pub minutes: i64,
    /// Whether pods that are not evicted within this time are deleted.
    pub force: bool,
}

impl Replaced {
    /// Returns the minimum number of addresses in these subnets that deleting the node group frees, if its nodes are
    /// distributed evenly.
    #[must_use]
    pub fn freed(&self, subnets: &[&Subnet]) -> i64 {
        let common = subnets.iter().filter(|subnet| self.subnets.contains(&subnet.id)).count();
        let of = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.nodes.saturating_mul(of(common)).checked_div(of(self.subnets.len())).unwrap_or_default()
    }
}

/// A selector of a Fargate profile.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selector {
    /// The namespace.
    pub namespace: Attr<String>,
    /// Number of labels. Unknown if it is known only after apply.
    pub labels: Attr<usize>,
}

/// A planned node group or Fargate profile. Values that EKS selects are null.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Subject {
    /// The kind.
    pub kind: Kind,
    /// The changed inputs.
    pub changed: Changed,
    /// In a plan, the node group that is replaced.
    pub replaced: Option<Replaced>,
    /// The AWS Region, such as `eu-central-1`.
    pub region: String,
    /// The partition, such as `aws` or `aws-cn`.
    pub partition: String,
    /// The cluster.
    pub cluster: ConfiguredInput<String>,
    /// When the checks run.
    pub phase: Phase,
    /// The name of the object. Null if the provider generates it.
    pub name: ConfiguredInput<String>,
    /// The ARN of the node role or the pod execution role.
    pub role_arn: ConfiguredInput<String>,
    /// Subnet IDs, of which some can be unknown.
    pub subnets: ConfiguredInput<Vec<Attr<String>>>,
    /// The AMI type.
    pub ami_type: ConfiguredInput<String>,
    /// `ON_DEMAND`, `SPOT`, or `CAPACITY_BLOCK`.
    pub capacity_type: ConfiguredInput<String>,
    /// The instance types in order.
    pub instance_types: ConfiguredInput<Vec<String>>,
    /// The Kubernetes version.
    pub version: ConfiguredInput<String>,
    /// The Kubernetes version before an update.
    pub previous_version: Option<String>,
    /// The release of the AMI.
    pub release_version: ConfiguredInput<String>,
    /// The launch template.
    pub launch_template: ConfiguredInput<TemplateInput>,
    /// Remote access.
    pub remote_access: ConfiguredInput<RemoteAccessInput>,
    /// Numbers of nodes.
    pub scaling: ConfiguredInput<ScalingInput>,
    /// How updates replace nodes.
    pub update_config: ConfiguredInput<UpdateInput>,
    /// Whether an update deletes pods that cannot be evicted.
    pub force_update: bool,
    /// The warm pool.
    pub warm_pool: ConfiguredInput<WarmPoolInput>,
    /// The selectors of a Fargate profile.
    pub selectors: ConfiguredInput<Vec<Selector>>,
}

impl Subject {
    /// Returns whether the object does not exist yet.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.changed == Changed::Everything
    }

    /// Returns whether an input is new. EKS may have selected an unchanged value, which is then not in the
    /// configuration.
    #[must_use]
    pub fn changes(&self, input: Input) -> bool {
        match &self.changed {
            Changed::Everything => true,
            Changed::Only(inputs) => inputs.contains(&input),
        }
    }

    /// Returns whether the plan is an update that changes an input.
    #[must_use]
    pub fn updates(&self, input: Input) -> bool {
        !self.is_new() && self.changes(input)
    }

    /// Returns the known subnet IDs, even if others are unknown.
    pub fn known_subnets(&self) -> impl Iterator<Item = &str> {
        self.subnets.value.known().into_iter().flatten().filter_map(Attr::text)
    }

    /// Returns all subnet IDs.
    ///
    /// # Errors
    /// Returns an error if one of them is known only after apply, or if the list is empty.
    pub fn all_subnets(&self) -> Result<Vec<&str>, Skip> {
        self.subnets.need()?.iter().map(|id| id.text().ok_or(Skip::Unknown)).collect()
    }

    /// Ends a check of single subnets: returns an error if a subnet is unknown.
    ///
    /// # Errors
    /// Returns an error if a subnet is known only after apply.
    pub fn all_subnets_known(&self) -> Result<(), Skip> {
        self.all_subnets().map(|_| ())
    }
}
