//! The terms select security groups.

use super::selection::{Selection, all_known, selected};
use super::{BOTH, Class, ClassCheck, Input};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect};

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_security_groups",
    finds: "Reports terms that currently do not select a security group in the Region, and security group IDs that do \
            not exist.",
    kinds: BOTH,
    inputs: &[Input::Cluster, Input::SecurityGroups],
    reads: &[Family::Cluster, Family::SelectedSecurityGroups],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    class.cluster(facts)?;
    let found = selected(&class.security_groups, |term| facts.selected_security_groups(term))?;
    let condition = ("SecurityGroupsReady", "SecurityGroupsNotFound");
    Selection { terms: &class.security_groups, noun: "security group", condition }.judge(class, &found, verdicts);
    all_known(&class.security_groups)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{auto_mode, fires, is_silent, karpenter, tagged};
    use super::*;
    use crate::facts::{Fact, FactResult, Selector};
    use framework::model::Attr;

    #[test]
    fn terms_must_select_a_security_group() {
        let named = Selector::Name("nodes".to_owned());
        for world in [karpenter(), auto_mode()] {
            is_silent(&CHECK, &world);
            let terms = vec![Attr::Known(tagged()), Attr::Known(named.clone())];
            let nothing = [tagged(), named.clone()].into_iter();
            let nothing = nothing.map(|term| Fact::SelectedSecurityGroups(term, FactResult::Known(Vec::new())));
            let bare = nothing
                .fold(world.plan(|class| class.security_groups.value = Attr::Known(terms)), |world, fact| {
                    world.with(fact)
                });
            let words =
                &["No security group in us-east-1 has the tag karpenter.sh/discovery = demo or the name nodes."];
            fires(&CHECK, &bare, Effect::Warns, "security_group_selector_term", words);
        }
    }
}
