//! The rules of a custom resource definition, as the API server has it, and which of them a refusal tells of.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A schema of OpenAPI.
pub(super) struct Schema<'s>(pub(super) &'s Value);

/// One thing that a value must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rule {
    /// Where: items of lists are `[]`, values of maps `{}`.
    pub(super) path: String,
    /// What the API server's refusal says.
    pub(super) words: String,
    /// It compares with what was there before, so that no creation breaks it.
    pub(super) is_of_updates: bool,
}

impl<'s> Schema<'s> {
    /// The schema of `spec` in a definition.
    pub(super) fn of_spec(definition: &'s Value) -> Self {
        Self(&definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"])
    }

    pub(super) fn properties(&self) -> impl Iterator<Item = (&'s String, Self)> + use<'s> {
        self.0["properties"].as_object().into_iter().flatten().map(|(name, schema)| (name, Self(schema)))
    }

    /// The schema of list items.
    pub(super) fn items(&self) -> Option<Self> {
        self.0.get("items").map(Self)
    }

    /// The schema of map values.
    pub(super) fn values(&self) -> Option<Self> {
        self.0.get("additionalProperties").map(Self)
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.0["type"] == kind
    }

    pub(super) fn text(&self, name: &str) -> Option<&'s str> {
        self.0[name].as_str()
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.0[name].as_i64()
    }

    /// Every rule, here and below. Types are none of them: a configuration cannot say a value of another type.
    pub(super) fn rules(&self) -> BTreeSet<Rule> {
        let mut rules = BTreeSet::new();
        self.collect("spec", &mut rules);
        rules
    }

    fn collect(&self, path: &str, rules: &mut BTreeSet<Rule>) {
        let mut add = |path: &str, words: String, is_of_updates: bool| {
            rules.insert(Rule { path: path.to_owned(), words, is_of_updates });
        };
        for rule in self.0["x-kubernetes-validations"].as_array().into_iter().flatten() {
            let text = |name: &str| rule[name].as_str().unwrap_or_default();
            add(path, text("message").to_owned(), text("rule").contains("oldSelf"));
        }
        let mut bound = |name: &str, words: fn(i64) -> String| {
            if let Some(bound) = self.number(name) {
                add(path, words(bound), false);
            }
        };
        bound("minimum", |bound| format!("should be greater than or equal to {bound}"));
        bound("maximum", |bound| format!("should be less than or equal to {bound}"));
        bound("minItems", |bound| format!("should have at least {bound} items"));
        bound("maxItems", |bound| format!("must have at most {bound} items"));
        bound("maxProperties", |bound| format!("must have at most {bound} items"));
        // On a list these say nothing, and the API server passes over them.
        if !self.is("array") {
            bound("minLength", |bound| format!("should be at least {bound} chars long"));
            bound("maxLength", |bound| format!("may not be more than {bound} bytes"));
            if let Some(pattern) = self.text("pattern") {
                add(path, format!("should match '{pattern}'"), false);
            }
        }
        if self.0["enum"].is_array() {
            add(path, "supported values:".to_owned(), false);
        }
        if self.0["x-kubernetes-list-type"] == "set" {
            add(&format!("{path}[]"), "Duplicate value".to_owned(), false);
        }
        for name in self.0["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            // What has a default is never missing.
            if self.0["properties"][name].get("default").is_none() {
                add(&format!("{path}.{name}"), "Required value".to_owned(), false);
            }
        }
        for (name, schema) in self.properties() {
            schema.collect(&format!("{path}.{name}"), rules);
        }
        if let Some(items) = self.items() {
            items.collect(&format!("{path}[]"), rules);
        }
        if let Some(values) = self.values() {
            values.collect(&format!("{path}{{}}"), rules);
        }
    }
}

impl Rule {
    /// Whether a refusal's cause tells of this rule.
    fn is_told_by(&self, field: &str, message: &str) -> bool {
        let is_there = match self.path.split_once("{}") {
            // The keys of maps have dots of their own.
            Some((map, _)) => field.strip_prefix(map).is_some_and(|rest| rest.starts_with(['.', '['])),
            None => field == self.path,
        };
        is_there && message.contains(&self.words)
    }
}

/// The rules that a refusal tells of.
pub(super) fn broken<'r>(rules: &'r BTreeSet<Rule>, refusal: &Value) -> Vec<&'r Rule> {
    let causes = refusal["details"]["causes"].as_array().into_iter().flatten();
    causes
        .flat_map(|cause| {
            let field = without_numbers(cause["field"].as_str().unwrap_or_default());
            let message = cause["message"].as_str().unwrap_or_default();
            rules.iter().filter(move |rule| rule.is_told_by(&field, message))
        })
        .collect()
}

fn without_numbers(field: &str) -> String {
    let mut text = String::new();
    for part in field.split_inclusive(['[', ']']) {
        let number = part.strip_suffix(']').filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        text.push_str(if number.is_some() { "]" } else { part });
    }
    text
}

/// The members of an object.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NONE).iter()
}
