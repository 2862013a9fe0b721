//! Node pools with the category `g` also allow `gr`.

use super::admitted::Exclusion;
use super::{PoolCheck, View, some_of};
use crate::finding::{CheckFindings, Effect, Finding};
use render::karpenter::requirements::Operator;

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_gpu_categories",
    finds: "Reports node pools with the instance category `g` in which no other requirement excludes the category \
            `gr`, which has the same GPUs with more host memory.",
    offers: true,
    reads: &[],
    effects: &[Effect::Warns],
    run,
};

const MORE_MEMORY: &str = "gr";

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
    let key = format!("{}instance-category", view.pool.controller.prefix());
    let of_g = view.pool.requirements.iter().find(|asked| {
        let values = &asked.requirement.values;
        let names = |name: &str| values.iter().any(|value| value == name);
        asked.requirement.key == key && asked.requirement.operator == Operator::In && names("g") && !names(MORE_MEMORY)
    });
    let Some(asked) = of_g.filter(|_| view.is_for_gpus()) else { return };
    let judged = view.judged();
    let left_out: Vec<_> = judged
        .iter()
        .filter(|judged| {
            let only = matches!(&judged.refusal, Some(Exclusion::Requirements(refusing)) if *refusing == [asked]);
            let name = &judged.offer.instance_type.name;
            // Excluded GPU fractions are not reported.
            only && name.starts_with(MORE_MEMORY) && judged.offer.instance_type.gpu_fraction().is_none()
        })
        .map(|judged| judged.offer.instance_type.name.as_str())
        .collect();
    if left_out.is_empty() {
        return;
    }
    let found = format!("{} excludes {}.", asked.requirement, some_of(&left_out));
    let why = "gr is a separate category. Its instance types have the GPUs of g6 with twice the host memory.";
    let fix = "Add gr to the values. To exclude these instance types intentionally, skip this check.";
    verdicts.warning(&asked.path, Finding::new("Instance category g does not include gr", found, why, fix));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, healthy, only, pool};
    use super::*;

    #[test]
    fn types_of_gr_that_would_fit_are_named() {
        let g = ("K/instance-category", Operator::In, &["g", "p"][..]);
        let (verdict, text) = only(&CHECK, &pool(&[g]));
        assert_eq!(verdict.path, pool(&[g]).requirements[0].path);
        assert!(text.contains("excludes gr6.4xlarge."), "{text}");
        for pool in [
            pool(&[g, ("kubernetes.io/arch", Operator::In, &["arm64"])]),
            pool(&[("K/instance-category", Operator::In, &["g", "gr"])]),
            pool(&[("K/instance-category", Operator::In, &["p"])]),
            healthy(),
        ] {
            assert_eq!(found(&CHECK, &pool), []);
        }
    }
}
