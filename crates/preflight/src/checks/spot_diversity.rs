//! Spot capacity comes from more than one pool.

use crate::derived::instance_type_names;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "spot_diversity",
    finds: "Reports node groups with the capacity type SPOT and a single instance type.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::CapacityType, Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Template],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    if subject.capacity_type.need()? != "SPOT" {
        return Ok(());
    }
    let (names, _) = instance_type_names(subject, facts)?;
    if let [only] = names.as_slice() {
        let found = format!("capacity_type is SPOT, and {only} is the only instance type.");
        let why = "If EC2 reclaims these instances or has no capacity, there is no other instance type to replace the \
                   nodes.";
        let fix = "Specify several instance types of the same size in instance_types.";
        verdicts.warning(
            &subject.capacity_type.path,
            Finding::new("Spot capacity relies on one instance type", found, why, fix),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group};
    use super::*;
    use framework::model::Attr;

    #[test]
    fn spot_wants_several_types() {
        is_silent(&CHECK, &node_group());
        let spot = node_group().plan(|subject| subject.capacity_type.value = Attr::from("SPOT"));
        fires(&CHECK, &spot, Effect::Warns, "capacity_type", &["m5.large is the only instance type"]);
        is_silent(&CHECK, &spot.of_types(&["m5.large", "m5a.large"]));
    }
}
