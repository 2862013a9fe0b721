//! The common parts of role and user mappings.

use clients::run_ledger::{ClusterKey, ObjectKey};
use framework::diagnostics::Diagnostics;
use framework::identity::Identity;
use framework::model::{Attr, Model, Set};
use render::aws_auth::{Entry, Mapping};

use super::presets::Preset;

/// A resource that represents one entry of a list in `aws-auth`.
pub trait Mapped: Model + Default {
    /// The list.
    const MAPPING: Mapping;
    /// The resource type.
    const TYPE: &'static str;
    /// The kind of principal, such as `role`.
    const NOUN: &'static str;
    /// The attribute with the ARN.
    const ARN: &'static str;
    /// The identity of an entry.
    type Identity: Identity;

    /// Returns the common attributes.
    fn spec(&self) -> Spec<'_>;

    /// Sets the attributes that a plan or the cluster determines.
    fn fill(&mut self, values: Values);

    /// Returns the ARN in the form that the authenticator compares.
    ///
    /// # Errors
    /// Returns an error if the text is not a valid ARN of this kind.
    fn written_arn(arn: &str) -> Result<String, String>;

    /// Returns the preset that is configured, or that matches the values.
    fn preset(&self) -> Option<&'static Preset> {
        None
    }

    /// Whether the argument that selects a preset is unknown.
    fn preset_is_open(&self) -> bool {
        false
    }

    /// Validates combinations of arguments.
    fn validate(&self, _diagnostics: &mut Diagnostics) {}

    /// Returns the entry with this identity, for a read.
    fn of_identity(identity: Self::Identity) -> Self;

    /// Returns the entry with this ARN, for a read.
    fn of_arn(cluster: &str, arn: &str) -> Self;

    /// Returns the identity of this entry.
    fn identified(&self) -> Self::Identity;

    /// Removes default and derived values from a generated configuration.
    fn tidy(&mut self);

    /// Returns the timeouts of create, update, and delete operations.
    fn timeouts(&self) -> [&Attr<String>; 3];
}

/// The common attributes of a configuration, plan, or state.
#[derive(Debug, Clone, Copy)]
pub struct Spec<'m> {
    pub(super) region: &'m Attr<String>,
    pub(super) cluster_name: &'m Attr<String>,
    pub(super) arn: &'m Attr<String>,
    pub(super) username: &'m Attr<String>,
    pub(super) groups: &'m Set<String>,
    pub(super) adopt: bool,
    pub(super) deletion_policy: Option<&'m str>,
    pub(super) skip_lockout_guard: bool,
}

impl Spec<'_> {
    pub(super) fn cluster(&self) -> &str {
        self.cluster_name.text().unwrap_or_default()
    }

    /// Returns the entry for this ARN.
    pub(super) fn entry(&self, arn: String) -> Entry {
        let username = self.username.text().unwrap_or_default().to_owned();
        Entry { arn, username, groups: self.groups.known_elements().cloned().collect() }
    }
}

/// The values that a plan or the cluster determines.
#[derive(Debug, Clone)]
pub struct Values {
    pub(super) region: Attr<String>,
    pub(super) username: Attr<String>,
    pub(super) groups: Set<String>,
    pub(super) id: Attr<String>,
    /// The ARN in the entry.
    pub(super) mapped_arn: Attr<String>,
}

/// Returns `cluster/arn`. A cluster name cannot contain a slash, so the first slash is the separator.
pub(super) fn id(cluster: &str, arn: &str) -> String {
    format!("{cluster}/{arn}")
}

/// Returns the key of an entry in the run ledger. Letter case is ignored.
pub(super) fn key<M: Mapped>(cluster: &ClusterKey, arn: &str) -> ObjectKey {
    ObjectKey { kind: M::TYPE, cluster: cluster.clone(), name: arn.to_ascii_lowercase() }
}

/// Whether an ARN, with or without a path, matches the ARN of an entry.
pub(super) fn is_of<M: Mapped>(other: &str, arn: &str) -> bool {
    let same = |other: &str| other.eq_ignore_ascii_case(arn);
    same(other) || M::written_arn(other).is_ok_and(|other| same(&other))
}
