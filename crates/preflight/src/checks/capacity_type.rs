//! The instance types are available with the capacity type.

use crate::derived::{effect_of, instance_types};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "capacity_type",
    finds: "Reports instance types that are not available with the capacity type SPOT or CAPACITY_BLOCK.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::CapacityType, Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Template, Family::InstanceType],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let capacity = subject.capacity_type.need()?;
    let class = match capacity.as_str() {
        "SPOT" => "spot",
        "CAPACITY_BLOCK" => "capacity-block",
        _ => return Ok(()),
    };
    let (types, of) = instance_types(subject, facts)?;
    let is_sold = |classes: &[String]| classes.iter().any(|own| own == class);
    let wrong: Vec<_> = types.iter().filter(|found| !is_sold(&found.usage_classes)).collect();
    if !wrong.is_empty() {
        let effect = if wrong.len() == types.len() { effect_of(subject, &of) } else { Effect::Warns };
        let list = wrong
            .iter()
            .map(|found| format!("{} is available only as {}", found.name, found.usage_classes.join(" and ")));
        let found = format!("capacity_type is {capacity}, but {}.", list.collect::<Vec<_>>().join(", "));
        let why = "EC2 does not launch instances of these types with this capacity type.";
        let fix = "Use other instance types, or another capacity_type.";
        let finding = Finding::new("Instance types do not support the capacity type", found, why, fix);
        verdicts.push(effect, &subject.capacity_type.path, finding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;
    use framework::model::Attr;

    fn of(capacity: &str, types: &[&str]) -> World {
        let world = node_group().of_types(types).plan(|subject| subject.capacity_type.value = Attr::from(capacity));
        world.instance_type("m5a.large", |found| found.usage_classes = vec!["on-demand".to_owned()])
    }

    #[rstest]
    #[case::spot("SPOT", &["m5.large"], None)]
    #[case::on_demand("ON_DEMAND", &["m5a.large"], None)]
    #[case::no_spot("SPOT", &["m5a.large"], Some(Effect::BlocksPlan))]
    #[case::some("SPOT", &["m5.large", "m5a.large"], Some(Effect::Warns))]
    #[case::no_blocks("CAPACITY_BLOCK", &["m5a.large"], Some(Effect::BlocksPlan))]
    fn types_are_sold_that_way(#[case] capacity: &str, #[case] types: &[&str], #[case] effect: Option<Effect>) {
        match effect {
            Some(effect) => fires(
                &CHECK,
                &of(capacity, types),
                effect,
                "capacity_type",
                &[capacity, "m5a.large is available only as on-demand"],
            ),
            None => is_silent(&CHECK, &of(capacity, types)),
        }
    }
}
