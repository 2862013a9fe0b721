//! The GPUs of the pool are ones that its images have drivers for.

use super::{AmiFamily, PoolCheck, View, some_of};
use crate::verdict::{Effect, Finding, Verdicts};

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_gpu_manufacturers",
    finds: "Reports node pools that can launch instance types with AMD or Habana GPUs. Amazon AMIs have no drivers for them.",
    offers: true,
    reads: &[],
    effects: &[Effect::Warns],
    run,
};

fn run(view: &View<'_>, verdicts: &mut Verdicts) {
    let pool = view.pool;
    if pool.class.as_ref().and_then(|class| class.family) == Some(AmiFamily::Custom) {
        return;
    }
    if !view.is_for_gpus() {
        return;
    }
    let admitted = view.admitted();
    let others: Vec<_> = admitted
        .iter()
        .filter(|offer| offer.instance_type.gpus.iter().any(|gpu| gpu.manufacturer != "NVIDIA"))
        .map(|offer| offer.instance_type.name.as_str())
        .collect();
    if others.is_empty() {
        return;
    }
    let found = format!("The pool may start {}.", some_of(&others));
    let why = "Every type with GPUs gets the image for those of NVIDIA. On these the GPUs do not work, the node is never \
               initialised, and it is paid for.";
    let fix = format!(
        "Set manufacturers = [\"nvidia\"] in the block gpu, or ask for {}instance-gpu-manufacturer In [nvidia].",
        pool.controller.prefix()
    );
    verdicts.warning(
        &pool.requirements_path,
        Finding::new("The pool may start GPUs that are not of NVIDIA", found, why, fix),
    );
}

#[cfg(test)]
mod tests {
    use super::super::testing::{class, found, healthy, only, pool};
    use super::super::{Class, Pool};
    use super::*;
    use render::karpenter::requirements::Operator;

    #[test]
    fn gpus_of_others_are_warned_of() {
        let g = pool(&[("K/instance-category", Operator::In, &["g"])]);
        let (verdict, text) = only(&CHECK, &g);
        assert_eq!(verdict.effect, Effect::Warns);
        assert!(text.contains("may start g4ad.xlarge."), "{text}");
        let custom = Class { family: Some(AmiFamily::Custom), ..class() };
        assert_eq!(found(&CHECK, &Pool { class: Some(custom), ..g }), []);
        assert_eq!(found(&CHECK, &healthy()), []);
        assert_eq!(found(&CHECK, &pool(&[("K/instance-category", Operator::In, &["trn"])])), []);
    }
}
