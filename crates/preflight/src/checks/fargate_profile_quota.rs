//! The Fargate profile quota of the cluster allows another profile.

use super::objects_per_cluster::Limited;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "fargate_profile_quota",
    finds: "Reports clusters that have reached the Fargate profile quota of the account.",
    kinds: &[Kind::FargateProfile],
    inputs: &[Input::Cluster],
    reads: &[Family::Cluster, Family::FargateProfiles, Family::Quota],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

const OBJECTS: Limited = Limited {
    plural: "Fargate profiles",
    code: "L-33415657",
    fix: "Delete unused profiles, combine their selectors in other profiles, or request a quota increase in the \
          Service Quotas console.",
    names: |facts, cluster| Ok(facts.fargate_profiles(cluster)?.cloned()),
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    OBJECTS.check(subject, facts, verdicts)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fargate_profile, fires, is_silent, quota};
    use super::*;

    #[test]
    fn one_more_must_fit() {
        is_silent(&CHECK, &fargate_profile());
        is_silent(&CHECK, &fargate_profile().with(quota("L-33415657", 2.0)));
        let full = fargate_profile().with(quota("L-33415657", 1.0));
        fires(
            &CHECK,
            &full,
            Effect::BlocksApply,
            "cluster_name",
            &["The number of Fargate profiles in cluster demo is 1", "L-33415657 is 1"],
        );
    }
}
