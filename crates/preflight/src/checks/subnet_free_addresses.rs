//! The subnets have free IP addresses for the nodes.

use std::collections::BTreeSet;

use crate::derived::subnets;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "subnet_free_addresses",
    finds: "Reports subnets with too few free IP addresses for the initial nodes of a new node group, or for the \
            additional nodes of an update.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Subnets, Input::Scaling, Input::UpdateConfig],
    reads: &[Family::Subnet],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    // The nodes of an existing group already use addresses; their number is unknown.
    if !subject.is_new() {
        return Ok(());
    }
    let scaling = subject.scaling.need()?;
    let nodes = match scaling.desired.get()? {
        Some(desired) => *desired,
        None => *scaling.min.need()?,
    };
    subject.all_subnets_known()?;
    let subnets = subnets(subject, facts)?;
    if nodes == 0 || subnets.is_empty() {
        return Ok(());
    }
    let free: i64 = subnets.iter().map(|subnet| subnet.free_addresses).sum();
    // A deletion before the creation frees addresses. With create_before_destroy it does not, but plans do not receive
    // this setting.
    let freed = subject.replaced.as_ref().map_or(0, |replaced| replaced.freed(&subnets));
    let list = subnets.iter().map(|subnet| format!("{} has {} free", subnet.id, subnet.free_addresses));
    let list = list.collect::<Vec<_>>().join(", ");
    let fix = "Use larger or additional subnets, or free up IP addresses. Soon after a node starts, the VPC CNI \
               reserves more than one address for it: the addresses of an entire network interface, or a /28 prefix.";
    let mut push = |effect, summary: &str, found, why: &str| {
        verdicts.push(effect, &subject.subnets.path, Finding::new(summary, found, why, fix));
    };
    let summary = "Too few free IP addresses in the subnets";
    if free < nodes && free + freed < nodes {
        let found =
            format!("The initial size is {nodes}, and each node requires at least one free IP address: {list}.");
        push(Effect::BlocksApply, summary, found, "EKS reports InsufficientFreeAddresses, and the node group fails.");
        return Ok(());
    }
    if free < nodes {
        let found = format!(
            "The initial size is {nodes}, and each node requires at least one free IP address: {list}. Deleting the \
             replaced node group frees about {freed} more."
        );
        let why = "With create_before_destroy, these addresses are still in use, and the replacement fails.";
        push(Effect::Warns, summary, found, why);
        return Ok(());
    }
    let extra = extra(subject, nodes, subnets.iter().map(|subnet| subnet.zone_id.as_str()).collect())?;
    if free + freed < nodes + extra {
        let found = format!(
            "The initial size of {nodes} and the {extra} additional nodes of an update require at least {} free IP \
             addresses: {list}.",
            nodes + extra
        );
        let why = "An update launches new nodes before it terminates the old ones, so updates would fail.";
        push(Effect::Warns, summary, found, why);
    } else if let Some(full) = subnets.iter().find(|subnet| subnet.free_addresses == 0 && freed == 0) {
        let found = format!("{} has no free IP addresses. All subnets: {list}.", full.id);
        let why = "Nodes cannot be launched in this subnet, and EKS reports InsufficientFreeAddresses.";
        push(Effect::Warns, "Subnet has no free IP addresses", found, why);
    }
    Ok(())
}

/// Returns the number of nodes that an update launches in addition to the old ones. Source: EKS user guide, phases of a
/// version update.
fn extra(subject: &Subject, nodes: i64, zones: BTreeSet<&str>) -> Result<i64, Skip> {
    let update = subject.update_config.get()?;
    let count = update.map(|update| update.max_unavailable.get()).transpose()?.flatten().copied();
    let share = update.map(|update| update.max_unavailable_percentage.get()).transpose()?.flatten();
    let share = share.map(|percent| nodes.saturating_mul(*percent).saturating_add(99) / 100);
    let twice_the_zones = i64::try_from(zones.len()).unwrap_or(i64::MAX / 4) * 2;
    Ok(count.or(share).unwrap_or(1).max(twice_the_zones))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;
    use crate::subject::Replaced;
    use crate::subject::{Changed, ScalingInput};
    use framework::model::Attr;

    fn free(a: i64, b: i64) -> World {
        node_group()
            .subnet("subnet-a", |subnet| subnet.free_addresses = a)
            .subnet("subnet-b", |subnet| subnet.free_addresses = b)
    }

    fn scaling(world: World, change: impl FnOnce(&mut ScalingInput)) -> World {
        world.plan(|subject| {
            let Attr::Known(scaling) = &mut subject.scaling.value else { panic!("no scaling") };
            change(scaling);
        })
    }

    #[rstest]
    #[case::none(0, 0, Some((Effect::BlocksApply, "requires at least one free IP address: subnet-a has 0 free")))]
    #[case::one(1, 0, Some((Effect::BlocksApply, "subnet-a has 1 free, subnet-b has 0 free")))]
    #[case::only_just(1, 1, Some((Effect::Warns, "4 additional nodes of an update require at least 6")))]
    #[case::one_too_few_for_updates(3, 2, Some((Effect::Warns, "at least 6")))]
    #[case::enough(3, 3, None)]
    #[case::one_zone_full(6, 0, Some((Effect::Warns, "subnet-b has no free IP addresses")))]
    fn addresses_are_counted(#[case] a: i64, #[case] b: i64, #[case] expected: Option<(Effect, &str)>) {
        match expected {
            Some((severity, words)) => fires(&CHECK, &free(a, b), severity, "subnet_ids", &[words]),
            None => is_silent(&CHECK, &free(a, b)),
        }
    }

    #[test]
    fn group_without_a_desired_size_starts_with_the_least() {
        let least = scaling(free(1, 0), |scaling| scaling.desired.value = Attr::Null);
        fires(&CHECK, &least, Effect::Warns, "subnet_ids", &["size of 1 and the 4 additional nodes"]);
        is_silent(&CHECK, &scaling(least, |scaling| scaling.min.value = Attr::Known(0)));
    }

    #[test]
    fn nodes_that_exist_have_their_addresses() {
        let changed = free(0, 0).plan(|subject| subject.changed = Changed::Only([Input::Scaling].into()));
        is_silent(&CHECK, &changed);
    }

    #[test]
    fn update_adds_as_many_as_may_be_unavailable() {
        let world = free(10, 10).plan(|subject| {
            let Attr::Known(update) = &mut subject.update_config.value else { panic!("no update_config") };
            update.max_unavailable.value = Attr::Known(19);
        });
        fires(&CHECK, &world, Effect::Warns, "subnet_ids", &["the 19 additional nodes"]);
    }

    #[test]
    fn replaced_group_frees_addresses() {
        let full = node_group().subnet("subnet-a", |subnet| subnet.free_addresses = 0);
        let full = full.subnet("subnet-b", |subnet| subnet.free_addresses = 1);
        fires(
            &CHECK,
            &full,
            Effect::BlocksApply,
            "subnet_ids",
            &["The initial size is 2, and each node requires at least one free IP address"],
        );
        let replacing = |nodes: i64, subnets: &[&str]| {
            let subnets = subnets.iter().map(|id| (*id).to_owned()).collect();
            full.clone().plan(|subject| subject.replaced = Some(Replaced { nodes, subnets }))
        };
        let one = replacing(1, &["subnet-a", "subnet-b"]);
        fires(&CHECK, &one, Effect::Warns, "subnet_ids", &["about 1 more", "create_before_destroy"]);
        let elsewhere = replacing(9, &["subnet-c"]);
        fires(
            &CHECK,
            &elsewhere,
            Effect::BlocksApply,
            "subnet_ids",
            &["The initial size is 2, and each node requires at least one free IP address"],
        );
    }
}
