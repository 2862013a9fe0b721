//! The parts that the data sources share: arguments, attributes, and the trait that reads them.

use framework::diagnostics::Diagnostics;
use framework::model::{Attr, Model, Set};
use framework::validators::{Validator, string_matching};
use render::karpenter::controller::Controller;
use render::karpenter::instance_type::{InstanceType, Offer};

/// The arguments of one of the data sources.
pub trait Selection: Model + Clone + 'static {
    /// The kind of devices, for messages.
    const DEVICES: &'static str;

    /// The arguments that all data sources have.
    fn common(&self) -> Common<'_>;

    /// Validates the arguments that only this data source has.
    fn validate(&self, _diagnostics: &mut Diagnostics) {}

    /// Whether an instance type has devices that match the arguments.
    fn selects(&self, known: &InstanceType) -> bool;

    /// Returns the arguments with the matching instance types.
    #[must_use]
    fn with(self, region: String, found: &[&Offer]) -> Self;
}

/// The arguments that all data sources have.
pub struct Common<'c> {
    pub(super) architectures: &'c Set<String>,
    pub(super) availability_zones: &'c Set<String>,
    pub(super) controller: Option<Controller>,
    pub(super) efa_supported: &'c Attr<bool>,
    pub(super) instance_families: &'c Set<String>,
    pub(super) instance_type_patterns: &'c Set<String>,
    pub(super) region: &'c Attr<String>,
    pub(super) usage_classes: &'c Set<String>,
}

/// Defines the arguments of a data source: the arguments of [`Common`] and additional ones.
macro_rules! selection {
    ($(#[$($documented:tt)*])* $name:ident of $found:ident { $($own:tt)* }) => {
        $(#[$($documented)*])*
        #[derive(Debug, Clone, PartialEq, Default, framework::model::Model)]
        pub struct $name {
            /// CPU architectures as spelled by Kubernetes.
            #[attribute(optional, validate = [each(must::one_of(&["amd64", "arm64"]))])]
            pub architectures: Set<String>,
            /// Names or IDs of zones, such as `us-east-1a` or `use1-az1`. At least one of them must offer the instance
            /// type.
            #[attribute(optional)]
            pub availability_zones: Set<String>,
            /// Whether the instance types must support Elastic Fabric Adapter (EFA). If unset, types with and without
            /// EFA match.
            #[attribute(optional)]
            pub efa_supported: Attr<bool>,
            /// Instance families: the part of an instance type name before the dot.
            #[attribute(optional)]
            pub instance_families: Set<String>,
            /// Patterns of instance type names, such as `*.?xlarge`. `*` matches zero or more characters, and `?`
            /// matches exactly one character.
            #[attribute(optional, validate = [each($crate::data_sources::instance_types::shared::pattern())])]
            pub instance_type_patterns: Set<String>,
            /// Controller that launches the nodes: `karpenter` or `auto_mode`. It determines the prefix of the labels.
            /// With `auto_mode`, instance families that EKS Auto Mode does not launch are excluded. Defaults to
            /// `karpenter`.
            #[attribute(optional, validate = [must::one_of(&Controller::NAMES).documented()])]
            pub controller: Attr<String>,
            /// AWS Region of the instance types. Defaults to the Region set in the provider configuration.
            #[attribute(optional, computed, validate = [clients::names::region()])]
            pub region: Attr<String>,
            /// Usage classes. The instance type must support at least one of them.
            #[attribute(optional, validate = [each(must::one_of(&["on-demand", "spot", "capacity-block"]))])]
            pub usage_classes: Set<String>,
            /// Matching instance types, ordered by family and then by number of vCPUs.
            #[attribute(computed)]
            pub instance_types: List<$found>,
            /// Names of the matching instance types, in the same order.
            #[attribute(computed)]
            pub names: List<String>,
            $($own)*
        }

        impl $name {
            pub(super) fn arguments(&self) -> $crate::data_sources::instance_types::shared::Common<'_> {
                $crate::data_sources::instance_types::shared::Common {
                    architectures: &self.architectures,
                    availability_zones: &self.availability_zones,
                    controller: self.controller.text().and_then(Controller::of),
                    efa_supported: &self.efa_supported,
                    instance_families: &self.instance_families,
                    instance_type_patterns: &self.instance_type_patterns,
                    region: &self.region,
                    usage_classes: &self.usage_classes,
                }
            }

            pub(super) fn with_types(self, region: String, found: Vec<$found>) -> Self {
                Self {
                    region: region.into(),
                    names: List::of(found.iter().filter_map(|known| known.name.text().map(str::to_owned))),
                    instance_types: Attr::Known(found.into_iter().map(Attr::Known).collect()),
                    ..self
                }
            }
        }
    };
}

/// Defines the attributes of an instance type: the common attributes and the attributes of its devices.
macro_rules! instance_type {
    ($(#[$($documented:tt)*])* $name:ident { $($own:tt)* }) => {
        $(#[$($documented)*])*
        #[derive(Debug, Clone, PartialEq, Default, framework::model::Model)]
        pub struct $name {
            /// Name of the instance type.
            #[attribute(computed)]
            pub name: Attr<String>,
            /// Instance family: the part of the name before the dot.
            #[attribute(computed)]
            pub family: Attr<String>,
            /// Instance size: the part of the name after the dot.
            #[attribute(computed)]
            pub size: Attr<String>,
            /// CPU architecture as spelled by Kubernetes: `amd64` or `arm64`.
            #[attribute(computed)]
            pub architecture: Attr<String>,
            /// Number of vCPUs.
            #[attribute(computed)]
            pub vcpus: Attr<i64>,
            /// Memory in MiB.
            #[attribute(computed)]
            pub memory_mib: Attr<i64>,
            /// Total size of local NVMe disks in GB. `0` if the instance type has none.
            #[attribute(computed)]
            pub local_nvme_gb: Attr<i64>,
            /// Network performance as reported by EC2, such as `Up to 25 Gigabit`.
            #[attribute(computed)]
            pub network_performance: Attr<String>,
            /// Number of network cards.
            #[attribute(computed)]
            pub network_cards: Attr<i64>,
            /// Whether the instance type supports Elastic Fabric Adapter (EFA).
            #[attribute(computed)]
            pub efa_supported: Attr<bool>,
            /// Maximum number of EFA interfaces.
            #[attribute(computed)]
            pub max_efa_interfaces: Attr<i64>,
            /// Supported usage classes: `on-demand`, `spot`, and `capacity-block`.
            #[attribute(computed)]
            pub usage_classes: List<String>,
            /// Names of the zones that offer the instance type.
            #[attribute(computed)]
            pub availability_zones: List<String>,
            /// IDs of the zones that offer the instance type, in the same order.
            #[attribute(computed)]
            pub availability_zone_ids: List<String>,
            /// Labels of the nodes, except for the labels of the zone and the capacity type.
            #[attribute(computed)]
            pub labels: Map<String>,
            /// Number of devices that the controller expects on the nodes, by resource name, such as `nvidia.com/gpu` or
            /// `aws.amazon.com/neuron`.
            #[attribute(computed)]
            pub resources: Map<i64>,
            $($own)*
        }

        impl $name {
            /// Returns the attributes that do not depend on the kind of device.
            pub(super) fn host(offer: &Offer, controller: Controller) -> Self {
                let known = &offer.instance_type;
                let zones = |values: Vec<&str>| List::of(values.into_iter().map(str::to_owned));
                let nvme = known.local_disks.filter(|disks| disks.nvme);
                Self {
                    name: known.name.as_str().into(),
                    family: known.family().into(),
                    size: known.size().into(),
                    architecture: known.architecture().into(),
                    vcpus: Attr::Known(known.vcpus),
                    memory_mib: Attr::Known(known.memory_mib),
                    local_nvme_gb: Attr::Known(nvme.map_or(0, |disks| disks.total_gb)),
                    network_performance: known.network.performance.as_str().into(),
                    network_cards: Attr::Known(i64::try_from(known.network.cards.len()).unwrap_or_default()),
                    efa_supported: Attr::Known(known.network.efa),
                    max_efa_interfaces: Attr::Known(known.network.most_efa_interfaces),
                    usage_classes: $crate::data_sources::instance_types::outputs::usage_classes(known),
                    availability_zones: zones(offer.zones.iter().map(|zone| zone.name.as_str()).collect()),
                    availability_zone_ids: zones(offer.zones.iter().map(|zone| zone.id.as_str()).collect()),
                    labels: Map::of(labels(known, controller)),
                    resources: $crate::data_sources::instance_types::outputs::resources(known),
                    ..Self::default()
                }
            }
        }
    };
}

pub(super) use {instance_type, selection};

pub(super) fn pattern() -> Validator {
    string_matching("be an instance type, which can contain the wildcards `*` and `?`", |text| {
        let is_allowed =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.*?".contains(letter);
        !text.is_empty() && text.chars().all(is_allowed)
    })
}
