//! The cluster can have one more node group.

use crate::facts::{Facts, Family, QuotaCode, Skip, both};
use crate::known::cluster;
use crate::verdict::{Effect, Finding, Verdicts};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "node_group_quota",
    finds: "A cluster that has as many node groups as the quota of the account allows.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster],
    reads: &[Family::Cluster, Family::NodeGroups, Family::Quota],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut Verdicts) -> Result<(), Skip> {
    if !subject.is_new() {
        return Ok(());
    }
    let cluster = cluster(subject, facts)?;
    let quota = QuotaCode { service: "eks".to_owned(), code: "L-6D54EA21".to_owned() };
    let (groups, quota) = both(facts.node_groups(cluster.name.as_str()), facts.quota(quota))?;
    let (groups, most) = (groups.ok_or(Skip::Absent)?, quota.ok_or(Skip::Absent)?.value);
    if let Some(effect) = full(subject, groups, most) {
        let found =
            format!("Cluster {} has {} node groups; the quota L-6D54EA21 is {most}.", cluster.name, groups.len());
        let why = "EKS refuses one more.";
        let fix =
            "Delete node groups that are not needed, or ask Service Quotas for more managed node groups per cluster.";
        let finding = Finding::new("The cluster has its most node groups", found, why, fix);
        verdicts.push(effect, &subject.cluster.path, finding);
    }
    Ok(())
}

/// How sure it is that a quota leaves no room beside those with these names. One of the same name goes before the new one
/// comes, and one that is replaced by another name may.
pub(super) fn full(subject: &Subject, names: &[String], most: f64) -> Option<Effect> {
    let name = subject.name.value.text();
    let others = names.iter().filter(|other| Some(other.as_str()) != name).count();
    let is_full = u32::try_from(others).is_ok_and(|others| f64::from(others) >= most);
    is_full.then_some(if name.is_some() { Effect::BlocksApply } else { Effect::Warns })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fires, is_silent, node_group, quota};
    use super::*;
    use crate::subject::Changed;
    use framework::model::Attr;

    #[test]
    fn one_more_must_fit() {
        is_silent(&CHECK, &node_group());
        is_silent(&CHECK, &node_group().with(quota("L-6D54EA21", 2.0)));
        is_silent(
            &CHECK,
            &node_group().with(quota("L-6D54EA21", 1.0)).plan(|subject| {
                subject.name.value = Attr::from("other");
            }),
        );
        let full = node_group().with(quota("L-6D54EA21", 1.0));
        fires(&CHECK, &full, Effect::BlocksApply, "cluster_name", &["demo has 1 node groups", "L-6D54EA21 is 1"]);
        let unnamed = full.clone().plan(|subject| subject.name.value = Attr::Null);
        fires(&CHECK, &unnamed, Effect::Warns, "cluster_name", &["demo has 1 node groups"]);
        is_silent(&CHECK, &full.plan(|subject| subject.changed = Changed::Only([Input::Cluster].into())));
    }
}
