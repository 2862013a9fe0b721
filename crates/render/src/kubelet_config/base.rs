//! The kubelet configuration of the node software, into which the user's members are merged. Source:
//! `defaultKubeletSubConfig` and `withVersionToggles` of nodeadm, and `kubelet-config.json` and `bootstrap.sh` of
//! Amazon Linux 2, both of `awslabs/amazon-eks-ami`.

use serde_json::{Value as Json, json};

use crate::node::Family;

/// The first minor version of Kubernetes for which nodeadm configures graceful node shutdown in the kubelet.
pub const SHUTDOWN_SINCE: u32 = 34;

/// Returns the configuration of a family for a minor version of Kubernetes 1.
#[must_use]
pub fn of(family: Family, minor: u32) -> Json {
    if family == Family::Windows {
        // The bootstrap script starts the kubelet with flags, without cgroups.
        return json!({ "cgroupsPerQOS": false, "enforceNodeAllocatable": [] });
    }
    let mut base = json!({
        "cgroupDriver": "systemd",
        "cgroupRoot": "/",
        "clusterDomain": "cluster.local",
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%"},
        "featureGates": {"RotateKubeletServerCertificate": true},
        "hairpinMode": "hairpin-veth",
        "kubeReserved": {"cpu": "70m", "ephemeral-storage": "1Gi", "memory": "574Mi"},
        "protectKernelDefaults": true,
        "serializeImagePulls": false,
        "serverTLSBootstrap": true,
    });
    let Some(members) = base.as_object_mut() else { return base };
    // Bottlerocket omits the cgroups if CPUs are reserved.
    if family != Family::Bottlerocket {
        members.insert("kubeReservedCgroup".to_owned(), json!("/runtime"));
        members.insert("systemReservedCgroup".to_owned(), json!("/system"));
    }
    if family == Family::AmazonLinux2023 && minor >= SHUTDOWN_SINCE {
        members.insert("shutdownGracePeriod".to_owned(), json!("2m30s"));
        members.insert("shutdownGracePeriodCriticalPods".to_owned(), json!("30s"));
    }
    base
}
