//! Determines whether a node pool can launch nodes with NVIDIA GPUs, and therefore its default taint and label.

use super::super::controller::Controller;
use super::super::instance_labels::INSTANCE_TYPE;
use super::super::instance_type::{category, family};
use super::super::requirements::{Operator, Requirement};
use super::NodePool;

/// Instance categories with NVIDIA GPUs (EC2 instance type names: `g4dn`, `gr6`, `p5`).
const CATEGORIES: [&str; 3] = ["g", "gr", "p"];

/// The family with AMD GPUs in one of these categories.
const AMD_FAMILY: &str = "g4ad";

/// Prefixes of the names of AMD and Habana GPUs in the device name label.
const OTHER_GPUS: [&str; 2] = ["radeon", "gaudi"];

impl NodePool {
    /// Returns whether a node with NVIDIA GPUs can match all requirements. Only the requirements are evaluated, not the
    /// instance types of the Region: the plan and the apply must use the same taint, even if EC2 adds a type between
    /// them.
    #[must_use]
    pub fn may_be_nvidia(&self) -> bool {
        self.requirements.iter().all(|placed| allows_nvidia(&placed.value, self.controller))
    }
}

fn allows_nvidia(requirement: &Requirement, controller: Controller) -> bool {
    if requirement.key == INSTANCE_TYPE {
        return allows_one(requirement, |name| is_nvidia_family(family(name)));
    }
    match requirement.key.strip_prefix(controller.prefix()).unwrap_or_default() {
        "instance-gpu-manufacturer" => requirement.allows(Some("nvidia")),
        // Every node with GPUs has these labels.
        "instance-gpu-name" => {
            allows_one(requirement, |name| !OTHER_GPUS.iter().any(|prefix| name.starts_with(prefix)))
        }
        "instance-gpu-count" | "instance-gpu-memory" => requirement.operator != Operator::DoesNotExist,
        // Only nodes with Inferentia or Trainium have these labels.
        "instance-accelerator-count" | "instance-accelerator-manufacturer" | "instance-accelerator-name" => {
            requirement.allows(None)
        }
        "instance-category" => allows_one(requirement, |category| CATEGORIES.contains(&category)),
        "instance-family" => allows_one(requirement, is_nvidia_family),
        _ => true,
    }
}

/// Returns whether a requirement on a label that every node has allows a value of this kind. If it excludes some
/// values, others remain.
fn allows_one(requirement: &Requirement, is_nvidia: impl Fn(&str) -> bool) -> bool {
    match requirement.operator {
        Operator::In => requirement.values.iter().any(|value| is_nvidia(value)),
        Operator::DoesNotExist => false,
        _ => true,
    }
}

fn is_nvidia_family(family: &str) -> bool {
    CATEGORIES.contains(&category(family)) && family != AMD_FAMILY
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::Placed;
    use super::*;

    const KARPENTER: &str = "karpenter.k8s.aws/";

    #[rstest]
    #[case::any_type(&[], true)]
    #[case::nvidia(&[("instance-gpu-manufacturer", Operator::In, "amd nvidia")], true)]
    #[case::amd(&[("instance-gpu-manufacturer", Operator::In, "amd")], false)]
    #[case::not_nvidia(&[("instance-gpu-manufacturer", Operator::NotIn, "nvidia")], false)]
    #[case::no_gpu(&[("instance-gpu-count", Operator::DoesNotExist, "")], false)]
    #[case::some_gpus(&[("instance-gpu-count", Operator::Gt, "3")], true)]
    #[case::amd_name(&[("instance-gpu-name", Operator::In, "radeon-pro-v520")], false)]
    #[case::nvidia_name(&[("instance-gpu-name", Operator::In, "radeon-pro-v520 l4")], true)]
    #[case::neuron(&[("instance-accelerator-name", Operator::In, "trainium")], false)]
    #[case::no_neuron(&[("instance-accelerator-name", Operator::DoesNotExist, "")], true)]
    #[case::trainium_family(&[("instance-family", Operator::In, "trn1 trn2")], false)]
    #[case::families(&[("instance-family", Operator::In, "inf2 g6")], true)]
    #[case::amd_family(&[("instance-family", Operator::In, "g4ad")], false)]
    #[case::general_categories(&[("instance-category", Operator::In, "c m r")], false)]
    #[case::gpu_categories(&[("instance-category", Operator::In, "g c")], true)]
    #[case::other_categories(&[("instance-category", Operator::NotIn, "g")], true)]
    #[case::types(&[("node.kubernetes.io/instance-type", Operator::In, "trn1.32xlarge")], false)]
    #[case::p_types(&[("node.kubernetes.io/instance-type", Operator::In, "p5en.48xlarge")], true)]
    #[case::together(
        &[("instance-category", Operator::In, "g"), ("instance-gpu-manufacturer", Operator::In, "amd")], false
    )]
    fn requirements_decide(#[case] given: &[(&str, Operator, &str)], #[case] expected: bool) {
        let requirements = given.iter().map(|(key, operator, values)| {
            let key = if key.contains('/') { (*key).to_owned() } else { format!("{KARPENTER}{key}") };
            Requirement::new(key, *operator, values.split_whitespace())
        });
        let pool = NodePool { requirements: Placed::list("requirement", requirements), ..NodePool::default() };
        assert_eq!(pool.may_be_nvidia(), expected);
    }
}
