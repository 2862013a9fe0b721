//! The instance types exist.

use crate::derived::{effect_of, instance_type_names};
use crate::facts::{Facts, Family, Skip, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "instance_types_exist",
    finds: "Reports instance types that do not exist in the Region.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Template, Family::InstanceType],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let (names, path) = instance_type_names(subject, facts)?;
    let types = together(names.iter().map(|name| facts.instance_type(name.as_str())))?;
    let missing: Vec<_> =
        names.iter().zip(types).filter(|(_, found)| found.is_none()).map(|(name, _)| name.as_str()).collect();
    if !missing.is_empty() {
        let found = format!("{} does not offer these instance types: {}.", subject.region, missing.join(", "));
        let why = "EKS rejects the node group.";
        let fix = "Correct the name, or use an instance type that is offered in the Region.";
        verdicts.push(effect_of(subject, &path), &path, Finding::new("Instance types do not exist", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult, Template};

    fn without_x9(world: World) -> World {
        world.with(Fact::InstanceType("x9.large".to_owned(), FactResult::Missing))
    }

    #[test]
    fn types_must_exist() {
        is_silent(&CHECK, &node_group());
        let unknown = without_x9(node_group().of_types(&["m5.large", "x9.large"]));
        fires(
            &CHECK,
            &unknown,
            Effect::BlocksPlan,
            "instance_types",
            &["us-east-1 does not offer these instance types: x9.large."],
        );
    }

    #[test]
    fn type_of_the_launch_template_counts() {
        let of = |name: &str| {
            without_x9(node_group().template(Template { instance_type: Some(name.to_owned()), ..Template::default() }))
        };
        is_silent(&CHECK, &of("m5.large"));
        fires(&CHECK, &of("x9.large"), Effect::BlocksApply, "launch_template[0]", &["x9.large"]);
    }
}
