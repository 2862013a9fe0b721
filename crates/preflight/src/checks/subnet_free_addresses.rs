//! The subnets have free IP addresses for the nodes.

use crate::derived::subnets;
use crate::drain::{additional_nodes, replaces_nodes};
use crate::facts::{Facts, Family, Skip, Subnet};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

const FIX: &str = "Use larger or additional subnets, or free up IP addresses. Soon after a node starts, the VPC CNI \
                   reserves more than one address for it: the addresses of an entire network interface, or a /28 \
                   prefix.";

pub(super) const CHECK: Check = Check {
    name: "subnet_free_addresses",
    finds: "Reports subnets with too few free IP addresses for the initial nodes of a new node group, or for the \
            additional nodes of an update. An update with the strategy MINIMAL has no additional nodes.",
    kinds: &[Kind::NodeGroup],
    inputs: &[
        Input::Subnets,
        Input::Scaling,
        Input::UpdateConfig,
        Input::LaunchTemplate,
        Input::Version,
        Input::ReleaseVersion,
    ],
    reads: &[Family::Subnet],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    if !subject.is_new() {
        return during_update(subject, facts, verdicts);
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
    let list = listed(&subnets);
    let mut push = |effect, summary: &str, found, why: &str| {
        verdicts.push(effect, &subject.subnets.path, Finding::new(summary, found, why, FIX));
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
    let extra = additional_nodes(subject, nodes, &subnets)?;
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

/// The nodes of an existing group already have addresses, so only additional nodes require free ones.
fn during_update(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    if !replaces_nodes(subject) {
        return Ok(());
    }
    let nodes = *subject.scaling.need()?.desired.need()?;
    subject.all_subnets_known()?;
    let subnets = subnets(subject, facts)?;
    let extra = additional_nodes(subject, nodes, &subnets)?;
    let free: i64 = subnets.iter().map(|subnet| subnet.free_addresses).sum();
    if nodes > 0 && !subnets.is_empty() && free < extra {
        let found = format!(
            "This update launches up to {extra} additional nodes before it terminates the old ones, which requires at \
             least {extra} free IP addresses: {}.",
            listed(&subnets)
        );
        let why = "If the new nodes cannot be launched, the update fails.";
        let fix = format!("{FIX} To terminate old nodes first instead, set update_strategy = \"MINIMAL\".");
        let summary = "Too few free IP addresses for the update";
        verdicts.warning(&subject.subnets.path, Finding::new(summary, found, why, fix));
    }
    Ok(())
}

fn listed(subnets: &[&Subnet]) -> String {
    let each = subnets.iter().map(|subnet| format!("{} has {} free", subnet.id, subnet.free_addresses));
    each.collect::<Vec<_>>().join(", ")
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

    #[rstest]
    #[case::too_few(2, 1, None, Some("up to 4 additional nodes"))]
    #[case::enough(2, 2, None, None)]
    #[case::old_nodes_first(0, 0, Some("MINIMAL"), None)]
    fn update_needs_addresses_for_additional_nodes(
        #[case] a: i64,
        #[case] b: i64,
        #[case] strategy: Option<&str>,
        #[case] words: Option<&str>,
    ) {
        let world = free(a, b).plan(|subject| {
            subject.changed = Changed::Only([Input::ReleaseVersion].into());
            let Attr::Known(update) = &mut subject.update_config.value else { panic!("no update_config") };
            update.strategy.value = strategy.map(str::to_owned).into();
        });
        match words {
            Some(words) => fires(&CHECK, &world, Effect::Warns, "subnet_ids", &[words, "MINIMAL"]),
            None => is_silent(&CHECK, &world),
        }
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
            full.clone().plan(|subject| {
                subject.replaced = Some(Replaced {
                    nodes,
                    subnets,
                    cluster: "demo".to_owned(),
                    name: "old".to_owned(),
                    drain_before_delete: None,
                })
            })
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
