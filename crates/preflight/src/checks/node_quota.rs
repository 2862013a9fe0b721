//! The quota of nodes per node group allows the planned number.

use crate::facts::{Facts, Family, QuotaCode, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};
use framework::path::Step;

pub(super) const CHECK: Check = Check {
    name: "node_quota",
    finds: "Reports node groups with more nodes than the account quota allows.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Scaling],
    reads: &[Family::Quota],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let scaling = subject.scaling.need()?;
    let quota = QuotaCode { service: "eks".to_owned(), code: "L-BD136A63".to_owned() };
    let most = facts.quota(quota)?.ok_or(Skip::Absent)?.value;
    for (given, effect) in [(&scaling.desired, Effect::BlocksApply), (&scaling.max, Effect::Warns)] {
        // An unset desired size defaults to the minimum.
        let Some(Step::Attribute(name)) = given.path.steps().last() else { continue };
        let Some(size) =
            given.value.known().filter(|size| i32::try_from(**size).is_ok_and(|size| f64::from(size) > most))
        else {
            continue;
        };
        let found = format!("{name} is {size}, but the quota L-BD136A63 is {most}.");
        let fix = format!(
            "Lower {name} to {most}, distribute the nodes across several node groups, or request a quota increase for \
             nodes per managed node group in the Service Quotas console."
        );
        let why = "A managed node group does not scale above the quota.";
        verdicts.push(effect, &given.path, Finding::new("Node quota exceeded", found, why, fix));
        break;
    }
    scaling.desired.get().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group, quota};
    use super::*;

    #[test]
    fn nodes_must_fit() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().with(quota("L-BD136A63", 3.0)));
        let few = node_group().with(quota("L-BD136A63", 2.0));
        fires(&CHECK, &few, Effect::Warns, "scaling_config[0].max_size", &["max_size is 3", "L-BD136A63 is 2"]);
        let fewer = node_group().with(quota("L-BD136A63", 1.0));
        fires(&CHECK, &fewer, Effect::BlocksApply, "scaling_config[0].desired_size", &["desired_size is 2"]);
    }
}
