//! The AMIs of the node pool include drivers for its GPUs.

use super::{AmiFamily, PoolCheck, View, some_of};
use crate::finding::{CheckFindings, Effect, Finding};
use render::karpenter::controller::Controller;

pub(super) const CHECK: PoolCheck = PoolCheck {
    name: "pool_gpu_manufacturers",
    finds: "Reports node pools that can launch instance types with AMD or Habana GPUs. Amazon AMIs have no drivers for \
            them.",
    offers: true,
    reads: &[],
    effects: &[Effect::Warns],
    run,
};

fn run(view: &View<'_>, verdicts: &mut CheckFindings) {
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
    let found = format!("The node pool can launch {}.", some_of(&others));
    let why = "All GPU instance types use the AMI with NVIDIA drivers. The GPUs of these nodes do not work, and pods \
               that request them stay Pending.";
    // A pool only for these GPUs cannot exclude them.
    let fix = if others.len() < admitted.len() {
        let key = format!("{}instance-gpu-manufacturer", pool.controller.prefix());
        format!("Set manufacturers = [\"nvidia\"] in the gpu block, or add the requirement {key} In [nvidia].")
    } else if pool.controller == Controller::AutoMode {
        "Use other instance types. EKS Auto Mode does not support custom AMIs.".to_owned()
    } else {
        "Use a node class with ami_family = \"Custom\" and an AMI with the drivers.".to_owned()
    };
    verdicts.warning(&pool.requirements_path, Finding::new("AMIs have no drivers for these GPUs", found, why, fix));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{class, found, healthy, only, pool};
    use super::super::{Class, Pool};
    use super::*;
    use render::karpenter::requirements::Operator;

    #[test]
    fn pool_for_amd_alone_needs_another_ami() {
        let amd = |prefix: &str| pool(&[(&format!("{prefix}instance-family"), Operator::In, &["g4ad"])]);
        let (_, text) = only(&CHECK, &amd("K/"));
        assert!(text.contains("ami_family = \"Custom\"") && !text.contains("[\"nvidia\"]"), "{text}");
        let auto_mode = Pool { controller: Controller::AutoMode, ..amd("eks.amazonaws.com/") };
        assert!(only(&CHECK, &auto_mode).1.contains("does not support custom AMIs"));
    }

    #[test]
    fn gpus_of_others_are_warned_of() {
        let g = pool(&[("K/instance-category", Operator::In, &["g"])]);
        let (verdict, text) = only(&CHECK, &g);
        assert_eq!(verdict.effect, Effect::Warns);
        assert!(text.contains("can launch g4ad.xlarge.") && text.contains("manufacturers = [\"nvidia\"]"), "{text}");
        let custom = Class { family: Some(AmiFamily::Custom), ..class() };
        assert_eq!(found(&CHECK, &Pool { class: Some(custom), ..g }), []);
        assert_eq!(found(&CHECK, &healthy()), []);
        assert_eq!(found(&CHECK, &pool(&[("K/instance-category", Operator::In, &["trn"])])), []);
    }
}
