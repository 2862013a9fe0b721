//! `ignore_changes`: Terraform core replaces the configured value with the prior value, only during plan.

use framework::path::{Path, Step};
use framework::value::Value;

/// A path as in configuration, such as `scaling_config[0].desired_size` or `labels["team"]`.
pub(super) fn path(text: &str) -> Path {
    text.split('.').fold(Path::root(), |path, part| {
        let (name, index) = part.split_once('[').map_or((part, None), |(name, rest)| (name, rest.strip_suffix(']')));
        let path = path.then(name);
        match index {
            None => path,
            Some(index) => match index.parse() {
                Ok(index) => path.index(index),
                Err(_) => path.key(index.trim_matches('"')),
            },
        }
    })
}

/// Returns the configuration for the plan.
pub(super) fn apply(config: &Value, prior: &Value, ignored: &[Path]) -> Value {
    if prior.is_null() {
        return config.clone();
    }
    ignored.iter().fold(config.clone(), |config, path| replaced(&config, Some(prior), path.steps()))
}

/// Replaces configured values. A key of a map can also be added or removed.
fn replaced(config: &Value, prior: Option<&Value>, steps: &[Step]) -> Value {
    static NULL: Value = Value::Null;
    let Some((step, rest)) = steps.split_first() else { return prior.unwrap_or(&NULL).clone() };
    match (step, config) {
        (Step::Attribute(name), Value::Object(members)) => {
            let mut members = members.clone();
            if let Some(member) = members.get_mut(name) {
                *member = replaced(member, prior.and_then(|prior| prior.member(name)), rest);
            }
            Value::Object(members)
        }
        (Step::Index(index), Value::List(elements)) => {
            let mut elements = elements.clone();
            if let Some(element) = elements.get_mut(*index) {
                let prior = prior.and_then(Value::elements).and_then(|elements| elements.get(*index));
                // If the state does not contain the block, there is no prior value.
                *element = prior.map_or_else(|| element.clone(), |prior| replaced(element, Some(prior), rest));
            }
            Value::List(elements)
        }
        (Step::Key(key), Value::Map(_) | Value::Null) => {
            let mut members = if let Value::Map(members) = config { members.clone() } else { Default::default() };
            match prior.and_then(|prior| prior.member(key)) {
                Some(value) => members.insert(key.clone(), value.clone()),
                None => members.remove(key),
            };
            if members.is_empty() && config.is_null() { Value::Null } else { Value::Map(members) }
        }
        _ => config.clone(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn object(size: i64, labels: &[(&str, &str)]) -> Value {
        let block = Value::object([("size", size.into())]);
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect();
        Value::object([("scaling", Value::List(vec![block])), ("labels", Value::Map(labels))])
    }

    #[rstest]
    #[case::in_a_block("scaling[0].size", object(7, &[("a", "new")]))]
    #[case::whole_map("labels", object(1, &[("a", "old"), ("b", "old")]))]
    #[case::key_of_a_map("labels[\"a\"]", object(1, &[("a", "old")]))]
    #[case::key_that_only_the_state_has("labels[\"b\"]", object(1, &[("a", "new"), ("b", "old")]))]
    #[case::block_that_is_missing("scaling[1].size", object(1, &[("a", "new")]))]
    fn ignored_value_is_kept_from_state(#[case] ignored: &str, #[case] expected: Value) {
        let (config, prior) = (object(1, &[("a", "new")]), object(7, &[("a", "old"), ("b", "old")]));
        assert_eq!(apply(&config, &prior, &[path(ignored)]), expected);
        assert_eq!(apply(&config, &Value::Null, &[path(ignored)]), config);
    }
}
