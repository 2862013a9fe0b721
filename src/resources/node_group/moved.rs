//! Moves state from `aws_eks_node_group`. Its schema version is 0 in all releases, and up to AWS provider 6.66
//! attributes were only added.
//!
//! The AWS provider stores zeros and empty strings for unset values. The framework normalizes those of arguments; the
//! others are set to null here. The framework also drops and fills attributes that exist in only one of the two
//! schemas.

use serde_json::{Value as Json, json};

use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::moved::{clear_timeouts, lost_nothing};
use framework::resource::MoveFrom;

/// Members for which zero or an empty string means unset, by their block.
const NESTED: &[(&str, &[&str])] = &[
    ("resources", &["remote_access_security_group_id"]),
    ("update_config", &["max_unavailable", "max_unavailable_percentage", "update_strategy"]),
    ("warm_pool_config", &["max_group_prepared_capacity", "pool_state"]),
];

/// The move from the AWS provider.
pub(super) fn from_aws() -> MoveFrom {
    MoveFrom { provider: "hashicorp/aws", type_name: "aws_eks_node_group", convert, lost: lost_nothing }
}

fn convert(version: i64, state: Json) -> Result<Json, Diagnostics> {
    let Json::Object(mut source) = state else { return Err(unknown("The state is not an object.")) };
    if version != 0 {
        return Err(unknown(&format!("The state has schema version {version}, but only version 0 is supported.")));
    }
    for (block, names) in NESTED {
        let elements = source.get_mut(*block).and_then(Json::as_array_mut);
        for element in elements.into_iter().flatten() {
            for name in *names {
                clear_nothing(element.get_mut(*name));
            }
        }
    }
    clear_timeouts(&mut source);
    source.insert("ami_update_policy".to_owned(), json!("pinned"));
    Ok(Json::Object(source))
}

fn clear_nothing(value: Option<&mut Json>) {
    let Some(value) = value else { return };
    let nothing = match &*value {
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        _ => false,
    };
    if nothing {
        *value = Json::Null;
    }
}

fn unknown(reason: &str) -> Diagnostics {
    Diagnostic::error(
        "Unable to move state from aws_eks_node_group",
        format!(
            "{reason} Import the node group instead: use an import block with id = \"cluster_name:node_group_name\", \
             and a removed block for the old resource."
        ),
    )
    .into()
}

#[cfg(test)]
#[path = "moved_tests.rs"]
mod tests;
