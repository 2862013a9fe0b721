//! Checks for problems that would prevent a node class from having nodes that join, based on AWS facts before apply.
//!
//! Karpenter and EKS Auto Mode accept such a class. Some problems appear as a condition that never becomes true, the
//! others only as nodes that never join. These checks work like the checks in [`super::checks`], but have another
//! subject.
//!
//! The names, roles, and tags that a class references are known before these objects exist, and the same apply may
//! create the objects. A missing object is therefore a warning, and nothing is reported if the cluster does not exist
//! yet.

mod ami_alias;
mod auto_mode;
mod capacity_reservations;
mod efa_security_groups;
mod instance_profile;
mod public_addresses;
mod role_access;
mod role_exists;
mod security_groups;
mod selection;
mod subnets;
#[cfg(test)]
mod testing;
mod volumes;

use std::collections::BTreeSet;

use super::check::{Check, CheckTarget, Label};
use super::facts::{Cluster, Facts, Role, Selector, Skip};
use super::reservations::ReservationTerm;
use super::subject::ConfiguredInput;
use framework::model::Attr;
use framework::path::Path;
use render::karpenter::controller::Controller;

/// The inputs, by which checks declare what they read and updates what they change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// The cluster.
    Cluster,
    /// The role, or the instance profile.
    Role,
    /// The terms that select subnets.
    Subnets,
    /// The terms that select security groups.
    SecurityGroups,
    /// The AMIs and their family.
    Ami,
    /// Network interfaces and public IP addresses.
    Network,
    /// The terms that select capacity reservations.
    Reservations,
    /// The block device mappings.
    Volumes,
}

/// A block device mapping.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Volume {
    /// The name of the device.
    pub device: Attr<String>,
    /// Whether the kubelet's directory is on it, if that is set.
    pub is_root: Attr<bool>,
}

/// A planned node class. Unset arguments are null.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Class {
    /// The controller that launches its nodes.
    pub controller: Controller,
    /// Whether the nodes are intended to have GPUs.
    pub is_for_gpus: bool,
    /// The inputs that an update changes. `None` for a new class.
    pub changed: Option<BTreeSet<Input>>,
    /// The AWS Region of the cluster.
    pub region: String,
    /// The cluster.
    pub cluster: ConfiguredInput<String>,
    /// The name of the class.
    pub name: ConfiguredInput<String>,
    /// The name of the role.
    pub role: ConfiguredInput<String>,
    /// The name of the instance profile.
    pub instance_profile: ConfiguredInput<String>,
    /// The terms that select subnets. Single terms can be unknown.
    pub subnets: ConfiguredInput<Vec<Attr<Selector>>>,
    /// The terms that select security groups. Single terms can be unknown.
    pub security_groups: ConfiguredInput<Vec<Attr<Selector>>>,
    /// The alias of the AMIs.
    pub alias: ConfiguredInput<String>,
    /// The AMI family, if it is set.
    pub family: ConfiguredInput<String>,
    /// The network interfaces, each with whether it is EFA-only.
    pub interfaces: ConfiguredInput<Vec<bool>>,
    /// Whether nodes have public IP addresses.
    pub public_address: ConfiguredInput<bool>,
    /// The terms that select capacity reservations. Single terms can be unknown.
    pub reservations: ConfiguredInput<Vec<Attr<ReservationTerm>>>,
    /// The block device mappings.
    pub volumes: ConfiguredInput<Vec<Volume>>,
}

/// A check of node classes.
pub type ClassCheck = Check<Class>;

/// All checks, in the order of the guide.
pub const CLASS_CHECKS: &[&ClassCheck] = &[
    &auto_mode::CHECK,
    &ami_alias::CHECK,
    &role_exists::CHECK,
    &instance_profile::CHECK,
    &role_access::CHECK,
    &subnets::CHECK,
    &security_groups::CHECK,
    &efa_security_groups::CHECK,
    &public_addresses::CHECK,
    &capacity_reservations::CHECK,
    &volumes::CHECK,
];

const BOTH: &[Controller] = &[Controller::Karpenter, Controller::AutoMode];

impl CheckTarget for Class {
    type Kind = Controller;
    type Input = Input;

    fn checks() -> &'static [&'static Check<Self>] {
        CLASS_CHECKS
    }

    fn kind(&self) -> Controller {
        self.controller
    }

    fn changes(&self, input: Input) -> bool {
        self.changed.as_ref().is_none_or(|changed| changed.contains(&input))
    }

    fn region(&self) -> &str {
        &self.region
    }

    fn label(&self) -> Label {
        match (self.cluster.value.text(), self.name.value.text()) {
            (Some(cluster), Some(name)) => {
                Label { text: format!("node class {name} of cluster {cluster}"), is_unique: true }
            }
            _ => Label { text: "another node class".to_owned(), is_unique: false },
        }
    }
}

impl Class {
    /// Returns the name of the controller for users.
    fn controller(&self) -> &'static str {
        match self.controller {
            Controller::Karpenter => "Karpenter",
            Controller::AutoMode => "EKS Auto Mode",
        }
    }

    /// Returns the cluster. If it does not exist, neither the cluster nor the objects created with it can be checked.
    fn cluster<'f>(&self, facts: &'f Facts) -> Result<&'f Cluster, Skip> {
        facts.cluster(self.cluster.need()?.as_str())?.ok_or(Skip::Absent)
    }

    /// Returns the existing node role and the attribute that specifies it.
    fn node_role<'f>(&self, facts: &'f Facts) -> Result<(&'f Role, &Path), Skip> {
        let (name, path) = match self.role.get()? {
            Some(name) => (name.as_str(), &self.role.path),
            None => {
                let profile = facts.instance_profile(self.instance_profile.need()?.as_str())?.ok_or(Skip::Absent)?;
                (profile.role.as_deref().ok_or(Skip::Absent)?, &self.instance_profile.path)
            }
        };
        Ok((facts.role(name)?.ok_or(Skip::Absent)?, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHECKS;
    use crate::pool::POOL_CHECKS;

    #[test]
    fn names_are_distinct_and_texts_whole() {
        let others = CHECKS.iter().map(|check| check.name).chain(POOL_CHECKS.iter().map(|check| check.name));
        let names: BTreeSet<_> = CLASS_CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), CLASS_CHECKS.len());
        assert!(others.into_iter().all(|other| !names.contains(other)));
        for check in CLASS_CHECKS {
            assert!(check.name.starts_with("class_") && !check.kinds.is_empty() && !check.inputs.is_empty());
            assert!(check.finds.ends_with('.') && check.finds.starts_with(char::is_uppercase), "{}", check.finds);
        }
    }
}
