//! Devices for EFA may talk to each other.

use super::selection::{all_known, selected};
use super::{BOTH, Class, ClassCheck, Input};
use crate::facts::{Facts, Family, Skip};
use crate::verdict::{Effect, Finding, Verdicts};

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_efa_security_groups",
    finds: "Reports Elastic Fabric Adapter interfaces whose security groups do not allow traffic between the adapters.",
    kinds: BOTH,
    inputs: &[Input::Cluster, Input::SecurityGroups, Input::Network],
    reads: &[Family::Cluster, Family::SelectedSecurityGroups],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, facts: &Facts, verdicts: &mut Verdicts) -> Result<(), Skip> {
    if !class.interfaces.need()?.contains(&true) {
        return Ok(());
    }
    // Another group would be enough.
    all_known(&class.security_groups)?;
    class.cluster(facts)?;
    let found = selected(&class.security_groups, |term| facts.selected_security_groups(term))?;
    let groups: Vec<_> = found.iter().flat_map(|(_, groups)| groups.iter()).collect();
    if !groups.is_empty() && !groups.iter().any(|group| group.talks_to_itself()) {
        let ids = groups.iter().map(|group| group.id.as_str()).collect::<Vec<_>>().join(", ");
        let found = format!("None of the security groups {ids} allows all traffic from and to itself.");
        let why = "Nodes join, but their Elastic Fabric Adapters cannot communicate with each other.";
        let fix = "Allow all protocols inbound and outbound, with the security group itself as source and destination.";
        verdicts.warning(&class.interfaces.path, Finding::new("Security groups block EFA traffic", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{GROUP, World, auto_mode, fires, is_silent, karpenter};
    use super::*;
    use framework::model::Attr;

    fn with(world: World, interfaces: &[bool]) -> World {
        world.plan(|class| class.interfaces.value = Attr::Known(interfaces.to_vec()))
    }

    #[test]
    fn adapters_need_a_group_that_is_open_to_itself() {
        for world in [karpenter(), auto_mode()] {
            is_silent(&CHECK, &with(world.clone(), &[false, true]));
            let narrow = world.security_group(|group| group.egress.clear());
            fires(&CHECK, &with(narrow.clone(), &[false, true]), Effect::Warns, "interfaces", &[GROUP]);
            is_silent(&CHECK, &with(narrow, &[false, false]));
        }
        is_silent(&CHECK, &karpenter());
    }
}
