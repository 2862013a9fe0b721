//! The label keys that a node pool can specify: the rules of `karpenter.sh_nodepools.yaml` of Karpenter 1.15.2, and the
//! equivalent rules of EKS Auto Mode.

use super::super::controller::Controller;
use super::super::instance_labels::{DERIVED, FLEX};

/// Suffixes of label keys of both controllers, in addition to [`DERIVED`].
const OF_BOTH: [&str; 5] = [
    "capacity-reservation-id",
    "capacity-reservation-interruptible",
    "capacity-reservation-type",
    "instance-network-bandwidth",
    "placement-group-id",
];

/// Suffixes that are valid only after `karpenter.k8s.aws/`.
const OF_KARPENTER: [&str; 5] = ["ec2nodeclass", FLEX, "instance-tenancy", "placement-group-partition", NOT_RELEASED];

/// Only in development versions of Karpenter before 1.15: no release includes it.
const NOT_RELEASED: &str = "nitro-sandbox";

/// Suffixes that are valid only after `eks.amazonaws.com/`, in EKS Auto Mode. AWS does not publish a list: these
/// suffixes and the common ones are from the schema of December 2024, or from later versions of the user guide.
const OF_AUTO_MODE: [&str; 2] = ["compute-type", "nodeclass"];

/// Returns whether the controller has a label with this suffix.
fn is_known(suffix: &str, controller: Controller) -> bool {
    let own: &[&str] = match controller {
        Controller::Karpenter => &OF_KARPENTER,
        Controller::AutoMode => &OF_AUTO_MODE,
    };
    [&DERIVED, &OF_BOTH[..], own].iter().any(|names| names.contains(&suffix))
}

/// Returns why the API server rejects the key of a label or requirement, or `None` if it accepts the key.
#[must_use]
pub fn refused(key: &str, controller: Controller) -> Option<String> {
    let domain = key.split('/').next().unwrap_or_default();
    if key == "kubernetes.io/hostname" {
        return Some("its value is different on each node".to_owned());
    }
    if key == "karpenter.sh/nodepool" {
        return Some("Karpenter sets it to the name of the node pool".to_owned());
    }
    if domain.ends_with("karpenter.sh") && key != "karpenter.sh/capacity-type" {
        return Some("the only supported label in karpenter.sh is karpenter.sh/capacity-type".to_owned());
    }
    if domain.ends_with("karpenter.k8s.aws") {
        let known = key.strip_prefix("karpenter.k8s.aws/").filter(|suffix| is_known(suffix, Controller::Karpenter));
        return match known {
            Some(NOT_RELEASED) => Some("no Karpenter release up to 1.15.2 supports it".to_owned()),
            Some(_) => None,
            None => Some(unknown(key, Controller::Karpenter)),
        };
    }
    if controller == Controller::AutoMode && domain.ends_with("eks.amazonaws.com") {
        let known = key.strip_prefix("eks.amazonaws.com/").is_some_and(|suffix| is_known(suffix, Controller::AutoMode));
        return (!known).then(|| unknown(key, Controller::AutoMode));
    }
    None
}

fn unknown(key: &str, whose: Controller) -> String {
    let suffix = key.split_once('/').map_or(key, |(_, suffix)| suffix);
    let who = match whose {
        Controller::Karpenter => "Karpenter",
        Controller::AutoMode => "EKS Auto Mode",
    };
    let hint = match suffix {
        "instance-type" => ". Use node.kubernetes.io/instance-type for the instance type".to_owned(),
        "arch" | "instance-arch" => ". Use kubernetes.io/arch for the architecture".to_owned(),
        suffix if is_known(suffix, whose) => format!(". Use {}{suffix}", whose.prefix()),
        _ => String::new(),
    };
    format!("{who} does not support this label{hint}")
}

/// Returns the same label of the controller for a key that only the other controller sets on nodes. The API server
/// accepts such a key, but no node matches it.
#[must_use]
pub fn of_the_other(key: &str, controller: Controller) -> Option<Option<String>> {
    let suffix = key.strip_prefix(controller.other().prefix())?;
    Some(is_known(suffix, controller).then(|| format!("{}{suffix}", controller.prefix())))
}

/// Returns whether the label specifies the operating system of a node.
#[must_use]
pub fn is_of_operating_system(key: &str) -> bool {
    ["kubernetes.io/os", "beta.kubernetes.io/os", "node.kubernetes.io/windows-build"].contains(&key)
}
