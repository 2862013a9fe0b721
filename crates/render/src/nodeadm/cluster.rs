//! Detects documents whose cluster settings differ from the arguments. nodeadm uses the last value, so the node would
//! join another cluster, or none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use crate::node::{Family, Finding, Mode, Node, Place};

/// The fields, and the arguments that set them.
const FACTS: [(&str, &str); 7] = [
    ("name", "cluster_name"),
    ("apiServerEndpoint", "cluster_endpoint"),
    ("certificateAuthority", "cluster_ca_certificate"),
    ("cidr", "service_cidr"),
    ("id", "outpost_id"),
    ("enableOutpost", "outpost_id"),
    ("region", "hybrid.region"),
];

pub(super) fn check(node: &Node, own: &Json, documents: &[(Place, Json)], found: &mut Vec<Finding>) {
    for (place, document) in documents {
        for (field, input) in FACTS {
            let pointer = format!("/spec/cluster/{field}");
            let Some(given) = document.pointer(&pointer).filter(|given| says_something(given)) else { continue };
            let same = own.pointer(&pointer).filter(|known| is_same(field, known, given));
            let text = match (node.mode, same, own.pointer(&pointer)) {
                (Mode::Merge, ..) => {
                    format!("In mode \"merge\", EKS adds the cluster settings. Remove {field} from the document.")
                }
                (_, Some(_), _) => continue,
                (_, None, Some(_)) => format!(
                    "This value differs from {input}, and the later value takes precedence: the node would join \
                     another cluster, or none. Remove {field} from the document, or correct {input}."
                ),
                (_, None, None) => format!("Set {field} with the argument {input}, and remove it from the document."),
            };
            found.push(Finding::error(place.clone(), format!("spec.cluster.{field}: {text}")));
        }
        if node.family == Family::Hybrid {
            credentials(own, place, document, found);
        }
    }
}

/// An empty string is the same as an unset field, and so is a disabled switch.
fn says_something(given: &Json) -> bool {
    !given.is_null() && given != "" && given != &Json::Bool(false)
}

fn is_same(field: &str, known: &Json, given: &Json) -> bool {
    let bytes = |value: &Json| {
        let text: String = value.as_str()?.split_ascii_whitespace().collect();
        STANDARD.decode(text).ok()
    };
    known == given || (field == "certificateAuthority" && bytes(known) == bytes(given))
}

/// A machine has only one source of credentials.
fn credentials(own: &Json, place: &Place, document: &Json, found: &mut Vec<Finding>) {
    let ways = ["ssm", "iamRolesAnywhere"];
    for way in ways.iter().filter(|way| document.pointer(&format!("/spec/hybrid/{way}")).is_some()) {
        if own.pointer(&format!("/spec/hybrid/{way}")).is_none() {
            let text = format!(
                "spec.hybrid.{way}: The argument hybrid configures another source of machine credentials, and only one \
                 is supported. Remove it from the document."
            );
            found.push(Finding::error(place.clone(), text));
        }
    }
}
