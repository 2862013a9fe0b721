//! What can happen on a journey, in a form that can be printed and read again.

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

/// What goes wrong, and at which call from the beginning of the apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) call: usize,
}

/// One step. A state is a folder with a configuration of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Changes blocks of a configuration, by name; null removes one.
    Configure { state: usize, blocks: BTreeMap<String, Option<Block>> },
    /// Plans and applies. Another process may change something between, and something may go wrong.
    Apply {
        state: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        drift: Option<Json>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
    },
    /// Both states are planned, then applied at the same time.
    ApplyTogether,
    /// Another process changes an object.
    Drift(Json),
    /// Reads every object into the state.
    Refresh { state: usize },
    /// Marks an object for replacement.
    Taint { state: usize, name: String },
    /// Forgets an object and imports it by its id.
    Import { state: usize, name: String },
    /// Forgets an object and imports it by its identity.
    ImportByIdentity { state: usize, name: String },
    /// The object was managed by the counterpart's type until now: its state is moved.
    Move { state: usize, name: String },
    /// Destroys everything.
    Destroy {
        state: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<Fault>,
    },
}
