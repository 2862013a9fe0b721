//! Validates values inside a document.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map as JsonMap, Value as Json};

use super::{FEATURE_GATES, Shape, shown};
use crate::kubelet_config::{self, flags};
use crate::nearest;
use crate::node::check::{cluster, labels, services};
use crate::node::{Family, Finding, Place};
use crate::nodeadm::expression;

/// Validates a string.
pub(super) fn text(shape: Shape, text: &str) -> Result<(), String> {
    // An empty string is the same as an unset field, for every field.
    if text.is_empty() && !matches!(shape, Shape::Exactly(_)) {
        return Ok(());
    }
    let must = |is_right: bool, what: &str| if is_right { Ok(()) } else { Err(format!("{text:?} is not {what}.")) };
    match shape {
        Shape::Exactly(expected) => {
            must(text == expected, &format!("{expected:?}, the only value that nodeadm supports"))
        }
        Shape::Choice(allowed) => must(allowed.contains(&text), &format!("one of {}", allowed.join(", "))),
        Shape::Url => must(cluster::is_https(text), "a URL such as \"https://0A1B.gr7.eu-west-1.eks.amazonaws.com\""),
        Shape::Cidr => cluster::cidr(text),
        Shape::Base64 => {
            let compact: Vec<u8> = text.bytes().filter(|byte| !b"\r\n".contains(byte)).collect();
            STANDARD.decode(compact).map(|_| ()).map_err(|_| "This is not valid base64 with padding.".to_owned())
        }
        Shape::Path => must(
            services::is_path(text),
            "an absolute path of letters, digits, hyphens, dots, underscores, and slashes",
        ),
        Shape::Domain => must(services::is_domain(text), "a domain"),
        Shape::Address => must(text.parse::<IpAddr>().is_ok(), "an IP address"),
        Shape::Expression => expression::check(text),
        Shape::Toml => match text.parse::<toml_edit::DocumentMut>() {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("This is not valid TOML: {}", error.to_string().trim_end())),
        },
        _ => Ok(()),
    }
}

/// A flag of the kubelet, which systemd passes to it.
pub(super) fn flag(given: &Json, family: Family, place: &Place, found: &mut Vec<Finding>) {
    let Json::String(flag) = given else {
        let text = format!("{} must be a flag, such as \"--v=4\".", shown(given));
        found.push(Finding::error(place.clone(), text));
        return;
    };
    let name = whole(flag).and_then(|name| services::of_ami(flag, family).map(|()| name));
    match name.map(|name| flags::check(name, None)) {
        Err(why) => {
            found.push(Finding::error(place.clone(), why));
            return;
        }
        Ok(unknown) => {
            found.extend(unknown.map(|(severity, text)| Finding::of(severity, place.clone(), text)));
        }
    }
    for pair in flag.strip_prefix("--node-labels=").unwrap_or_default().split(',').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let wrong = labels::key_of(key).and_then(|()| labels::value_of(value)).err();
        if let Some(why) = wrong {
            found.push(Finding::error(place.clone(), format!("{pair:?} is not a valid label: {why}.")));
        } else if labels::is_refused(key) {
            let text = format!(
                "The kubelet does not start with the label {key}, because its namespace is reserved for Kubernetes."
            );
            found.push(Finding::error(place.clone(), text));
        }
    }
}

/// Returns the name of a flag that remains a single word.
pub(in crate::nodeadm) fn whole(flag: &str) -> Result<&str, String> {
    let name = services::form(flag)?;
    if flag.contains(' ') {
        return Err(format!("{flag:?} contains a space, at which systemd would split it into two arguments."));
    }
    Ok(name)
}

/// Validates environment variables by service.
pub(super) fn environment(services: &JsonMap<String, Json>, place: &Place, found: &mut Vec<Finding>) {
    for (service, variables) in services {
        let place = place.key(service);
        if let Err(why) = services::service_of(service) {
            found.push(Finding::error(place.clone(), why));
        }
        let Json::Object(variables) = variables else {
            let text = format!("{} must be a mapping of variables.", shown(variables));
            found.push(Finding::error(place, text));
            continue;
        };
        for (name, value) in variables {
            let place = place.key(name);
            found.extend(match value {
                Json::String(value) => match (services::variable_of(name, value), variable(name, value)) {
                    (Err(why), _) => Some(Finding::error(place, why)),
                    (Ok(()), lost) => lost.err().map(|why| Finding::ignored(place, why)),
                },
                other => Some(Finding::error(place, format!("{} must be a string in quotes.", shown(other)))),
            });
        }
    }
}

/// Rejects values that nodeadm loses when it writes a variable for systemd.
pub(in crate::nodeadm) fn variable(name: &str, value: &str) -> Result<(), String> {
    if value.ends_with('"') {
        return Err(format!(
            "The value of {name} ends with a double quote, which makes nodeadm ignore the entire variable."
        ));
    }
    Ok(())
}

/// Validates the feature gates of nodeadm.
pub(super) fn gates(gates: &JsonMap<String, Json>, place: &Place, found: &mut Vec<Finding>) {
    for (gate, value) in gates {
        if !value.is_boolean() {
            let text = format!("{} must be true or false.", shown(value));
            found.push(Finding::error(place.key(gate), text));
        }
        found.extend(unknown_gate(gate, &place.key(gate)));
    }
}

/// Returns the finding for a gate that nodeadm ignores. A newer nodeadm may have it, unless it is a gate of the
/// kubelet, or a typo.
pub(in crate::nodeadm) fn unknown_gate(gate: &str, place: &Place) -> Option<Finding> {
    if FEATURE_GATES.contains(&gate) {
        return None;
    }
    if kubelet_config::gates::is_known(gate) {
        let text = format!(
            "{gate} is a kubelet feature gate, and nodeadm ignores it here. Move it to featureGates in kubelet_config \
             (spec.kubelet.config of a NodeConfig)."
        );
        return Some(Finding::ignored(place.clone(), text));
    }
    Some(match nearest::misspelled(gate, FEATURE_GATES.into_iter()) {
        Some(similar) => Finding::ignored(
            place.clone(),
            format!("nodeadm ignores the feature gate {gate}. Did you mean {similar:?}?"),
        ),
        None => {
            let text = format!(
                "nodeadm in the AMI release v20260724 ignores the feature gate {gate}. Known feature gates: {}.",
                FEATURE_GATES.join(", ")
            );
            Finding::warning(place.clone(), text)
        }
    })
}

/// Validates the kubelet configuration.
pub(super) fn kubelet(members: &JsonMap<String, Json>, place: &Place, found: &mut Vec<Finding>) {
    kubelet_config::check(members, None, place, found);
    for (name, expected) in [("apiVersion", "kubelet.config.k8s.io/v1beta1"), ("kind", "KubeletConfiguration")] {
        if members.get(name).is_some_and(|given| given != expected) {
            found.push(Finding::error(place.key(name), format!("This must be {expected:?}.")));
        }
    }
}
