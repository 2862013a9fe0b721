//! The instance profile quota allows another instance profile.

use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "instance_profile_quota",
    finds: "Reports accounts that have reached the instance profile quota. EKS creates an instance profile for each \
            node group.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Role],
    reads: &[Family::InstanceProfiles],
    effects: &[Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    if !subject.is_new() {
        return Ok(());
    }
    subject.role_arn.need()?;
    let profiles = facts.instance_profiles(())?.ok_or(Skip::Absent)?;
    if profiles.count >= profiles.most {
        let found =
            format!("The account has {} instance profiles, and its quota is {}.", profiles.count, profiles.most);
        let why = "EKS creates an instance profile with the role for each node group. When the quota is reached, \
                   it reports IamLimitExceeded.";
        let fix = "Delete unused instance profiles, or request an increase of the IAM quota L-6E65F664 in the Service \
                   Quotas console.";
        let finding = Finding::new("Instance profile quota reached", found, why, fix);
        verdicts.warning(&subject.role_arn.path, finding);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group};
    use super::*;
    use crate::facts::{Fact, FactResult, InstanceProfiles};
    use crate::subject::Changed;

    #[test]
    fn one_more_must_fit() {
        let of = |count| {
            let profiles = InstanceProfiles { count, most: 1000 };
            node_group().with(Fact::InstanceProfiles((), FactResult::Known(profiles)))
        };
        is_silent(&CHECK, &of(999));
        fires(
            &CHECK,
            &of(1000),
            Effect::Warns,
            "node_role_arn",
            &["has 1000 instance profiles, and its quota is 1000"],
        );
        is_silent(&CHECK, &of(1000).plan(|subject| subject.changed = Changed::Only([Input::Role].into())));
    }
}
