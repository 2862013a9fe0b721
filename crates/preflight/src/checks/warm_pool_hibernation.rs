//! Instances of a warm pool can hibernate.

use crate::derived::{effect_of, instance_types};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "warm_pool_hibernation",
    finds: "Reports a warm pool of hibernated instances whose instance types do not support hibernation.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::WarmPool, Input::InstanceTypes, Input::LaunchTemplate],
    reads: &[Family::Template, Family::InstanceType],
    effects: &[Effect::BlocksPlan, Effect::BlocksApply],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let pool = subject.warm_pool.need()?;
    if pool.state.need()? != "HIBERNATED" {
        return Ok(());
    }
    let (types, of) = instance_types(subject, facts)?;
    let wrong: Vec<_> = types.iter().filter(|found| !found.hibernation).map(|found| found.name.as_str()).collect();
    if !wrong.is_empty() {
        let found = format!(
            "pool_state is HIBERNATED, but these instance types do not support hibernation: {}.",
            wrong.join(", ")
        );
        let why = "EC2 does not launch instances of these types for the warm pool.";
        let fix = "Use instance types that support hibernation, or set pool_state to STOPPED.";
        verdicts.push(
            effect_of(subject, &of),
            &pool.state.path,
            Finding::new("Instance types do not support hibernation", found, why, fix),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group};
    use super::*;

    #[test]
    fn hibernated_instances_can_hibernate() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().warm_pool("HIBERNATED"));
        let awake = |state| node_group().warm_pool(state).instance_type("m5.large", |found| found.hibernation = false);
        is_silent(&CHECK, &awake("STOPPED"));
        let path = "warm_pool_config[0].pool_state";
        fires(&CHECK, &awake("HIBERNATED"), Effect::BlocksPlan, path, &["do not support hibernation: m5.large"]);
    }
}
