//! The cluster can have one more node group.

use crate::preflight::facts::{Facts, Family, QuotaCode, Skip, both};
use crate::preflight::known::cluster;
use crate::preflight::verdict::{Finding, Verdicts};
use crate::preflight::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "node_group_quota",
    finds: "A cluster that has as many node groups as the quota of the account allows.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster],
    reads: &[Family::Cluster, Family::NodeGroups, Family::Quota],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut Verdicts) -> Result<(), Skip> {
    if !subject.is_new() {
        return Ok(());
    }
    let cluster = cluster(subject, facts)?;
    let quota = QuotaCode { service: "eks".to_owned(), code: "L-6D54EA21".to_owned() };
    let (groups, quota) = both(facts.node_groups(cluster.name.as_str()), facts.quota(quota))?;
    let (count, most) = (groups.ok_or(Skip::Absent)?.len(), quota.ok_or(Skip::Absent)?.value);
    if is_full(count, most) {
        let found = format!("Cluster {} has {count} node groups; the quota L-6D54EA21 is {most}.", cluster.name);
        let why = "EKS refuses one more.";
        let fix =
            "Delete node groups that are not needed, or ask Service Quotas for more managed node groups per cluster.";
        let finding = Finding::new("The cluster has its most node groups", found, why, fix);
        verdicts.error(&subject.cluster.path, finding);
    }
    Ok(())
}

/// Whether a quota allows no more than there are.
pub(super) fn is_full(count: usize, most: f64) -> bool {
    u32::try_from(count).is_ok_and(|count| f64::from(count) >= most)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group, quota};
    use super::*;
    use crate::preflight::Severity;
    use crate::preflight::subject::Changed;

    #[test]
    fn one_more_must_fit() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().with(quota("L-6D54EA21", 2.0)));
        let full = node_group().with(quota("L-6D54EA21", 1.0));
        fires(&CHECK, &full, Severity::Error, "cluster_name", &["demo has 1 node groups", "L-6D54EA21 is 1"]);
        is_silent(&CHECK, &full.plan(|subject| subject.changed = Changed::Only([Input::Cluster].into())));
    }
}
