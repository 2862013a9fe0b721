//! The subnets exist.

use crate::facts::{Facts, Family, Skip, together};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "subnets_exist",
    finds: "Reports subnets that do not exist in the Region.",
    kinds: &[Kind::NodeGroup, Kind::FargateProfile],
    inputs: &[Input::Subnets],
    reads: &[Family::Subnet],
    effects: &[Effect::BlocksPlan],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let ids: Vec<_> = subject.known_subnets().collect();
    let subnets = together(ids.iter().map(|id| facts.subnet(*id)))?;
    let missing: Vec<_> = ids.iter().zip(subnets).filter(|(_, subnet)| subnet.is_none()).map(|(id, _)| *id).collect();
    if !missing.is_empty() {
        let found = format!("Subnets not found in {}: {}.", subject.region, missing.join(", "));
        let why = format!("EKS rejects a {} with these subnets.", subject.kind.name());
        let fix = "Correct the IDs, or the Region or account in the provider configuration.";
        verdicts.blocks_plan(&subject.subnets.path, Finding::new("Subnets do not exist", found, why, fix));
    }
    subject.all_subnets_known()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fargate_profile, fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult};
    use framework::model::Attr;

    #[test]
    fn subnets_must_exist() {
        for world in [node_group(), fargate_profile()] {
            is_silent(&CHECK, &world);
            let gone = world.with(Fact::Subnet("subnet-b".to_owned(), FactResult::Missing));
            fires(&CHECK, &gone, Effect::BlocksPlan, "subnet_ids", &["us-east-1: subnet-b."]);
        }
    }

    #[test]
    fn known_subnets_are_checked_despite_unknown_ids() {
        let gone = node_group()
            .with(Fact::Subnet("subnet-b".to_owned(), FactResult::Missing))
            .plan(|subject| subject.subnets.value = Attr::Known(vec!["subnet-b".into(), Attr::Unknown]));
        fires(&CHECK, &gone, Effect::BlocksPlan, "subnet_ids", &["subnet-b"]);
    }
}
