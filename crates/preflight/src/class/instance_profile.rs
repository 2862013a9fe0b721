//! The instance profile exists and has a role.

use super::{BOTH, Class, ClassCheck, Input};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_instance_profile",
    finds: "Reports an instance profile that does not exist in the account, or that has no role.",
    kinds: BOTH,
    inputs: &[Input::Cluster, Input::Role],
    reads: &[Family::Cluster, Family::InstanceProfile],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let name = class.instance_profile.need()?;
    class.cluster(facts)?;
    let path = &class.instance_profile.path;
    let who = class.controller();
    match facts.instance_profile(name.as_str())? {
        None => {
            let found = format!("Instance profile {name} not found.");
            let why = format!(
                "{who} does not create an instance profile if one is specified, and EC2 does not launch nodes without \
                 it."
            );
            let fix = "Correct the name, or set role instead. If the same apply creates the instance profile, ignore \
                       this warning.";
            verdicts.warning(path, Finding::new("Instance profile does not exist", found, why, fix));
        }
        Some(profile) if profile.role.is_none() => {
            let found = format!("Instance profile {name} has no role.");
            let why = "Nodes without a role have no credentials and do not join.";
            let fix = "Add the node role to the instance profile. If the same apply adds it, ignore this warning.";
            verdicts.warning(path, Finding::new("Instance profile has no role", found, why, fix));
        }
        Some(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PROFILE, ROLE, fires, is_silent, karpenter};
    use super::*;
    use crate::facts::{Fact, FactResult};

    #[test]
    fn instance_profile_must_exist_and_hold_a_role() {
        is_silent(&CHECK, &karpenter());
        let named = karpenter().with_profile(Some(ROLE));
        is_silent(&CHECK, &named);
        let gone = named.with(Fact::InstanceProfile(PROFILE.to_owned(), FactResult::Missing));
        fires(&CHECK, &gone, Effect::Warns, "instance_profile", &["not found", PROFILE]);
        is_silent(&CHECK, &gone.without_cluster());
        let empty = karpenter().with_profile(None);
        fires(&CHECK, &empty, Effect::Warns, "instance_profile", &["has no role"]);
    }
}
