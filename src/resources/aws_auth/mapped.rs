//! What the mappings of roles and of users have in common.

use clients::run_ledger::{ClusterKey, ObjectKey};
use framework::diagnostics::Diagnostics;
use framework::identity::Identity;
use framework::model::{Attr, Model, Set};
use render::aws_auth::{Entry, Mapping};

use super::presets::Preset;

/// A resource that is one entry of a list in `aws-auth`.
pub trait Mapped: Model + Default {
    /// The list.
    const MAPPING: Mapping;
    /// The resource's type.
    const TYPE: &'static str;
    /// What it maps, e.g. `role`.
    const NOUN: &'static str;
    /// The attribute with the ARN.
    const ARN: &'static str;
    /// What identifies an entry.
    type Identity: Identity;

    /// What is said of the entry.
    fn spec(&self) -> Spec<'_>;

    /// Writes what a plan or the cluster decides.
    fn fill(&mut self, values: Values);

    /// The ARN as the authenticator compares it.
    ///
    /// # Errors
    /// Why the text is no such ARN.
    fn written_arn(arn: &str) -> Result<String, String>;

    /// The preset that is asked for, or that the values amount to.
    fn preset(&self) -> Option<&'static Preset> {
        None
    }

    /// Whether it is not known yet if a preset is asked for.
    fn preset_is_open(&self) -> bool {
        false
    }

    /// Checks a configuration beyond what its attributes say alone.
    fn validate(&self, _diagnostics: &mut Diagnostics) {}

    /// The entry of this identity, to be read.
    fn of_identity(identity: Self::Identity) -> Self;

    /// The entry of a cluster, to be read.
    fn of_arn(cluster: &str, arn: &str) -> Self;

    /// What identifies this entry.
    fn identified(&self) -> Self::Identity;

    /// Clears from a generated configuration what is a default or follows from the rest.
    fn tidy(&mut self);

    /// Its timeouts for creation, update and deletion.
    fn timeouts(&self) -> [&Attr<String>; 3];
}

/// What a configuration, plan or state says.
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

    /// The entry of this ARN as it should be written.
    pub(super) fn entry(&self, arn: String) -> Entry {
        let username = self.username.text().unwrap_or_default().to_owned();
        Entry { arn, username, groups: self.groups.known_elements().cloned().collect() }
    }
}

/// What is written into a model.
#[derive(Debug, Clone)]
pub struct Values {
    pub(super) region: Attr<String>,
    pub(super) username: Attr<String>,
    pub(super) groups: Set<String>,
    pub(super) id: Attr<String>,
    /// The ARN in the entry.
    pub(super) mapped_arn: Attr<String>,
}

/// `cluster/arn`. Neither has a slash before the first one in the ARN's role part, so the first one divides.
pub(super) fn id(cluster: &str, arn: &str) -> String {
    format!("{cluster}/{arn}")
}

/// The entry of an ARN in the ledger of a run. Letter case does not count.
pub(super) fn key<M: Mapped>(cluster: &ClusterKey, arn: &str) -> ObjectKey {
    ObjectKey { kind: M::TYPE, cluster: cluster.clone(), name: arn.to_ascii_lowercase() }
}

/// Whether an ARN, perhaps with a path, is the one of an entry.
pub(super) fn is_of<M: Mapped>(other: &str, arn: &str) -> bool {
    let same = |other: &str| other.eq_ignore_ascii_case(arn);
    same(other) || M::written_arn(other).is_ok_and(|other| same(&other))
}
