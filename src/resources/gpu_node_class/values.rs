//! What single values of a node class must be, and when two mean the same.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use framework::validators::{Validator, text_that};
use framework::value::Value;
use framework::{duration, validators};
use render::karpenter::node_class::{
    FAMILIES as FAMILY_NAMES, alias, family_of_alias, is_percentage, is_volume_size, is_volume_size_of_karpenter,
};
use render::karpenter::quantity::{self, Quantity};

pub(super) const FAMILIES: &[&str] =
    &["AL2", "AL2023", "Bottlerocket", "Custom", "Windows2019", "Windows2022", "Windows2025"];

/// Lower-case letters, digits, hyphens and dots, each part beginning and ending with a letter or digit.
fn is_subdomain(text: &str) -> bool {
    let is_edge = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let is_part = |part: &str| {
        part.starts_with(is_edge)
            && part.ends_with(is_edge)
            && part.chars().all(|character| is_edge(character) || character == '-')
    };
    text.len() <= 253 && text.split('.').all(is_part)
}

/// The name of an object.
pub(super) fn object_name() -> Validator {
    text_that(
        "be at most 253 lower-case letters, digits, hyphens and dots, beginning and ending with a letter or digit",
        is_subdomain,
    )
}

fn is_label_part(text: &str) -> bool {
    let is_edge = |character: char| character.is_ascii_alphanumeric();
    text.len() <= 63
        && text.starts_with(is_edge)
        && text.ends_with(is_edge)
        && text.chars().all(|character| is_edge(character) || matches!(character, '-' | '_' | '.'))
}

fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_label_part(name),
        None => is_label_part(text),
    }
}

/// The key of a label or an annotation.
pub(super) fn label_key() -> Validator {
    text_that("be a label key, such as `team` or `example.com/team`", is_label_key)
}

/// The value of a label.
pub(super) fn label_value() -> Validator {
    text_that(
        "be at most 63 letters, digits, hyphens, underscores and dots, beginning and ending with a letter or digit",
        |text| text.is_empty() || is_label_part(text),
    )
}

/// The key of an annotation that is not the controller's.
pub(super) fn own_annotation_key() -> Validator {
    text_that("be an annotation key, and not one of a node class's hash, which its controller writes", |text| {
        let of_controller = ["ec2nodeclass-hash", "nodeclass-hash"]
            .iter()
            .any(|name| text.rsplit('/').next().is_some_and(|last| last == *name || last == format!("{name}-version")));
        is_label_key(text) && !of_controller
    })
}

/// The name of a role.
pub(super) fn role_name() -> Validator {
    iam_name("an IAM role", 64)
}

/// The name of an instance profile. Karpenter sends it to EC2 as a name, where an ARN is not found.
pub(super) fn instance_profile_name() -> Validator {
    iam_name("an instance profile", 128)
}

fn iam_name(object: &str, longest: usize) -> Validator {
    let must = format!("be the name of {object}, without path: 1 to {longest} characters, and not its ARN");
    let is_name =
        move |text: &str| (1..=longest).contains(&text.len()) && !text.starts_with("arn:") && !text.contains('/');
    Validator::new(must, move |value| value.as_str().is_some_and(is_name))
}

/// An id with this prefix.
pub(super) fn id_with(prefix: &'static str) -> Validator {
    Validator::new(
        format!("be an id that begins with `{prefix}`, followed by lower-case letters and digits"),
        move |value| {
            value.as_str().and_then(|text| text.strip_prefix(prefix)).is_some_and(|rest| {
                !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
        },
    )
}

/// An account id.
pub(super) fn account_id() -> Validator {
    text_that("be an AWS account id: 12 digits", |text| {
        text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Tags that select something.
pub(super) fn selecting_tags() -> Validator {
    Validator::new(
        "have no empty keys or values; `*` is any value",
        |value| matches!(value, Value::Map(tags) if tags.iter().all(|(key, value)| !key.is_empty() && value.as_str() != Some(""))),
    )
}

/// The key of a tag of both kinds.
pub(super) fn tag_key() -> Validator {
    text_that("not be empty, and not begin with `kubernetes.io/cluster`, which is reserved", |text| {
        !text.is_empty() && !text.starts_with("kubernetes.io/cluster")
    })
}

pub(super) fn alias_format() -> Validator {
    text_that("have the format `family@version`, such as `al2023@v20260801`", |text| alias(text).is_some())
}

pub(super) fn alias_family() -> Validator {
    let names: Vec<_> = FAMILY_NAMES.iter().map(|(name, _)| format!("`{name}`")).collect();
    text_that(format!("begin with one of the families {}, in lower case", names.join(", ")), |text| {
        // Another shape is said by its own check.
        alias(text).is_none() || family_of_alias(text).is_some()
    })
}

pub(super) fn alias_of_windows() -> Validator {
    text_that("have the version `latest` for a family of Windows, which cannot be pinned", |text| {
        alias(text).is_none_or(|(family, version)| {
            // What stands behind another `@` is not looked at.
            !family.starts_with("windows") || version.split('@').next() == Some("latest")
        })
    })
}

pub(super) fn volume_size() -> Validator {
    text_that("be a size such as `300Gi`: 1 to 59000Gi, 64000G, 58Ti or 64T", is_volume_size)
}

pub(super) fn volume_size_of_karpenter() -> Validator {
    text_that(
        "be a size such as `300Gi`: 1 to 59000Gi, 64000G, 58Ti or 64T, but none of the `Ti` of two digits that end in 8 or 9 \
         below 58, which Karpenter refuses",
        is_volume_size_of_karpenter,
    )
}

pub(super) fn reserved_key() -> Validator {
    validators::one_of(&["cpu", "memory", "ephemeral-storage", "pid"])
}

pub(super) fn eviction_signal() -> Validator {
    validators::one_of(&[
        "memory.available",
        "nodefs.available",
        "nodefs.inodesFree",
        "imagefs.available",
        "imagefs.inodesFree",
        "pid.available",
    ])
}

/// A quantity that is not negative.
pub(super) fn amount() -> Validator {
    text_that("be a quantity such as `100m` or `1Gi`, and not negative", |text| {
        !text.starts_with('-') && Quantity::parse(text).is_some()
    })
}

/// An eviction threshold.
pub(super) fn threshold() -> Validator {
    text_that("be a percentage such as `5%`, or a quantity such as `500Mi`", |text| {
        is_percentage(text) || Quantity::parse(text).is_some()
    })
}

pub(super) fn base64_text() -> Validator {
    text_that("be base64 text, as base64encode() gives", |text| !text.is_empty() && STANDARD.decode(text).is_ok())
}

/// Whether two quantities are the same amount.
pub(super) fn same_quantity(configured: &Value, stored: &Value) -> bool {
    configured == stored
        || matches!((configured.as_str(), stored.as_str()), (Some(one), Some(other)) if quantity::same(one, other))
}

/// Whether two maps have the same amounts.
pub(super) fn same_quantities(configured: &Value, stored: &Value) -> bool {
    same_members(configured, stored, same_quantity)
}

/// Whether two maps have the same durations.
pub(super) fn same_durations(configured: &Value, stored: &Value) -> bool {
    same_members(configured, stored, |one, other| {
        let length = |value: &Value| value.as_str().and_then(duration::parse);
        one == other || length(one).is_some() && length(one) == length(other)
    })
}

fn same_members(one: &Value, other: &Value, same: fn(&Value, &Value) -> bool) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        (one, other) => one == other,
    }
}
