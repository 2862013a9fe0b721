//! The instance types of the pool have enough different values.

use std::collections::BTreeSet;

use super::{PoolCheck, View};
use crate::finding::{CheckFindings, Effect, Finding};
use render::karpenter::instance_labels::{is_derived, labels};
use render::karpenter::requirements::Labels;

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_min_values",
    finds: "Reports `min_values` settings that require more different values than the instance types of the node pool \
            have.",
    offers: true,
    reads: &[],
    effects: &[Effect::Warns],
    run,
};

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
    let controller = view.pool.controller;
    let admitted: Vec<Labels> = view.admitted().iter().map(|offer| labels(&offer.instance_type, controller)).collect();
    if admitted.is_empty() {
        return;
    }
    for asked in &view.pool.requirements {
        let key = asked.requirement.label();
        let Some(least) = asked.requirement.min_values.filter(|_| is_derived(key, controller)) else { continue };
        let values: BTreeSet<_> = admitted.iter().filter_map(|labels| labels.get(key)).map(String::as_str).collect();
        if values.len() >= usize::try_from(least).unwrap_or(usize::MAX) {
            continue;
        }
        let found = format!(
            "min_values requires {least} values of {key}, but the instance types have {}: {}.",
            values.len(),
            values.iter().copied().collect::<Vec<_>>().join(", ")
        );
        let why = "Karpenter does not launch a node in this case, unless the Karpenter setting MIN_VALUES_POLICY \
                   relaxes min_values.";
        let fix = "Lower min_values, or allow more instance types.";
        verdicts.warning(&asked.path, Finding::new("Fewer different values than min_values requires", found, why, fix));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Pool;
    use super::super::testing::{found, healthy, only, pool};
    use super::*;
    use render::karpenter::requirements::Operator;

    fn wanting(least: u32) -> Pool {
        let mut pool = pool(&[
            ("K/instance-family", Operator::Exists, &[]),
            ("K/instance-gpu-name", Operator::In, &["l4"]),
            ("K/instance-gpu-count", Operator::Gt, &["0"]),
        ]);
        pool.requirements[0].requirement.min_values = Some(least);
        pool
    }

    #[test]
    fn too_few_values_are_found_at_their_place() {
        let (verdict, text) = only(&CHECK, &wanting(3));
        assert_eq!(verdict.path, wanting(3).requirements[0].path);
        assert!(text.contains("the instance types have 2: g6, gr6."), "{text}");
        assert_eq!(found(&CHECK, &wanting(2)), []);
        assert_eq!(found(&CHECK, &healthy()), []);
    }
}
