//! Checks for problems that would prevent a node pool from having usable GPU nodes, based on the instance types that
//! EC2 offers.
//!
//! Karpenter accepts most of these pools and then does not launch nodes, without a visible error. Each check is in its
//! own small file. [`judge`] runs them.

mod admitted;
mod capacity_reservations;
mod class;
mod daemon_set;
mod device_plugin;
mod efa_security_groups;
mod gpu_categories;
mod gpu_fractions;
mod gpu_manufacturers;
mod instance_types_exist;
mod limits;
mod min_values;
mod node_class;
#[cfg(test)]
mod testing;

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Ask, CapacityReservation, Fact, FactResult, Family, SecurityGroup};
use super::finding::{CheckFinding, CheckFindings, Effect};
use framework::path::Path;
use render::karpenter::controller::Controller;
use render::karpenter::instance_type::Offer;
use render::karpenter::node_pool::Taint;
use render::karpenter::requirements::Requirement;

pub use class::{AmiFamily, Class, Image, Interface};
pub use daemon_set::{DaemonSet, Device, Toleration};
pub use device_plugin::NAME as DEVICE_PLUGIN;

/// A requirement, and the attribute that specifies it.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The requirement.
    pub requirement: Requirement,
    /// The attribute.
    pub path: Path,
}

/// A limit of the pool, and its attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The resource, such as `cpu` or `nvidia.com/gpu`.
    pub resource: String,
    /// The Kubernetes quantity.
    pub quantity: String,
    /// The attribute.
    pub path: Path,
}

/// A pool whose values are all known. Checks ignore unknown facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// The controller that launches its nodes.
    pub controller: Controller,
    /// The requirements on the labels of its nodes. All of them must be fulfilled.
    pub requirements: Vec<Asked>,
    /// The attribute to report if no single requirement is the cause, such as the `gpu` block.
    pub requirements_path: Path,
    /// Labels that it sets on its nodes.
    pub labels: BTreeMap<String, String>,
    /// Taints that it sets on its nodes, each with its attribute.
    pub taints: Vec<(Taint, Path)>,
    /// Whether it is intended for nodes with GPUs or other accelerators: its instance types are compared only with
    /// these.
    pub is_for_accelerators: bool,
    /// Whether all of its nodes must have an Elastic Fabric Adapter.
    pub has_adapters: bool,
    /// Its limits.
    pub limits: Vec<Limit>,
    /// Facts about its node class. `None` if the node class does not exist yet.
    pub class: Option<Class>,
    /// The node class, such as `EC2NodeClass gpu`, if the cluster does not have it.
    pub missing_class: Option<String>,
    /// The DaemonSets of the cluster. `None` if they are unknown.
    pub daemon_sets: Option<Vec<DaemonSet>>,
    /// The capacity reservations of the account. `None` if they are unknown.
    pub reservations: Option<Vec<CapacityReservation>>,
    /// The security groups of the node class. `None` if one of them is unknown.
    pub security_groups: Option<Vec<SecurityGroup>>,
}

/// The input of a check.
pub(crate) struct View<'v> {
    pool: &'v Pool,
    /// The instance types of the Region: all types, or accelerated types only.
    offers: &'v [Offer],
}

impl View<'_> {
    /// Returns whether all nodes of the pool have accelerators. A pool that can also launch other instance types is not
    /// intended for GPUs, so there is nothing to report.
    pub(crate) fn is_for_gpus(&self) -> bool {
        let pool = self.pool;
        pool.is_for_accelerators || self.admitted().iter().all(|offer| offer.instance_type.is_accelerated())
    }
}

/// A check. The guide to preflight checks contains its description.
#[derive(Debug)]
pub struct PoolCheck {
    /// The name, as in `skip`.
    pub name: &'static str,
    /// The description for users, in a few full sentences.
    pub finds: &'static str,
    /// Whether it compares the pool with the instance types that the Region offers.
    pub offers: bool,
    /// The facts that it evaluates in addition to the offers. A check whose fact is unknown finds nothing.
    pub reads: &'static [Family],
    /// The effects of its findings, in the order of [`Effect::ALL`].
    pub effects: &'static [Effect],
    /// The function that runs the check.
    run: fn(&View<'_>, &mut CheckFindings),
}

/// The IAM actions that reading the offers requires.
pub const ACTIONS: [&str; 3] =
    ["ec2:DescribeAvailabilityZones", "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeInstanceTypes"];

/// All checks, in the order of the guide.
pub const POOL_CHECKS: &[&PoolCheck] = &[
    &node_class::CHECK,
    &instance_types_exist::CHECK,
    &min_values::CHECK,
    &limits::CHECK,
    &gpu_manufacturers::CHECK,
    &gpu_fractions::CHECK,
    &gpu_categories::CHECK,
    &device_plugin::CHECK,
    &capacity_reservations::CHECK,
    &efa_security_groups::CHECK,
];

/// Returns the findings of all checks except the checks with these names.
#[must_use]
pub fn judge(pool: &Pool, offers: &[Offer], skip: &BTreeSet<String>) -> Vec<CheckFinding> {
    let checks = POOL_CHECKS.iter().filter(|check| !skip.contains(check.name));
    checks.flat_map(|check| check.judge(pool, offers)).collect()
}

impl Pool {
    /// Returns the facts that its checks evaluate in addition to the offers.
    #[must_use]
    pub fn asks(&self, skip: &BTreeSet<String>) -> BTreeSet<Ask> {
        let is_read = |ask: &Ask| {
            POOL_CHECKS.iter().any(|check| check.reads.contains(&ask.family()) && !skip.contains(check.name))
        };
        let Some(class) = &self.class else { return BTreeSet::new() };
        let reservations = (!class.reservation_terms.is_empty()).then_some(Ask::CapacityReservations(()));
        let groups = class.security_groups.iter().flatten().filter(|_| self.uses_adapters());
        let asks = groups.cloned().map(Ask::SecurityGroup).chain(reservations);
        asks.filter(is_read).collect()
    }

    /// Adds the facts that were read.
    pub fn learn(&mut self, facts: &[Fact]) {
        let is_complete = !facts.iter().any(|fact| matches!(fact, Fact::SecurityGroup(_, FactResult::Unreadable(_))));
        for fact in facts {
            match fact {
                Fact::CapacityReservations((), FactResult::Known(all)) => self.reservations = Some(all.clone()),
                Fact::SecurityGroup(_, FactResult::Known(group)) if is_complete => {
                    self.security_groups.get_or_insert_default().push(group.clone());
                }
                _ => {}
            }
        }
    }

    /// Returns whether its nodes have Elastic Fabric Adapters, by the pool or by the node class.
    fn uses_adapters(&self) -> bool {
        self.has_adapters || self.class.iter().flat_map(|class| &class.interfaces).any(|interface| interface.efa_only)
    }
}

impl PoolCheck {
    /// Returns its findings for the pool. An error that does not occur without the node class comes from the class,
    /// which another resource of the same run can change.
    fn judge(&self, pool: &Pool, offers: &[Offer]) -> Vec<CheckFinding> {
        let blocks_plan = |verdict: &CheckFinding| verdict.effect == Effect::BlocksPlan;
        let mut verdicts = self.look(pool, offers);
        if pool.class.is_some() && verdicts.iter().any(blocks_plan) {
            let without_class = self.look(&Pool { class: None, ..pool.clone() }, offers);
            if !without_class.iter().any(blocks_plan) {
                for verdict in verdicts.iter_mut().filter(|verdict| blocks_plan(verdict)) {
                    verdict.effect = Effect::BlocksApply;
                }
            }
        }
        debug_assert!(
            verdicts.iter().all(|verdict| self.effects.contains(&verdict.effect)),
            "the check {} has a finding with an effect that it does not declare: {verdicts:?}",
            self.name
        );
        verdicts
    }

    fn look(&self, pool: &Pool, offers: &[Offer]) -> Vec<CheckFinding> {
        let mut verdicts = CheckFindings::default();
        (self.run)(&View { pool, offers }, &mut verdicts);
        verdicts.of(self.name)
    }
}

/// Returns the instance types that the pool can launch, as far as its class is known.
#[must_use]
pub fn startable<'o>(pool: &'o Pool, offers: &'o [Offer]) -> Vec<&'o Offer> {
    View { pool, offers }.admitted()
}

/// Returns some names, and the number of remaining names.
#[must_use]
pub fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 6;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{class, healthy, offers, pool, zone};
    use super::*;
    use crate::CHECKS;
    use render::karpenter::requirements::Operator;

    #[test]
    fn names_belong_to_one_check_each() {
        let names: Vec<_> = POOL_CHECKS.iter().map(|check| check.name).collect();
        let unique: BTreeSet<_> = names.iter().chain(CHECKS.iter().map(|check| &check.name)).collect();
        assert_eq!(unique.len(), names.len() + CHECKS.len());
    }

    #[test]
    fn findings_carry_the_name_of_their_check_and_can_be_skipped() {
        // The pool that everybody writes: see what it lets in.
        let golden = pool(&[
            ("kubernetes.io/arch", Operator::In, &["amd64"]),
            ("karpenter.sh/capacity-type", Operator::In, &["spot", "on-demand"]),
            ("K/instance-category", Operator::In, &["g", "p"]),
        ]);
        let offers = offers();
        let names = |skip: &[&str]| -> Vec<_> {
            let skip = skip.iter().map(|name| (*name).to_owned()).collect();
            judge(&golden, &offers, &skip).iter().map(|verdict| verdict.check).collect()
        };
        assert_eq!(names(&[]), ["pool_gpu_manufacturers", "pool_gpu_fractions", "pool_gpu_categories"]);
        assert_eq!(names(&["pool_gpu_fractions"]), ["pool_gpu_manufacturers", "pool_gpu_categories"]);
        assert_eq!(judge(&healthy(), &offers, &BTreeSet::new()), []);
    }

    #[test]
    fn error_of_the_node_class_does_not_block_a_plan() {
        let effects = |pool: &Pool| -> Vec<_> {
            let verdicts = judge(pool, &offers(), &BTreeSet::new());
            verdicts.iter().filter(|verdict| verdict.check == "pool_instance_types").map(|one| one.effect).collect()
        };
        let of_type = |name| pool(&[("node.kubernetes.io/instance-type", Operator::In, &[name])]);
        let class = Class { zones: Some(vec![zone(2)]), ..class() };
        let elsewhere = Pool { class: Some(class.clone()), ..of_type("g6.12xlarge") };
        assert_eq!(effects(&elsewhere), [Effect::BlocksApply]);
        assert_eq!(effects(&Pool { class: None, ..elsewhere }), []);
        assert_eq!(effects(&Pool { class: Some(class), ..of_type("g99.metal") }), [Effect::BlocksPlan]);
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(some_of(&["a", "b"]), "a, b");
        assert_eq!(some_of(&["a", "b", "c", "d", "e", "f", "g", "h"]), "a, b, c, d, e, f and 2 more");
    }
}
