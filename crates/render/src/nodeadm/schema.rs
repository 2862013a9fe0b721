//! The schema of a `NodeConfig`: nodeadm silently ignores unknown fields, and most invalid values fail only when the
//! node starts.

#[cfg(test)]
mod released;
#[cfg(test)]
mod released_hybrid;
pub(super) mod values;

use serde_json::{Map as JsonMap, Value as Json};

use crate::nearest;
use crate::node::{Family, Finding, Place};

/// The type of a field, which also determines how documents are merged.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// A constant string.
    Exactly(&'static str),
    /// A string.
    Text,
    /// A URL with `https`.
    Url,
    /// Base64-encoded bytes.
    Base64,
    /// A CIDR block.
    Cidr,
    /// An absolute path.
    Path,
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// A string with TOML.
    Toml,
    /// A string with CEL.
    Expression,
    /// An IP address of a machine.
    Address,
    /// A domain.
    Domain,
    /// A boolean that a later document can only turn on.
    Bool,
    /// The flags of the kubelet, which are combined over documents, for nodes of this family.
    Flags(Family),
    /// A list that a later document replaces.
    List(&'static Shape),
    /// A map with custom names.
    Map(&'static Shape),
    /// Environment variables by service.
    Environment,
    /// nodeadm's feature gates.
    Gates,
    /// A `KubeletConfiguration`.
    Kubelet,
    /// An object of any form.
    Document,
    /// An object with known names.
    Object(&'static [(&'static str, Shape)]),
}

use Shape::{
    Address, Base64, Bool, Choice, Cidr, Document, Domain, Environment, Exactly, Expression, Flags, Gates, Kubelet,
    List, Map, Object, Path, Text, Toml, Url,
};

/// The version of the documents.
pub const API_VERSION: &str = "node.eks.aws/v1alpha1";

/// The kind of the documents.
pub const KIND: &str = "NodeConfig";

/// The feature gates of nodeadm on EC2.
pub const FEATURE_GATES: [&str; 2] = ["FastImagePull", "InstanceIdNodeName"];

const METADATA: Shape =
    Object(&[("annotations", Map(&Text)), ("labels", Map(&Text)), ("name", Text), ("namespace", Text)]);

/// An EBS volume for directories of the container runtime or the kubelet.
const VOLUME: Shape = Object(&[("device", Path), ("fsType", Text), ("mountTargets", List(&Path))]);

const EC2: Shape = Object(&[
    ("apiVersion", Exactly(API_VERSION)),
    ("kind", Exactly(KIND)),
    ("metadata", METADATA),
    (
        "spec",
        Object(&[
            (
                "cluster",
                Object(&[
                    ("apiServerEndpoint", Url),
                    ("certificateAuthority", Base64),
                    ("cidr", Cidr),
                    ("enableOutpost", Bool),
                    ("id", Text),
                    ("name", Text),
                ]),
            ),
            ("containerd", Object(&[("baseRuntimeSpec", Document), ("config", Toml)])),
            ("featureGates", Gates),
            (
                "instance",
                Object(&[
                    ("environment", Environment),
                    (
                        "localStorage",
                        Object(&[
                            ("disabledMounts", List(&Choice(&["Containerd", "PodLogs", "SOCI"]))),
                            ("mountPath", Path),
                            ("strategy", Choice(&["RAID0", "RAID10", "Mount"])),
                        ]),
                    ),
                    ("network", Object(&[("domains", List(&Domain)), ("nameservers", List(&Address))])),
                    ("storage", Object(&[("volumes", List(&VOLUME))])),
                ]),
            ),
            (
                "kubelet",
                Object(&[
                    ("config", Kubelet),
                    ("flags", Flags(Family::AmazonLinux2023)),
                    ("maxPodsExpression", Expression),
                ]),
            ),
        ]),
    ),
]);

const HYBRID: Shape = Object(&[
    ("apiVersion", Exactly(API_VERSION)),
    ("kind", Exactly(KIND)),
    ("metadata", METADATA),
    (
        "spec",
        Object(&[
            (
                "cluster",
                Object(&[
                    ("apiServerEndpoint", Url),
                    ("certificateAuthority", Base64),
                    ("cidr", Cidr),
                    ("enableOutpost", Bool),
                    ("id", Text),
                    ("name", Text),
                    ("region", Text),
                ]),
            ),
            ("containerd", Object(&[("config", Toml)])),
            (
                "hybrid",
                Object(&[
                    ("enableCredentialsFile", Bool),
                    (
                        "iamRolesAnywhere",
                        Object(&[
                            ("awsConfigPath", Path),
                            ("certificatePath", Path),
                            ("nodeName", Text),
                            ("privateKeyPath", Path),
                            ("profileArn", Text),
                            ("roleArn", Text),
                            ("trustAnchorArn", Text),
                        ]),
                    ),
                    ("ssm", Object(&[("activationCode", Text), ("activationId", Text)])),
                ]),
            ),
            ("instance", Object(&[("localStorage", Object(&[("strategy", Choice(&["RAID0", "Mount"]))]))])),
            ("kubelet", Object(&[("config", Kubelet), ("flags", Flags(Family::Hybrid))])),
        ]),
    ),
]);

/// Incorrect names that users write, and their meaning.
const MISTAKEN: [(&str, &str); 8] = [
    ("clusterEndpoint", "Use spec.cluster.apiServerEndpoint"),
    ("endpoint", "Use spec.cluster.apiServerEndpoint"),
    ("caBundle", "Use spec.cluster.certificateAuthority"),
    ("hybrid", "It applies only to hybrid nodes, which use a different nodeadm"),
    ("region", "It applies only to hybrid nodes. On EC2, nodeadm detects the Region"),
    ("taints", "Use spec.kubelet.config.registerWithTaints"),
    ("labels", "Use the flag --node-labels in spec.kubelet.flags"),
    ("maxPods", "Use spec.kubelet.config.maxPods"),
];

/// Returns the schema of a document for the nodeadm of a family.
pub(super) fn shape(family: Family) -> Shape {
    if family == Family::Hybrid { HYBRID } else { EC2 }
}

/// Returns all findings for a document, at paths inside it such as `spec.kubelet.flags[0]`.
#[must_use]
pub fn check(document: &Json, family: Family) -> Vec<Finding> {
    let mut found = Vec::new();
    let Json::Object(members) = document else {
        let text = format!("A document must be a mapping with apiVersion: {API_VERSION} and kind: {KIND}.");
        return vec![Finding::error(Place::of("document"), text)];
    };
    for (name, expected) in [("apiVersion", API_VERSION), ("kind", KIND)] {
        if !members.contains_key(name) {
            found.push(Finding::error(Place::of(name), format!("The field is required. Add {name}: {expected}.")));
        }
    }
    value(shape(family), document, &Place::whole(), &mut found);
    found
}

fn value(shape: Shape, given: &Json, place: &Place, found: &mut Vec<Finding>) {
    match (shape, given) {
        (Object(known), Json::Object(members)) => object(known, members, place, found),
        (List(element), Json::Array(elements)) => {
            for (index, given) in elements.iter().enumerate() {
                value(*element, given, &place.index(index), found);
            }
        }
        (Map(element), Json::Object(members)) => {
            members.iter().for_each(|(key, given)| value(*element, given, &place.key(key), found));
        }
        (Flags(family), Json::Array(flags)) => {
            for (index, given) in flags.iter().enumerate() {
                values::flag(given, family, &place.index(index), found);
            }
        }
        (Environment, Json::Object(services)) => values::environment(services, place, found),
        (Gates, Json::Object(gates)) => values::gates(gates, place, found),
        (Kubelet, Json::Object(members)) => values::kubelet(members, place, found),
        (Document, Json::Object(_)) | (Bool, Json::Bool(_)) => {}
        (_, Json::String(text)) if shape.is_text() => {
            if let Err(why) = values::text(shape, text) {
                found.push(Finding::error(place.clone(), why));
            }
        }
        _ => {
            let text = format!("{} must be {}.", shown(given), shape.described());
            found.push(Finding::error(place.clone(), text));
        }
    }
}

fn object(known: &[(&str, Shape)], members: &JsonMap<String, Json>, place: &Place, found: &mut Vec<Finding>) {
    for (name, given) in members {
        let place = place.then(name);
        match known.iter().find(|(known, _)| known == name) {
            // nodeadm treats null as unset.
            Some(_) if given.is_null() => {}
            Some((_, shape)) => value(*shape, given, &place, found),
            None => found.push(unknown(name, known, place)),
        }
    }
}

/// Reports a field that nodeadm ignores: an error if it is a known field with a typo, and otherwise a warning, because
/// a newer nodeadm may have it.
fn unknown(name: &str, known: &[(&str, Shape)], place: Place) -> Finding {
    let names = || known.iter().map(|(known, _)| *known);
    let mistaken = MISTAKEN.iter().find(|(wrong, _)| *wrong == name);
    match (nearest::misspelled(name, names()), mistaken) {
        (Some(similar), _) => Finding::ignored(place, format!("nodeadm ignores {name}. Did you mean {similar:?}?")),
        (None, Some((_, meant))) => Finding::ignored(place, format!("nodeadm ignores {name}. {meant}.")),
        (None, None) => {
            let text = format!(
                "nodeadm in the AMI release v20260724 ignores {name}, and nodeadm v1.0.20 for hybrid nodes rejects it. \
                 Known fields: {}.",
                names().collect::<Vec<_>>().join(", ")
            );
            Finding::warning(place, text)
        }
    }
}

/// Returns a short form of a value for messages, which contains no string that could be a secret.
fn shown(given: &Json) -> String {
    match given {
        Json::Null => "null".to_owned(),
        Json::Bool(_) | Json::Number(_) => given.to_string(),
        Json::String(_) => "A string".to_owned(),
        Json::Array(_) => "A list".to_owned(),
        Json::Object(_) => "A mapping".to_owned(),
    }
}

impl Shape {
    /// Returns whether the type accepts text from YAML.
    pub(super) fn is_text(self) -> bool {
        matches!(
            self,
            Exactly(_) | Text | Url | Base64 | Cidr | Path | Choice(_) | Toml | Expression | Address | Domain
        )
    }

    fn described(self) -> &'static str {
        match self {
            Bool => "true or false",
            Flags(_) | List(_) => "a list",
            Map(_) | Environment | Gates | Kubelet | Document | Object(_) => "a mapping",
            _ => "a string in quotes",
        }
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
