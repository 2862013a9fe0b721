//! The steps of a journey, in a form that can be printed and parsed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use clients::strikes::FaultKind;

/// A resource block: its arguments and `lifecycle`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) arguments: Json,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ignore_changes: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) create_before_destroy: bool,
}

/// A fault, and the call at which it occurs, counted from the start of the apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) call: usize,
}

/// One step. A state is a directory with a separate configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Changes blocks of a configuration by name. Null removes a block.
    Configure { state: usize, blocks: BTreeMap<String, Option<Block>> },
    /// Plans and applies. Another process can make a change in between, and a fault can occur.
    Apply {
        state: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drift: Option<Json>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
    },
    /// Plans both states, and then applies them concurrently.
    ApplyTogether,
    /// Another process changes an object.
    Drift(Json),
    /// Reads every object into the state.
    Refresh { state: usize },
    /// Marks an object for replacement.
    Taint { state: usize, name: String },
    /// Removes an object from the state and imports it by its ID.
    Import { state: usize, name: String },
    /// Removes an object from the state and imports it by its identity.
    ImportByIdentity { state: usize, name: String },
    /// Moves the state of an object that the AWS provider managed until now.
    Move { state: usize, name: String },
    /// Destroys everything.
    Destroy {
        state: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
    },
}
