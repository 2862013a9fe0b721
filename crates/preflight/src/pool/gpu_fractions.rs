//! The node pool launches only whole GPUs.

use std::collections::BTreeSet;

use super::{PoolCheck, View};
use crate::finding::{CheckFindings, Effect, Finding};

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_gpu_fractions",
    finds: "Reports node pools that can launch instance types with a fraction of a GPU. EC2 reports 0 GPUs for them, \
            so pods that request a GPU are never scheduled there.",
    offers: true,
    reads: &[],
    effects: &[Effect::Warns],
    run,
};

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
    if !view.is_for_gpus() {
        return;
    }
    let admitted = view.admitted();
    let families: BTreeSet<_> = admitted
        .iter()
        .filter(|offer| offer.instance_type.gpu_fraction().is_some())
        .map(|offer| offer.instance_type.family())
        .collect();
    if families.is_empty() {
        return;
    }
    let list = families.into_iter().collect::<Vec<_>>().join(", ");
    let prefix = view.pool.controller.prefix();
    let found =
        format!("The node pool can launch instance types of these families, for which EC2 reports 0 GPUs: {list}.");
    let why = "Nodes of these types are not launched for pods that request nvidia.com/gpu, but can be launched for \
               other pods.";
    let fix = format!(
        "Set min_count = 1 in the gpu block, or add the requirement {prefix}instance-gpu-count Gt [0] or \
         {prefix}instance-family NotIn [{list}]."
    );
    verdicts.warning(&view.pool.requirements_path, Finding::new("Node pool can launch GPU fractions", found, why, fix));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, healthy, only, pool};
    use super::*;
    use render::karpenter::requirements::Operator;

    #[test]
    fn families_with_fractions_are_named() {
        let nvidia = ("K/instance-gpu-manufacturer", Operator::In, &["nvidia"][..]);
        let (_, text) = only(&CHECK, &pool(&[nvidia]));
        assert!(text.contains("reports 0 GPUs: g6f.") && text.contains("instance-family NotIn [g6f]"), "{text}");
        assert_eq!(found(&CHECK, &pool(&[nvidia, ("K/instance-gpu-count", Operator::Gt, &["0"])])), []);
        assert_eq!(found(&CHECK, &healthy()), []);
    }
}
