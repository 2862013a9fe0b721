//! The cluster can have one more Fargate profile.

use super::node_group_quota::full;
use crate::facts::{Facts, Family, QuotaCode, Skip, both};
use crate::known::cluster;
use crate::verdict::{Effect, Finding, Verdicts};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "fargate_profile_quota",
    finds: "A cluster that has as many Fargate profiles as the quota of the account allows.",
    kinds: &[Kind::FargateProfile],
    inputs: &[Input::Cluster],
    reads: &[Family::Cluster, Family::FargateProfiles, Family::Quota],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut Verdicts) -> Result<(), Skip> {
    if !subject.is_new() {
        return Ok(());
    }
    let cluster = cluster(subject, facts)?;
    let quota = QuotaCode { service: "eks".to_owned(), code: "L-33415657".to_owned() };
    let (profiles, quota) = both(facts.fargate_profiles(cluster.name.as_str()), facts.quota(quota))?;
    let (profiles, most) = (profiles.ok_or(Skip::Absent)?, quota.ok_or(Skip::Absent)?.value);
    if let Some(effect) = full(subject, profiles, most) {
        let count = profiles.len();
        let found = format!("Cluster {} has {count} Fargate profiles; the quota L-33415657 is {most}.", cluster.name);
        let why = "EKS refuses one more.";
        let fix = "Delete profiles that are not needed, put their selectors into others, or ask Service Quotas for more \
                   Fargate profiles per cluster.";
        let finding = Finding::new("The cluster has its most Fargate profiles", found, why, fix);
        verdicts.push(effect, &subject.cluster.path, finding);
    }
    Ok(())
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
        fires(&CHECK, &full, Effect::BlocksApply, "cluster_name", &["demo has 1 Fargate profiles", "L-33415657 is 1"]);
    }
}
