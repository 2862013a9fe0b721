//! Taking over the state of `aws_eks_node_group`. Its schema version has been 0 in all releases; attributes were only
//! added, up to the aws provider 6.66.
//!
//! That provider stores zeros and empty texts where nothing is given. Here nothing is null, so that the plan after a
//! move is empty. What one of the two schemas lacks is the framework's to drop and to fill.

use serde_json::{Value as Json, json};

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::moved::clear_timeouts;
use crate::framework::resource::MoveFrom;

/// Attributes of the root whose zero, empty text or empty collection means that nothing is given.
const PLAIN: &[&str] = &[
    "ami_type",
    "capacity_type",
    "disk_size",
    "labels",
    "node_group_name_prefix",
    "release_version",
    "tags",
    "version",
];

/// The same, by the block they are in.
const NESTED: &[(&str, &[&str])] = &[
    ("launch_template", &["id", "name"]),
    (
        "node_repair_config",
        &[
            "max_parallel_nodes_repaired_count",
            "max_parallel_nodes_repaired_percentage",
            "max_unhealthy_node_threshold_count",
            "max_unhealthy_node_threshold_percentage",
        ],
    ),
    ("remote_access", &["ec2_ssh_key", "source_security_group_ids"]),
    ("resources", &["remote_access_security_group_id"]),
    ("taint", &["value"]),
    ("update_config", &["max_unavailable", "max_unavailable_percentage", "update_strategy"]),
    ("warm_pool_config", &["max_group_prepared_capacity", "pool_state"]),
];

/// The move from the aws provider.
pub(super) fn from_aws() -> MoveFrom {
    MoveFrom { provider: "hashicorp/aws", type_name: "aws_eks_node_group", convert }
}

fn convert(version: i64, state: Json) -> Result<Json, Diagnostics> {
    let Json::Object(mut source) = state else { return Err(unknown("The state is not an object.")) };
    if version != 0 {
        return Err(unknown(&format!("Its schema version is {version}; this provider knows version 0.")));
    }
    for name in PLAIN {
        clear_nothing(source.get_mut(*name));
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
        Json::Array(elements) => elements.is_empty(),
        Json::Object(members) => members.is_empty(),
        Json::Null | Json::Bool(_) => false,
    };
    if nothing {
        *value = Json::Null;
    }
}

fn unknown(reason: &str) -> Diagnostics {
    Diagnostic::error(
        "Cannot take over the state of aws_eks_node_group",
        format!(
            "{reason} Import the node group instead: an import block with id = \"cluster_name:node_group_name\", and \
             a removed block for the old resource."
        ),
    )
    .into()
}

#[cfg(test)]
#[path = "moved_tests.rs"]
mod tests;
