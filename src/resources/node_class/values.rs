//! Validators of single arguments, and which values are equivalent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use clients::kube::free_form;
use clients::kube::metadata::is_subdomain;
use framework::duration;
use framework::validators::{Validator, string_matching};
use framework::value::Value;
use render::karpenter::node_class::{
    FAMILIES as FAMILY_NAMES, alias, family_of_alias, is_volume_size, is_volume_size_of_karpenter,
};
use render::karpenter::quantity;
use serde_json::Value as Json;

pub(super) const FAMILIES: &[&str] =
    &["AL2", "AL2023", "Bottlerocket", "Custom", "Windows2019", "Windows2022", "Windows2025"];

/// The name of an object.
pub(super) fn object_name() -> Validator {
    string_matching(
        "consist of at most 253 lowercase letters, digits, hyphens, and dots, and start and end with a letter or digit",
        is_subdomain,
    )
}

/// The name of a role.
pub(super) fn role_name() -> Validator {
    iam_name("an IAM role", 64)
}

/// The name of an instance profile. Karpenter sends it to EC2 as a name, and EC2 does not find an ARN.
pub(super) fn instance_profile_name() -> Validator {
    iam_name("an instance profile", 128)
}

fn iam_name(object: &str, longest: usize) -> Validator {
    let must = format!("be the name of {object} without its path, not its ARN, and between 1 and {longest} characters");
    let is_name =
        move |text: &str| (1..=longest).contains(&text.len()) && !text.starts_with("arn:") && !text.contains('/');
    Validator::new(must, move |value| value.as_str().is_some_and(is_name))
}

/// An ID with this prefix.
pub(super) fn id_with(prefix: &'static str) -> Validator {
    Validator::new(
        format!("be an ID that starts with `{prefix}`, followed by lowercase letters and digits"),
        move |value| {
            value.as_str().and_then(|text| text.strip_prefix(prefix)).is_some_and(|rest| {
                !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
        },
    )
}

/// An account ID.
pub(super) fn account_id() -> Validator {
    string_matching("be an AWS account ID of 12 digits", |text| {
        text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Tags that select resources.
pub(super) fn selecting_tags() -> Validator {
    Validator::new(
        "not contain empty keys or values",
        |value| matches!(value, Value::Map(tags) if tags.iter().all(|(key, value)| !key.is_empty() && value.as_str() != Some(""))),
    )
}

/// The tag key format that both kinds support.
pub(super) fn tag_key() -> Validator {
    string_matching("not be empty, and must not start with the reserved prefix `kubernetes.io/cluster`", |text| {
        !text.is_empty() && !text.starts_with("kubernetes.io/cluster")
    })
}

pub(super) fn alias_format() -> Validator {
    string_matching("have the format `family@version`, such as `al2023@v20260801`", |text| alias(text).is_some())
}

pub(super) fn alias_family() -> Validator {
    let names: Vec<_> = FAMILY_NAMES.iter().map(|(name, _)| format!("`{name}`")).collect();
    string_matching(format!("start with one of the families {}", names.join(", ")), |text| {
        // Another validator reports invalid formats.
        alias(text).is_none() || family_of_alias(text).is_some()
    })
}

pub(super) fn alias_of_windows() -> Validator {
    string_matching("have the version `latest` for a Windows family", |text| {
        alias(text).is_none_or(|(family, version)| {
            // Text after a second `@` is ignored.
            !family.starts_with("windows") || version.split('@').next() == Some("latest")
        })
    })
}

pub(super) fn volume_size() -> Validator {
    string_matching("be a size, such as `300Gi`, of at most 59000Gi, 64000G, 58Ti, or 64T", is_volume_size)
}

pub(super) fn volume_size_of_karpenter() -> Validator {
    string_matching(
        "be a size, such as `300Gi`, of at most 59000Gi, 64000G, 58Ti, or 64T, except 18Ti, 19Ti, 28Ti, 29Ti, 38Ti, \
         39Ti, 48Ti, and 49Ti, which Karpenter rejects",
        is_volume_size_of_karpenter,
    )
}

pub(super) fn base64_text() -> Validator {
    string_matching("be base64-encoded, such as the result of `base64encode()`", |text| {
        !text.is_empty() && STANDARD.decode(text).is_ok()
    })
}

/// Whether two quantities are equal.
pub(super) fn same_quantity(configured: &Value, stored: &Value) -> bool {
    configured == stored
        || matches!((configured.as_str(), stored.as_str()), (Some(one), Some(other)) if quantity::same(one, other))
}

/// Whether two values of `kubelet` are equivalent. Quantities and durations can have several spellings.
pub(super) fn same_kubelet(configured: &Value, stored: &Value) -> bool {
    match (free_form::to_json(configured), free_form::to_json(stored)) {
        (Some(configured), Some(stored)) => is_same(&configured, &stored),
        _ => configured == stored,
    }
}

fn is_same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, member)| other.get(name).is_some_and(|other| is_same(member, other)))
        }
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Json::String(one), Json::String(other)) => {
            let length = |text: &str| duration::parse(text);
            one == other || quantity::same(one, other) || length(one).is_some() && length(one) == length(other)
        }
        (one, other) => free_form::is_same(one, other),
    }
}
