//! The role exists.

use super::{BOTH, Class, ClassCheck, Input};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_role_exists",
    finds: "Reports a role that does not exist in the account.",
    kinds: BOTH,
    inputs: &[Input::Cluster, Input::Role],
    reads: &[Family::Cluster, Family::Role],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let name = class.role.need()?;
    class.cluster(facts)?;
    if facts.role(name.as_str())?.is_none() {
        let found = format!("Role {name} not found.");
        let why = format!(
            "Without the role, {} does not create an instance profile and does not launch nodes.",
            class.controller()
        );
        let fix = "Correct the name. It must not be an ARN or contain a path. If the same apply creates the role, \
                   ignore this warning.";
        verdicts.warning(&class.role.path, Finding::new("Role does not exist", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ROLE, auto_mode, fires, is_silent, karpenter};
    use super::*;
    use crate::facts::{Fact, FactResult};

    #[test]
    fn role_must_exist() {
        for (world, who) in [(karpenter(), "Karpenter does not create"), (auto_mode(), "EKS Auto Mode does not create")]
        {
            is_silent(&CHECK, &world);
            let gone = world.with(Fact::Role(ROLE.to_owned(), FactResult::Missing));
            fires(&CHECK, &gone, Effect::Warns, "role", &[ROLE, who]);
            is_silent(&CHECK, &gone.without_cluster());
        }
        is_silent(&CHECK, &karpenter().with_profile(Some(ROLE)));
    }
}
