//! A plan as `show -json` tells it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::run::{Diagnostic, Run};

/// What a plan does to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    NoOp,
    Create,
    Read,
    Update,
    Delete,
    /// Delete, then create.
    Replace,
    /// Create, then delete: `create_before_destroy`.
    ReplaceCreatingFirst,
    Forget,
}

/// A successful plan, its JSON form and what the command said meanwhile.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) run: Run,
    pub(crate) json: Value,
}

impl Action {
    fn read(actions: &Value) -> Self {
        let names: Vec<_> = actions.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        match names[..] {
            ["no-op"] => Self::NoOp,
            ["create"] => Self::Create,
            ["read"] => Self::Read,
            ["update"] => Self::Update,
            ["delete"] => Self::Delete,
            ["delete", "create"] => Self::Replace,
            ["create", "delete"] => Self::ReplaceCreatingFirst,
            ["forget"] => Self::Forget,
            _ => panic!("unknown actions of a plan: {actions}"),
        }
    }
}

impl Plan {
    /// What happens to each object, those left alone included.
    pub(crate) fn actions(&self) -> BTreeMap<String, Action> {
        let changes = self.json["resource_changes"].as_array().into_iter().flatten();
        changes
            .map(|change| {
                let address = change["address"].as_str().unwrap_or_default().to_owned();
                (address, Action::read(&change["change"]["actions"]))
            })
            .collect()
    }

    /// The `change` of one object: `before`, `after`, `after_unknown`, `replace_paths`, `importing` and the rest.
    #[track_caller]
    pub(crate) fn change(&self, address: &str) -> &Value {
        let mut changes = self.json["resource_changes"].as_array().into_iter().flatten();
        let found = changes.find(|change| change["address"] == address);
        &found.unwrap_or_else(|| panic!("{address} is not in the plan:\n{}", self.run))["change"]
    }

    /// Whether a later apply would do nothing, outputs included.
    pub(crate) fn is_empty(&self) -> bool {
        self.run.code == Some(0)
    }

    #[track_caller]
    pub(crate) fn assert_no_changes(&self) {
        let changes = self.json["resource_changes"].as_array().into_iter().flatten();
        let changes: Vec<_> = changes.filter(|each| each["change"]["actions"][0] != "no-op").collect();
        assert!(changes.is_empty() && self.is_empty(), "the plan should be empty:\n{}\n{changes:#?}", self.run);
    }

    /// The plan does exactly this; objects not named are left alone.
    #[track_caller]
    pub(crate) fn assert_actions(&self, expected: &[(&str, Action)]) {
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(address, action)| ((*address).to_owned(), *action)).collect();
        let mut actual = self.actions();
        actual.retain(|address, action| *action != Action::NoOp || expected.contains_key(address));
        assert!(actual == expected, "the plan does {actual:#?}, not {expected:#?}:\n{}", self.run);
    }

    pub(crate) fn warnings(&self) -> Vec<Diagnostic> {
        self.run.diagnostics().into_iter().filter(|each| each.severity == "warning").collect()
    }
}
