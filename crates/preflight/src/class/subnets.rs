//! The terms select subnets.

use super::selection::{Selection, all_known, selected};
use super::{BOTH, Class, ClassCheck, Input};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect};

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_subnets",
    finds: "Reports terms that currently do not select a subnet in the Region, and subnet IDs that do not exist.",
    kinds: BOTH,
    inputs: &[Input::Cluster, Input::Subnets],
    reads: &[Family::Cluster, Family::SelectedSubnets],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    class.cluster(facts)?;
    let found = selected(&class.subnets, |term| facts.selected_subnets(term))?;
    let condition = ("SubnetsReady", "SubnetsNotFound");
    Selection { terms: &class.subnets, noun: "subnet", condition }.judge(class, &found, verdicts);
    all_known(&class.subnets)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{auto_mode, fires, is_silent, karpenter, tagged};
    use super::*;
    use crate::facts::{Fact, FactResult, Selector};
    use framework::model::Attr;

    const PATH: &str = "subnet_selector_term";

    fn id(id: &str) -> Selector {
        Selector::Id(id.to_owned())
    }

    fn none(term: Selector) -> Fact {
        Fact::SelectedSubnets(term, FactResult::Known(Vec::new()))
    }

    #[test]
    fn terms_must_select_a_subnet() {
        for (world, who) in [(karpenter(), "Karpenter sets"), (auto_mode(), "EKS Auto Mode sets")] {
            is_silent(&CHECK, &world);
            let bare = world.with(none(tagged()));
            let words = &["No subnet in us-east-1 has the tag karpenter.sh/discovery = demo.", who];
            fires(&CHECK, &bare, Effect::Warns, PATH, words);
            is_silent(&CHECK, &bare.without_cluster());
        }
    }

    #[test]
    fn missing_subnet_ids_warn_even_with_other_terms() {
        let with = |terms: Vec<Attr<Selector>>| {
            karpenter().with(none(id("subnet-9"))).plan(|class| class.subnets.value = Attr::Known(terms))
        };
        let both = with(vec![Attr::Known(id("subnet-9")), Attr::Known(tagged())]);
        fires(&CHECK, &both, Effect::Warns, PATH, &["No subnet in us-east-1 has the ID subnet-9."]);
        // What nobody knows yet may select the others.
        let open = with(vec![Attr::Known(id("subnet-9")), Attr::Unknown]);
        fires(&CHECK, &open, Effect::Warns, PATH, &["A subnet does not exist"]);
        is_silent(&CHECK, &with(vec![Attr::Known(tagged()), Attr::Unknown]).with(none(tagged())));
    }
}
