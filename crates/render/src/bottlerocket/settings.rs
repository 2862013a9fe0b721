//! All settings of Bottlerocket's variants for EKS, with their types. Source: Bottlerocket's settings reference and its
//! settings models up to 0.28, which are in the repository bottlerocket-os/bottlerocket-settings-sdk. The tables are
//! written manually, because no package registry has the models: crates.io has only an empty
//! `bottlerocket-settings-sdk` 0.0.0. A test compares the Kubernetes settings with the types in Karpenter.

mod karpenter;
mod kubernetes;
mod nvidia;
mod system;

use super::kind::{Kind, Setting};
use super::texts::{ANY, IDENTIFIER};
use crate::members::Member;

/// Everything below `settings`.
pub(super) static SETTINGS: &[Setting] = &[
    Setting::of("autoscaling", Kind::Table(system::AUTOSCALING)),
    Setting::of("aws", Kind::Table(system::AWS)),
    Setting::of("boot", Kind::Table(system::BOOT)),
    Setting::of("bootstrap-commands", Kind::Map(&IDENTIFIER, &Kind::Table(system::BOOTSTRAP_COMMAND))),
    Setting::of("bootstrap-containers", Kind::Map(&IDENTIFIER, &Kind::Table(system::BOOTSTRAP_CONTAINER))),
    Setting::of("cloudformation", Kind::Table(system::CLOUDFORMATION)),
    Setting::of("container-registry", Kind::Table(system::CONTAINER_REGISTRY)),
    Setting::of("container-runtime", Kind::Table(system::CONTAINER_RUNTIME)),
    Setting::of("container-runtime-plugins", Kind::Table(system::CONTAINER_RUNTIME_PLUGINS)),
    Setting::of("dns", Kind::Table(system::DNS)),
    Setting::of("host-containers", Kind::Map(&IDENTIFIER, &Kind::Table(system::HOST_CONTAINER))),
    Setting::of("image-verifier-plugins", Kind::Same(&system::IMAGE_VERIFIERS)),
    Setting::of("kernel", Kind::Table(system::KERNEL)),
    Setting::of("kubelet-device-plugins", Kind::Table(nvidia::DEVICE_PLUGINS)),
    Setting::of("kubelet-dra-drivers", Kind::Table(nvidia::DRA_DRIVERS)),
    Setting::of("kubernetes", Kind::Table(kubernetes::KUBERNETES)),
    Setting::of("measurement", Kind::Table(system::MEASUREMENT)),
    Setting::of("metrics", Kind::Table(system::METRICS)),
    Setting::of("motd", Kind::Text(&ANY)),
    Setting::of("network", Kind::Table(system::NETWORK)),
    Setting::of("ntp", Kind::Table(system::NTP)),
    Setting::of("nvidia-container-runtime", Kind::Table(nvidia::CONTAINER_RUNTIME)),
    Setting::of("oci-defaults", Kind::Table(system::OCI_DEFAULTS)),
    Setting::of("oci-hooks", Kind::Table(system::OCI_HOOKS)),
    Setting::of("pki", Kind::Map(&IDENTIFIER, &Kind::Table(system::CERTIFICATES))),
    Setting::of("updates", Kind::Table(system::UPDATES)),
];

/// The settings of Kubernetes that Karpenter reads, with its types.
pub(super) fn members_of_karpenter() -> &'static [Member] {
    karpenter::MEMBERS
}

/// The names of the settings of Kubernetes, as they are below `settings.kubernetes`.
pub(super) fn kubernetes_names() -> impl Iterator<Item = &'static str> {
    kubernetes::KUBERNETES.iter().map(|setting| setting.name)
}

#[cfg(test)]
mod tests;
