//! The oracle of one object: what was planned against what a refresh finds.

use framework::rules;
use framework::value::Value;

/// Every known leaf of the plan that a refresh finds otherwise.
pub(super) fn violations(planned: &Value, refreshed: &Value) -> Vec<String> {
    match (planned.is_null(), refreshed.is_null()) {
        (true, true) => Vec::new(),
        (true, false) => vec!["the object still exists".to_owned()],
        (false, true) => vec!["the object does not exist".to_owned()],
        (false, false) => {
            let breaches = rules::consistent(planned, refreshed);
            let words = |breach: rules::Breach| {
                let at = |value: &Value| breach.path.find(value).map(|found| format!("{found:?}")).unwrap_or_default();
                format!("{}: planned {}, found {}", breach.path, at(planned), at(refreshed))
            };
            breaches.into_iter().map(words).collect()
        }
    }
}

/// The plan, with what it leaves as it was replaced by what another process has made of it since.
pub(super) fn rebase(prior: &Value, planned: &Value, live: &Value) -> Value {
    match (prior, planned, live) {
        _ if prior == planned => live.clone(),
        (Value::Object(prior), Value::Object(planned), Value::Object(live)) => {
            let each = |(name, planned): (&String, &Value)| {
                let both = prior.get(name).zip(live.get(name));
                (name.clone(), both.map_or_else(|| planned.clone(), |(prior, live)| rebase(prior, planned, live)))
            };
            Value::Object(planned.iter().map(each).collect())
        }
        (Value::List(prior), Value::List(planned), Value::List(live))
            if prior.len() == planned.len() && planned.len() == live.len() =>
        {
            let each = |index: usize| rebase(&prior[index], &planned[index], &live[index]);
            Value::List((0..planned.len()).map(each).collect())
        }
        _ => planned.clone(),
    }
}

/// Leaves and elements, for the count that is printed.
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
        assert_eq!(rebase(&prior, &planned, &live), object(7.into(), 4));
    }
}
