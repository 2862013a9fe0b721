//! The cluster of an EKS Auto Mode node class has EKS Auto Mode enabled.

use super::{Class, ClassCheck, Input};
use crate::facts::{Facts, Family, Skip};
use crate::finding::{CheckFindings, Effect, Finding};
use render::karpenter::controller::Controller;

pub(super) const CHECK: ClassCheck = ClassCheck {
    name: "class_auto_mode",
    finds: "Reports an EKS Auto Mode node class in a cluster without EKS Auto Mode, in which the NodeClass kind does \
            not exist.",
    kinds: &[Controller::AutoMode],
    inputs: &[Input::Cluster],
    reads: &[Family::Cluster],
    effects: &[Effect::Warns],
    run,
};

fn run(class: &Class, facts: &Facts, verdicts: &mut CheckFindings) -> Result<(), Skip> {
    let cluster = class.cluster(facts)?;
    if !cluster.auto_mode {
        let found = format!("EKS Auto Mode is not enabled in cluster {}.", cluster.name);
        let why = "EKS installs the NodeClass kind only in clusters with EKS Auto Mode, which launches the nodes of \
                   these node classes.";
        let fix = "Set compute_config { enabled = true } on the cluster first, which can be in the same apply, or set \
                   controller = \"karpenter\".";
        verdicts.warning(&class.cluster.path, Finding::new("EKS Auto Mode is not enabled", found, why, fix));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, auto_mode, fires, is_silent};
    use super::*;

    #[test]
    fn auto_mode_must_be_enabled() {
        is_silent(&CHECK, &auto_mode());
        let off: World = auto_mode().cluster(|cluster| cluster.auto_mode = false);
        fires(&CHECK, &off, Effect::Warns, "cluster_name", &["Auto Mode is not enabled in cluster demo"]);
    }

    #[test]
    fn cluster_not_yet_created_is_skipped() {
        is_silent(&CHECK, &auto_mode().without_cluster());
    }
}
