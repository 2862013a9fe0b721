//! Configured and stored values that are equivalent in EKS.

use framework::value::Value;

/// The strategy that EKS uses and returns if it is not set.
pub(super) const DEFAULT_STRATEGY: &str = "DEFAULT";

/// The capacity of a warm pool whose only limit is the maximum size of the group. Auto Scaling removes a limit only if
/// this value is sent.
pub(super) const UNLIMITED: i64 = -1;

/// Whether the status is `ACTIVE`, the status after a successful update.
pub(super) fn is_active(status: &Value) -> bool {
    status.as_str() == Some("ACTIVE")
}

/// Whether two `update_config` lists are equivalent: an unset strategy is `DEFAULT`.
pub(super) fn update_config(configured: &Value, stored: &Value) -> bool {
    let (Some([configured]), Some([stored])) = (configured.elements(), stored.elements()) else {
        return configured == stored;
    };
    let same = |name: &str| configured.member(name) == stored.member(name);
    let strategy =
        |value: &Value| value.member("update_strategy").and_then(Value::as_str).unwrap_or(DEFAULT_STRATEGY).to_owned();
    same("max_unavailable") && same("max_unavailable_percentage") && strategy(configured) == strategy(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(max: Value, strategy: Value) -> Value {
        let members =
            [("max_unavailable", max), ("max_unavailable_percentage", Value::Null), ("update_strategy", strategy)];
        Value::List(vec![Value::object(members)])
    }

    #[test]
    fn missing_strategy_is_the_default_one() {
        assert!(update_config(&config(1.into(), Value::Null), &config(1.into(), "DEFAULT".into())));
        assert!(!update_config(&config(1.into(), Value::Null), &config(1.into(), "MINIMAL".into())));
        assert!(!update_config(&config(2.into(), Value::Null), &config(1.into(), "DEFAULT".into())));
    }
}
