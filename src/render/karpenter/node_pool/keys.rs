//! Which labels a node pool may name: the rules of `karpenter.sh_nodepools.yaml` of Karpenter 1.14.1, and what EKS Auto Mode
//! has in their place.

use super::super::provisioner::Provisioner;

/// What may follow `karpenter.k8s.aws/`.
const OF_KARPENTER: [&str; 29] = [
    "capacity-reservation-id",
    "capacity-reservation-interruptible",
    "capacity-reservation-type",
    "ec2nodeclass",
    "instance-accelerator-count",
    "instance-accelerator-manufacturer",
    "instance-accelerator-name",
    "instance-capability-flex",
    "instance-category",
    "instance-cpu",
    "instance-cpu-manufacturer",
    "instance-cpu-sustained-clock-speed-mhz",
    "instance-ebs-bandwidth",
    "instance-encryption-in-transit-supported",
    "instance-family",
    "instance-generation",
    "instance-gpu-count",
    "instance-gpu-manufacturer",
    "instance-gpu-memory",
    "instance-gpu-name",
    "instance-hypervisor",
    "instance-local-nvme",
    "instance-memory",
    "instance-network-bandwidth",
    "instance-size",
    "instance-tenancy",
    "placement-group-id",
    "placement-group-partition",
    "nitro-sandbox",
];

/// Known to Karpenter only after 1.14.1, the newest release.
const NOT_RELEASED: &str = "nitro-sandbox";

/// What may follow `eks.amazonaws.com/` in EKS Auto Mode. AWS publishes no list: these are those of the schema of December
/// 2024, and those that the user guide has named since.
const OF_AUTO_MODE: [&str; 26] = [
    "capacity-reservation-id",
    "capacity-reservation-interruptible",
    "capacity-reservation-type",
    "compute-type",
    "instance-accelerator-count",
    "instance-accelerator-manufacturer",
    "instance-accelerator-name",
    "instance-category",
    "instance-cpu",
    "instance-cpu-manufacturer",
    "instance-cpu-sustained-clock-speed-mhz",
    "instance-ebs-bandwidth",
    "instance-encryption-in-transit-supported",
    "instance-family",
    "instance-generation",
    "instance-gpu-count",
    "instance-gpu-manufacturer",
    "instance-gpu-memory",
    "instance-gpu-name",
    "instance-hypervisor",
    "instance-local-nvme",
    "instance-memory",
    "instance-network-bandwidth",
    "instance-size",
    "nodeclass",
    "placement-group-id",
];

/// What the API server says to the key of a label or requirement, in the words after "because"; none if it takes the key.
#[must_use]
pub fn refused(key: &str, provisioner: Provisioner) -> Option<String> {
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
        let known = key.strip_prefix("karpenter.k8s.aws/").filter(|suffix| OF_KARPENTER.contains(suffix));
        return match known {
            Some(NOT_RELEASED) => Some("no release of Karpenter up to 1.14.1 knows it".to_owned()),
            Some(_) => None,
            None => Some(unknown(key, Provisioner::Karpenter, &OF_KARPENTER)),
        };
    }
    if provisioner == Provisioner::AutoMode && domain.ends_with("eks.amazonaws.com") {
        let known = key.strip_prefix("eks.amazonaws.com/").is_some_and(|suffix| OF_AUTO_MODE.contains(&suffix));
        return (!known).then(|| unknown(key, Provisioner::AutoMode, &OF_AUTO_MODE));
    }
    None
}

fn unknown(key: &str, whose: Provisioner, known: &[&str]) -> String {
    let suffix = key.split_once('/').map_or(key, |(_, suffix)| suffix);
    let who = match whose {
        Provisioner::Karpenter => "Karpenter",
        Provisioner::AutoMode => "EKS Auto Mode",
    };
    let hint = match suffix {
        "instance-type" => "; that of the instance type is node.kubernetes.io/instance-type".to_owned(),
        "arch" | "instance-arch" => "; that of the architecture is kubernetes.io/arch".to_owned(),
        suffix if known.contains(&suffix) => format!("; it is written {}{suffix}", whose.prefix()),
        _ => String::new(),
    };
    format!("{who} has no such label{hint}")
}

/// The same label of the provisioner, for a key that only the other one puts on nodes: it is taken and matches no node.
#[must_use]
pub fn of_the_other(key: &str, provisioner: Provisioner) -> Option<Option<String>> {
    let suffix = key.strip_prefix(provisioner.other().prefix())?;
    let own: &[&str] = match provisioner {
        Provisioner::Karpenter => &OF_KARPENTER,
        Provisioner::AutoMode => &OF_AUTO_MODE,
    };
    Some(own.contains(&suffix).then(|| format!("{}{suffix}", provisioner.prefix())))
}

/// Whether the label says which operating system a node has.
#[must_use]
pub fn is_of_operating_system(key: &str) -> bool {
    ["kubernetes.io/os", "beta.kubernetes.io/os", "node.kubernetes.io/windows-build"].contains(&key)
}
