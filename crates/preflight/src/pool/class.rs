//! Facts about the node class of a pool.

use serde_json::Value as Json;

use crate::reservations::ReservationTerm;
use render::karpenter::instance_type::Zone;
use render::karpenter::node_pool::parse_requirements;
use render::karpenter::requirements::Requirement;

/// An AMI family, as far as it matters for GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmiFamily {
    /// Amazon Linux 2023 or 2: the user installs the plugin.
    AmazonLinux,
    /// Bottlerocket, whose NVIDIA AMI includes the plugin.
    Bottlerocket,
    /// Windows, which has no AMI for GPUs.
    Windows,
    /// A custom AMI.
    Custom,
}

/// An AMI from the status of the class.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Image {
    /// The ID.
    pub id: String,
    /// The requirements on instance types that launch from it.
    pub requirements: Vec<Requirement>,
}

/// A network interface of the nodes of the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interface {
    /// Index of its network card.
    pub card: i64,
    /// Whether it is EFA-only.
    pub efa_only: bool,
}

/// A node class, as far as it is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Class {
    /// The name.
    pub name: String,
    /// The zones of the selected subnets. `None` if they are unknown.
    pub zones: Option<Vec<Zone>>,
    /// The selected AMIs. `None` if they are unknown, as in EKS Auto Mode.
    pub images: Option<Vec<Image>>,
    /// The configured network interfaces, or an empty list.
    pub interfaces: Vec<Interface>,
    /// The family of its AMIs. `None` if it is unknown, and in EKS Auto Mode.
    pub family: Option<AmiFamily>,
    /// The terms that select capacity reservations.
    pub reservation_terms: Vec<ReservationTerm>,
    /// The IDs of the selected security groups. `None` if they are unknown.
    pub security_groups: Option<Vec<String>>,
}

impl AmiFamily {
    /// Returns the family for a value of `amiFamily` or the first part of an alias.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "al2" | "al2023" => Some(Self::AmazonLinux),
            "bottlerocket" => Some(Self::Bottlerocket),
            "custom" => Some(Self::Custom),
            windows if windows.starts_with("windows") => Some(Self::Windows),
            _ => None,
        }
    }
}

impl Class {
    /// Reads an `EC2NodeClass` of Karpenter or a `NodeClass` of EKS Auto Mode. A missing or outdated status is ignored.
    #[must_use]
    pub fn parse(name: &str, live: &Json) -> Self {
        let (spec, status) = (&live["spec"], if is_current(live) { &live["status"] } else { &Json::Null });
        let list = |json: &Json| json.as_array().filter(|all| !all.is_empty()).cloned();
        let interfaces = &spec["networkInterfaces"];
        let interfaces =
            if interfaces.is_array() { interfaces } else { &spec["advancedNetworking"]["networkInterfaces"] };
        let alias = spec["amiSelectorTerms"][0]["alias"].as_str().and_then(|alias| alias.split('@').next());
        Self {
            name: name.to_owned(),
            zones: list(&status["subnets"]).map(|subnets| subnets.iter().map(zone).collect()),
            images: list(&status["amis"]).map(|amis| amis.iter().map(image).collect()),
            interfaces: list(interfaces).into_iter().flatten().map(|each| interface(&each)).collect(),
            family: spec["amiFamily"].as_str().or(alias).and_then(AmiFamily::of),
            reservation_terms: list(&spec["capacityReservationSelectorTerms"])
                .into_iter()
                .flatten()
                .map(|term| ReservationTerm::parse(&term))
                .collect(),
            security_groups: list(&status["securityGroups"])
                .map(|groups| groups.iter().map(|group| text(&group["id"])).collect()),
        }
    }
}

/// Returns whether the controller has observed the current generation of the class.
fn is_current(live: &Json) -> bool {
    let conditions = live["status"]["conditions"].as_array().into_iter().flatten();
    let seen = conditions.filter(|each| each["type"] == "Ready").find_map(|ready| ready["observedGeneration"].as_i64());
    seen.zip(live["metadata"]["generation"].as_i64()).is_none_or(|(seen, is)| seen >= is)
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn zone(subnet: &Json) -> Zone {
    Zone { name: text(&subnet["zone"]), id: text(&subnet["zoneID"]) }
}

fn image(ami: &Json) -> Image {
    Image { id: text(&ami["id"]), requirements: parse_requirements(&ami["requirements"]) }
}

fn interface(given: &Json) -> Interface {
    Interface {
        card: given["networkCardIndex"].as_i64().unwrap_or_default(),
        efa_only: given["interfaceType"] == "efa-only",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn class_says_where_it_starts_nodes_and_from_what() {
        let live = json!({
            "metadata": {"generation": 2},
            "spec": {
                "amiSelectorTerms": [{"alias": "bottlerocket@v1.50.0"}],
                "capacityReservationSelectorTerms": [{"id": "cr-1"}],
                "networkInterfaces": [
                    {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
                    {"networkCardIndex": 1, "deviceIndex": 0, "interfaceType": "efa-only"},
                ],
            },
            "status": {
                "conditions": [{"type": "Ready", "status": "True", "observedGeneration": 2}],
                "subnets": [{"id": "subnet-1", "zone": "us-east-1a", "zoneID": "use1-az1"}],
                "securityGroups": [{"id": "sg-1", "name": "nodes"}],
                "amis": [{"id": "ami-1", "requirements": [
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                    {"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "Exists"},
                ]}],
            },
        });
        let class = Class::parse("gpu", &live);
        assert_eq!((class.name.as_str(), class.family), ("gpu", Some(AmiFamily::Bottlerocket)));
        assert_eq!(class.zones, Some(vec![Zone { name: "us-east-1a".to_owned(), id: "use1-az1".to_owned() }]));
        assert_eq!(class.images.as_ref().map(|images| images[0].requirements.len()), Some(2));
        let interfaces = [Interface { card: 0, efa_only: false }, Interface { card: 1, efa_only: true }];
        assert_eq!(class.interfaces, interfaces);
        assert_eq!(class.reservation_terms, [ReservationTerm::Id("cr-1".to_owned())]);
        assert_eq!(class.security_groups, Some(vec!["sg-1".to_owned()]));

        let mut edited = live;
        edited["metadata"]["generation"] = json!(3);
        let known = Class::parse("gpu", &edited);
        assert_eq!(
            known,
            Class { zones: None, images: None, security_groups: None, ..class },
            "the status is of what it was"
        );
    }

    #[test]
    fn class_without_status_uses_spec() {
        let unseen = Class::parse("gpu", &json!({"spec": {"amiFamily": "AL2023"}, "status": {"subnets": []}}));
        let family = Some(AmiFamily::AmazonLinux);
        assert_eq!(unseen, Class { name: "gpu".to_owned(), family, ..Class::default() });
        let interfaces = json!([{"networkCardIndex": 2, "deviceIndex": 1, "interfaceType": "interface"}]);
        let auto = Class::parse("gpu", &json!({"spec": {"advancedNetworking": {"networkInterfaces": interfaces}}}));
        assert_eq!(auto.interfaces, [Interface { card: 2, efa_only: false }]);
    }

    #[test]
    fn family_is_read_from_field_and_alias() {
        for (name, family) in [
            ("AL2023", Some(AmiFamily::AmazonLinux)),
            ("al2", Some(AmiFamily::AmazonLinux)),
            ("Bottlerocket", Some(AmiFamily::Bottlerocket)),
            ("windows2022", Some(AmiFamily::Windows)),
            ("Custom", Some(AmiFamily::Custom)),
            ("Ubuntu", None),
        ] {
            assert_eq!(AmiFamily::of(name), family);
        }
    }
}
