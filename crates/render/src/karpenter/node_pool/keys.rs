//! Which labels a node pool may name: the rules of `karpenter.sh_nodepools.yaml` of Karpenter 1.15.2, and what EKS Auto Mode
//! has in their place.

use super::super::controller::Controller;
use super::super::instance_labels::{DERIVED, FLEX};

/// What can follow the prefix of either controller, in addition to [`DERIVED`].
const OF_BOTH: [&str; 5] = [
    "capacity-reservation-id",
    "capacity-reservation-interruptible",
    "capacity-reservation-type",
    "instance-network-bandwidth",
    "placement-group-id",
];

/// What may follow `karpenter.k8s.aws/` only.
const OF_KARPENTER: [&str; 5] = ["ec2nodeclass", FLEX, "instance-tenancy", "placement-group-partition", NOT_RELEASED];

/// In the development state of Karpenter before 1.15 only: no release has it.
const NOT_RELEASED: &str = "nitro-sandbox";

/// What may follow `eks.amazonaws.com/` only, in EKS Auto Mode. AWS publishes no list: these and those of both are in the
/// schema of December 2024, or the user guide has named them since.
const OF_AUTO_MODE: [&str; 2] = ["compute-type", "nodeclass"];

/// Whether the controller knows a label of this name after its prefix.
fn is_known(suffix: &str, controller: Controller) -> bool {
    let own: &[&str] = match controller {
        Controller::Karpenter => &OF_KARPENTER,
        Controller::AutoMode => &OF_AUTO_MODE,
    };
    [&DERIVED, &OF_BOTH[..], own].iter().any(|names| names.contains(&suffix))
}

/// What the API server says to the key of a label or requirement, in the words after "because"; none if it takes the key.
#[must_use]
pub fn refused(key: &str, controller: Controller) -> Option<String> {
    let domain = key.split('/').next().unwrap_or_default();
    if key == "kubernetes.io/hostname" {
        return Some("it differs from node to node".to_owned());
    }
    if key == "karpenter.sh/nodepool" {
        return Some("Karpenter sets it to the name of the node pool".to_owned());
    }
    if domain.ends_with("karpenter.sh") && key != "karpenter.sh/capacity-type" {
        return Some("of the labels of karpenter.sh only karpenter.sh/capacity-type may be named".to_owned());
    }
    if domain.ends_with("karpenter.k8s.aws") {
        let known = key.strip_prefix("karpenter.k8s.aws/").filter(|suffix| is_known(suffix, Controller::Karpenter));
        return match known {
            Some(NOT_RELEASED) => Some("no release of Karpenter up to 1.15.2 has it".to_owned()),
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
        "instance-type" => "; that of the instance type is node.kubernetes.io/instance-type".to_owned(),
        "arch" | "instance-arch" => "; that of the architecture is kubernetes.io/arch".to_owned(),
        suffix if is_known(suffix, whose) => format!("; it is written {}{suffix}", whose.prefix()),
        _ => String::new(),
    };
    format!("{who} has no such label{hint}")
}

/// The same label of the controller, for a key that only the other one puts on nodes: it is taken and matches no node.
#[must_use]
pub fn of_the_other(key: &str, controller: Controller) -> Option<Option<String>> {
    let suffix = key.strip_prefix(controller.other().prefix())?;
    Some(is_known(suffix, controller).then(|| format!("{}{suffix}", controller.prefix())))
}

/// Whether the label says which operating system a node has.
#[must_use]
pub fn is_of_operating_system(key: &str) -> bool {
    ["kubernetes.io/os", "beta.kubernetes.io/os", "node.kubernetes.io/windows-build"].contains(&key)
}
