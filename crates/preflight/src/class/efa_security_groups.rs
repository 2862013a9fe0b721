//! The security groups of Elastic Fabric Adapters allow traffic between them.

use super::selection::{all_known, selected};
use super::{BOTH, Class, ClassCheck, Input};
use crate::efa;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect};

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_efa_security_groups",
    finds: "Reports Elastic Fabric Adapter interfaces whose security groups do not allow all traffic from and to \
            themselves.",
    kinds: BOTH,
    inputs: &[Input::Cluster, Input::SecurityGroups, Input::Network],
    reads: &[Family::Cluster, Family::SelectedSecurityGroups],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    if !class.interfaces.need()?.contains(&true) {
        return Ok(());
    }
    // An unknown security group could be sufficient.
    all_known(&class.security_groups)?;
    class.cluster(facts)?;
    let found = selected(&class.security_groups, |term| facts.selected_security_groups(term))?;
    let groups: Vec<_> = found.iter().flat_map(|(_, groups)| groups.iter()).collect();
    if let Some(finding) = efa::closed(&groups).filter(|_| !groups.is_empty()) {
        verdicts.warning(&class.interfaces.path, finding);
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
    fn adapters_require_rules_for_their_group() {
        for world in [karpenter(), auto_mode()] {
            is_silent(&CHECK, &with(world.clone(), &[false, true]));
            let narrow = world.security_group(|group| group.egress.clear());
            fires(&CHECK, &with(narrow.clone(), &[false, true]), Effect::Warns, "interfaces", &[GROUP, "all outbound"]);
            is_silent(&CHECK, &with(narrow, &[false, false]));
        }
        is_silent(&CHECK, &karpenter());
    }
}
