//! The placement group of the launch template exists and supports the nodes.

use std::collections::BTreeSet;

use crate::derived::{instance_types, subnets, template};
use crate::facts::{Facts, Family, PlacementGroup, Skip, Template};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "placement_group",
    finds: "Reports a placement group of the launch template that does not exist or does not support the instance \
            types. Also reports a strategy that does not match the Availability Zones or the number of nodes.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::LaunchTemplate, Input::Subnets, Input::InstanceTypes, Input::Scaling],
    reads: &[Family::Template, Family::PlacementGroup, Family::Subnet, Family::InstanceType],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

/// Maximum number of instances of a spread placement group in a zone. Source: EC2 user guide, placement strategies.
const SPREAD_IN_A_ZONE: usize = 7;

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let Some(template) = template(subject, facts)? else { return Ok(()) };
    let Some(name) = template.placement_group.as_deref() else { return Ok(()) };
    let place = place(template, name);
    let group = facts.placement_group(name)?;
    let is_there = |group: &&PlacementGroup| !["deleting", "deleted"].contains(&group.state.as_str());
    let Some(group) = group.filter(is_there) else {
        let found = format!("{place}, which does not exist in {}.", subject.region);
        let fix = "Create the placement group, or a launch template version without it.";
        let finding = Finding::new("Placement group does not exist", found, "Instances cannot be launched.", fix);
        verdicts.blocks_apply(&subject.launch_template.path, finding);
        return Ok(());
    };
    types(subject, facts, group, &place, verdicts)?;
    let zones: BTreeSet<_> = subnets(subject, facts)?.into_iter().map(|subnet| subnet.zone_id.as_str()).collect();
    match group.strategy.as_str() {
        "cluster" if zones.len() > 1 => {
            let zones = zones.into_iter().collect::<Vec<_>>().join(", ");
            let found = format!("{place}, which uses the cluster strategy, but the subnets are in {zones}.");
            let why = "All instances in a cluster placement group are in one Availability Zone. Nodes in other zones \
                       cannot be launched, and node group updates fail because they wait for a new node in each zone.";
            let fix = "Use subnets in one Availability Zone, or a placement group with the partition or spread \
                       strategy.";
            let summary = "Placement group is limited to one zone";
            verdicts.warning(&subject.subnets.path, Finding::new(summary, found, why, fix));
        }
        "spread" if group.spread_level != "host" => spread(subject, zones.len(), &place, verdicts)?,
        _ => {}
    }
    subject.all_subnets_known()
}

fn place(template: &Template, name: &str) -> String {
    format!("Version {} of {} specifies placement group {name}", template.version, template.id)
}

/// Reports instance types that do not support the strategy. Instance requirements are not evaluated.
fn types(
    subject: &Subject,
    facts: &Facts,
    group: &PlacementGroup,
    place: &str,
    verdicts: &mut CheckFindings,
) -> Result<(), Skip> {
    let (types, path) = match instance_types(subject, facts) {
        Err(Skip::Absent) => return Ok(()),
        types => types?,
    };
    // EC2 does not report support for strategies that are newer than this list.
    if !["cluster", "partition", "spread"].contains(&group.strategy.as_str()) {
        return Ok(());
    }
    let takes = |strategies: &[String]| strategies.is_empty() || strategies.contains(&group.strategy);
    let wrong = types.iter().filter(|found| !takes(&found.placement_strategies)).map(|found| found.name.as_str());
    let wrong: Vec<_> = wrong.collect();
    if !wrong.is_empty() {
        let found = format!(
            "{place}, which uses the {} strategy, but EC2 does not support {} in this type of placement group.",
            group.strategy,
            wrong.join(", ")
        );
        let fix = "Use other instance types, or a placement group with another strategy.";
        let summary = "Placement group does not support the instance types";
        verdicts.blocks_apply(&path, Finding::new(summary, found, "Instances of these types cannot be launched.", fix));
    }
    Ok(())
}

/// Reports a size that exceeds the number of racks of a spread placement group.
fn spread(subject: &Subject, zones: usize, place: &str, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    // Unknown subnets can add Availability Zones.
    subject.all_subnets_known()?;
    let Some(scaling) = subject.scaling.get()? else { return Ok(()) };
    let most = zones * SPREAD_IN_A_ZONE;
    for given in [&scaling.desired, &scaling.max] {
        let size = given.value.known().and_then(|size| usize::try_from(*size).ok());
        if let Some(size) = size.filter(|size| *size > most) {
            let found = format!(
                "{place}, which uses the spread strategy. The configured size is {size}, and the number of \
                 Availability Zones is {zones}."
            );
            let why = format!(
                "A spread placement group supports {SPREAD_IN_A_ZONE} instances per Availability Zone, which is {most} \
                 in total."
            );
            let fix = format!("Lower the size to {most}, or use a placement group with the partition strategy.");
            let finding = Finding::new("Placement group supports too few nodes", found, why, fix);
            verdicts.warning(&given.path, finding);
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fires, instance_type, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult, InstanceType};
    use framework::model::Attr;

    fn of(strategy: &str) -> World {
        let group = PlacementGroup {
            name: "own".to_owned(),
            strategy: strategy.to_owned(),
            state: "available".to_owned(),
            spread_level: "rack".to_owned(),
        };
        of_group(FactResult::Known(group))
    }

    fn of_group(group: FactResult<PlacementGroup>) -> World {
        let template = Template { placement_group: Some("own".to_owned()), ..Template::default() };
        node_group().template(template).with(Fact::PlacementGroup("own".to_owned(), group))
    }

    fn in_one_zone(world: World) -> World {
        world.plan(|subject| subject.subnets.value = Attr::Known(vec!["subnet-a".into()]))
    }

    #[test]
    fn group_must_exist() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &of("partition"));
        let path = "launch_template[0]";
        fires(
            &CHECK,
            &of_group(FactResult::Missing),
            Effect::BlocksApply,
            path,
            &["group own, which does not exist in us-east-1"],
        );
        let going = PlacementGroup { state: "deleting".to_owned(), ..PlacementGroup::default() };
        fires(&CHECK, &of_group(FactResult::Known(going)), Effect::BlocksApply, path, &["does not exist"]);
    }

    #[test]
    fn cluster_is_in_one_zone() {
        fires(&CHECK, &of("cluster"), Effect::Warns, "subnet_ids", &["the subnets are in use1-az1, use1-az2"]);
        is_silent(&CHECK, &in_one_zone(of("cluster")));
    }

    #[test]
    fn types_must_be_taken() {
        let burstable = InstanceType {
            placement_strategies: vec!["partition".to_owned(), "spread".to_owned()],
            ..instance_type("t3.medium", "x86_64")
        };
        let with_type = |world: World| {
            let fact = Fact::InstanceType("t3.medium".to_owned(), FactResult::Known(burstable.clone()));
            world.with(fact).of_types(&["t3.medium", "m5.large"])
        };
        let cluster = with_type(in_one_zone(of("cluster")));
        fires(
            &CHECK,
            &cluster,
            Effect::BlocksApply,
            "instance_types",
            &["does not support t3.medium in this type of placement group"],
        );
        is_silent(&CHECK, &with_type(of("spread")));
        is_silent(&CHECK, &with_type(of("precision-time")));
    }

    #[test]
    fn spread_has_seven_in_a_zone() {
        let nodes = |size: i64| {
            in_one_zone(of("spread")).plan(|subject| {
                let Attr::Known(scaling) = &mut subject.scaling.value else { panic!("no sizes") };
                scaling.max.value = Attr::Known(size);
            })
        };
        is_silent(&CHECK, &nodes(7));
        let path = "scaling_config[0].max_size";
        fires(
            &CHECK,
            &nodes(8),
            Effect::Warns,
            path,
            &["The configured size is 8, and the number of Availability Zones is 1.", "which is 7 in total"],
        );
    }
}
