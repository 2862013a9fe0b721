//! The managed node group quota of the cluster allows another node group.

use super::objects_per_cluster::Limited;
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect};
use crate::{Check, Input, Kind, Subject};

pub(super) const CHECK: Check = Check {
    name: "node_group_quota",
    finds: "Reports clusters that have reached the managed node group quota of the account.",
    kinds: &[Kind::NodeGroup],
    inputs: &[Input::Cluster],
    reads: &[Family::Cluster, Family::NodeGroups, Family::Quota],
    effects: &[Effect::BlocksApply, Effect::Warns],
    run,
};

const OBJECTS: Limited = Limited {
    plural: "node groups",
    code: "L-6D54EA21",
    fix: "Delete unused node groups, or request a quota increase in the Service Quotas console.",
    names: |facts, cluster| Ok(facts.node_groups(cluster)?.cloned()),
};

fn run(subject: &Subject, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    OBJECTS.check(subject, facts, verdicts)
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
        fires(
            &CHECK,
            &full,
            Effect::BlocksApply,
            "cluster_name",
            &["The number of node groups in cluster demo is 1", "L-6D54EA21 is 1"],
        );
        let unnamed = full.clone().plan(|subject| subject.name.value = Attr::Null);
        fires(&CHECK, &unnamed, Effect::Warns, "cluster_name", &["The number of node groups in cluster demo is 1"]);
        is_silent(&CHECK, &full.plan(|subject| subject.changed = Changed::Only([Input::Cluster].into())));
    }
}
