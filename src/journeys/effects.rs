//! The oracle of one object: compares the plan with the refreshed object.

use std::collections::{BTreeMap, BTreeSet};

use framework::rules;
use framework::value::Value;

/// Returns every known leaf of the plan that differs in the refreshed object.
pub(super) fn violations(planned: &Value, refreshed: &Value) -> Vec<String> {
    match (planned.is_null(), refreshed.is_null()) {
        (true, true) => Vec::new(),
        (true, false) => vec!["the object still exists".to_owned()],
        (false, true) => vec!["the object does not exist".to_owned()],
        (false, false) => {
            let breaches = rules::consistent(planned, refreshed);
            let words = |breach: rules::RuleViolation| {
                let at = |value: &Value| breach.path.find(value).map(|found| format!("{found:?}")).unwrap_or_default();
                format!("{}: planned {}, found {}", breach.path, at(planned), at(refreshed))
            };
            breaches.into_iter().map(words).collect()
        }
    }
}

/// Returns the plan, in which unchanged values are replaced by the concurrent changes of another process. All three
/// values are normalized. The attributes in `keys` identify an object in a set.
pub(super) fn rebase(prior: &Value, planned: &Value, live: &Value, keys: &[&str]) -> Value {
    let inner = |prior: &Value, planned: &Value, live: &Value| rebase(prior, planned, live, keys);
    if prior == planned {
        return live.clone();
    }
    match (prior, planned, live) {
        (Value::Object(_), Value::Object(_), Value::Object(_)) => {
            Value::Object(by_key(&members(prior), &members(planned), &members(live), &inner))
        }
        (Value::List(prior), Value::List(planned), Value::List(live))
            if prior.len() == planned.len() && planned.len() == live.len() =>
        {
            let each = |index: usize| inner(&prior[index], &planned[index], &live[index]);
            Value::List((0..planned.len()).map(each).collect())
        }
        _ if [prior, planned, live].into_iter().all(|value| matches!(value, Value::Map(_) | Value::Null)) => {
            let map = by_key(&members(prior), &members(planned), &members(live), &inner);
            if map.is_empty() && planned.is_null() { Value::Null } else { Value::Map(map) }
        }
        _ if [prior, planned, live].into_iter().all(|value| matches!(value, Value::Set(_) | Value::Null)) => {
            let is_unset = planned.is_null();
            let [prior, planned, live] = [prior, planned, live].map(|set| identified(set, keys));
            let set = by_key(&prior, &planned, &live, &inner);
            if set.is_empty() && is_unset { Value::Null } else { Value::set(set.into_values().collect()) }
        }
        _ => planned.clone(),
    }
}

type Members = BTreeMap<String, Value>;

/// Rebases each member. A member that is null in the result was null or missing before.
fn by_key(
    prior: &Members,
    planned: &Members,
    live: &Members,
    inner: &dyn Fn(&Value, &Value, &Value) -> Value,
) -> Members {
    let at = |members: &Members, key: &String| members.get(key).cloned().unwrap_or_default();
    let keys: BTreeSet<_> = planned.keys().chain(live.keys()).collect();
    let each = |key: &String| {
        let member = inner(&at(prior, key), &at(planned, key), &at(live, key));
        let is_there = !member.is_null() || [planned, live].iter().any(|members| members.get(key) == Some(&member));
        is_there.then(|| (key.clone(), member))
    };
    keys.into_iter().filter_map(each).collect()
}

fn members(value: &Value) -> Members {
    if let Value::Map(members) | Value::Object(members) = value { members.clone() } else { Members::new() }
}

/// Returns the elements of a set by their keys, or by all attributes without keys.
fn identified(set: &Value, keys: &[&str]) -> Members {
    let id = |element: &Value| {
        let id: Vec<_> = keys.iter().filter_map(|key| element.member(key)).collect();
        if id.is_empty() { format!("{element:?}") } else { format!("{id:?}") }
    };
    set.elements().unwrap_or_default().iter().map(|element| (id(element), element.clone())).collect()
}

/// Returns the number of leaves and elements, for the printed count.
pub(super) fn leaves(value: &Value) -> usize {
    match value {
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => elements.iter().map(leaves).sum(),
        Value::Map(members) | Value::Object(members) => members.values().map(leaves).sum(),
        Value::Unknown(_) => 0,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(size: Value, max: i64) -> Value {
        Value::object([("size", size), ("max", max.into())])
    }

    #[test]
    fn hidden_change_is_a_violation() {
        assert_eq!(violations(&object(7.into(), 3), &object(1.into(), 3)).len(), 1);
        assert!(violations(&object(Value::unknown(), 3), &object(1.into(), 3)).is_empty());
        assert_eq!(violations(&object(7.into(), 3), &Value::Null), ["the object does not exist"]);
    }

    #[test]
    fn drift_after_the_plan_stays_unless_planned() {
        let (prior, planned, live) = (object(1.into(), 3), object(1.into(), 4), object(7.into(), 5));
        assert_eq!(rebase(&prior, &planned, &live, &[]), object(7.into(), 4));
    }

    #[test]
    fn drift_in_maps_and_sets_stays_by_member() {
        let map = |members: &[(&str, &str)]| {
            Value::Map(members.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect())
        };
        let (prior, planned) = (map(&[("a", "1"), ("b", "1")]), map(&[("a", "1"), ("c", "1")]));
        let live = map(&[("a", "9"), ("b", "9"), ("z", "9")]);
        let expected = map(&[("a", "9"), ("c", "1"), ("z", "9")]);
        assert_eq!(rebase(&prior, &planned, &live, &[]), expected);
        assert_eq!(rebase(&prior, &Value::Null, &prior, &[]), Value::Null);

        let set = |elements: &[(&str, i64)]| {
            let each =
                |(key, size): &(&str, i64)| Value::object([("key", Value::from(*key)), ("size", (*size).into())]);
            Value::set(elements.iter().map(each).collect())
        };
        let (prior, planned) = (set(&[("a", 1), ("b", 1)]), set(&[("a", 2)]));
        assert_eq!(rebase(&prior, &planned, &set(&[("a", 9), ("z", 9)]), &["key"]), set(&[("a", 2), ("z", 9)]));
    }
}
