//! Validators of single arguments, and which values are equivalent.

use clients::names::is_name;
pub(super) use clients::names::{cluster_name, role_arn};
use framework::validators::{Validator, string_matching};
use framework::value::Value;
use render::kubernetes_version;

/// Maximum length of a node group name.
const NAME_LENGTH: usize = 63;
/// Maximum length of a prefix: a name without its unique suffix of 26 characters.
const PREFIX_LENGTH: usize = NAME_LENGTH - 26;

pub(super) fn node_group_name() -> Validator {
    let must = "consist of 1 to 63 letters, digits, hyphens, and underscores, and start with a letter or digit";
    string_matching(must, |text| is_name(text) && text.len() <= NAME_LENGTH)
}

pub(super) fn node_group_name_prefix() -> Validator {
    let must = "consist of at most 37 letters, digits, hyphens, and underscores, and start with a letter or digit";
    string_matching(must, |text| text.is_empty() || (is_name(text) && text.len() <= PREFIX_LENGTH))
}

pub(super) fn kubernetes_version() -> Validator {
    string_matching("be a Kubernetes version, such as `1.33`", |text| kubernetes_version::parse(text).is_some())
}

/// A list with one element that sets exactly one of the two limits.
pub(super) fn update_config() -> Validator {
    let must = "contain one block that sets exactly one of `max_unavailable` or `max_unavailable_percentage` between 1 and \
                100, and `update_strategy`, if set, to `DEFAULT` or `MINIMAL`";
    Validator::new(must, |value| {
        let Some([block]) = value.elements() else { return value.elements().is_some_and(<[Value]>::is_empty) };
        let limit = |name: &str| match block.member(name) {
            Some(Value::Number(number)) => Some(number.to_i64().is_some_and(|limit| (1..=100).contains(&limit))),
            _ => None,
        };
        let limits: Vec<_> =
            [limit("max_unavailable"), limit("max_unavailable_percentage")].into_iter().flatten().collect();
        let strategy = block.member("update_strategy").and_then(Value::as_str);
        limits == [true] && strategy.is_none_or(|strategy| matches!(strategy, "DEFAULT" | "MINIMAL"))
    })
}
