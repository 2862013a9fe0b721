//! Rules for an applied object, given the planned object (`AssertObjectCompatible` in Terraform core).

use std::collections::BTreeMap;

use super::RuleViolation;
use crate::path::Path;
use crate::schema::Block;
use crate::validation::write_only_values;
use crate::value::{Refinements, Value};

static NULL: Value = Value::Null;

/// Returns the violations of Terraform core rules in the applied object.
pub fn applied(block: &Block, planned: &Value, actual: &Value) -> Vec<RuleViolation> {
    let mut breaches = Vec::new();
    if planned.is_null() != actual.is_null() {
        let rule = if actual.is_null() { "the object is missing after apply" } else { "the object still exists" };
        return vec![RuleViolation::new(&Path::root(), rule)];
    }
    breaches.extend(super::left_unknown(actual, "the value is still unknown after apply"));
    let leaks = write_only_values(block, actual);
    breaches.extend(leaks.iter().map(|path| RuleViolation::new(path, "a write-only value must not be stored")));
    compatible(planned, &super::without_write_only(block, actual), &Path::root(), &mut breaches);
    breaches
}

/// Returns the violations of Terraform core rules in the plan during apply, compared with the plan before: known values
/// must not change.
#[cfg(any(test, feature = "testing"))]
pub fn consistent(first: &Value, last: &Value) -> Vec<RuleViolation> {
    let mut breaches = Vec::new();
    compatible(first, last, &Path::root(), &mut breaches);
    breaches
}

fn compatible(planned: &Value, actual: &Value, path: &Path, breaches: &mut Vec<RuleViolation>) {
    match (planned, actual) {
        (Value::Unknown(refinements), _) => {
            if !fits(refinements, actual) {
                breaches.push(RuleViolation::new(path, "the value does not satisfy the planned constraints"));
            }
        }
        (Value::Object(planned), Value::Object(actual)) => members(planned, actual, path, breaches, Path::then),
        (Value::Map(planned), Value::Map(actual)) => members(planned, actual, path, breaches, Path::key),
        (Value::List(planned), Value::List(actual)) | (Value::Tuple(planned), Value::Tuple(actual)) => {
            if planned.len() != actual.len() {
                breaches.push(RuleViolation::new(path, "the number of elements differs from the plan"));
                return;
            }
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                compatible(planned, actual, &path.index(index), breaches);
            }
        }
        (Value::Set(planned), Value::Set(actual)) => {
            let correlates = |planned: &Value, actual: &Value| {
                let mut inside = Vec::new();
                compatible(planned, actual, path, &mut inside);
                inside.is_empty()
            };
            let all_found = planned.iter().all(|planned| actual.iter().any(|actual| correlates(planned, actual)));
            let none_new = actual.iter().all(|actual| planned.iter().any(|planned| correlates(planned, actual)));
            if !all_found || !none_new || actual.len() > planned.len() {
                breaches.push(RuleViolation::new(path, "the elements differ from the planned elements"));
            }
        }
        (Value::Dynamic(planned), Value::Dynamic(actual)) => {
            if planned.0 != actual.0 && planned.1.is_wholly_known() {
                breaches.push(RuleViolation::new(path, "the type differs from the planned type"));
            } else {
                compatible(&planned.1, &actual.1, path, breaches);
            }
        }
        (planned, actual) if planned == actual => {}
        _ => breaches.push(RuleViolation::new(path, "the value differs from the planned value")),
    }
}

fn members(
    planned: &BTreeMap<String, Value>,
    actual: &BTreeMap<String, Value>,
    path: &Path,
    breaches: &mut Vec<RuleViolation>,
    step: impl Fn(&Path, String) -> Path,
) {
    if !planned.keys().eq(actual.keys()) {
        breaches.push(RuleViolation::new(path, "the keys differ from the planned keys"));
        return;
    }
    for (key, planned) in planned {
        compatible(planned, actual.get(key).unwrap_or(&NULL), &step(path, key.clone()), breaches);
    }
}

fn fits(refinements: &Refinements, actual: &Value) -> bool {
    if actual.is_null() {
        return !refinements.not_null;
    }
    let prefix = refinements
        .string_prefix
        .as_ref()
        .is_none_or(|prefix| actual.as_str().is_none_or(|text| text.starts_with(prefix.as_str())));
    let length =
        actual.elements().map(<[Value]>::len).or(if let Value::Map(map) = actual { Some(map.len()) } else { None });
    let long_enough = length.zip(refinements.length_min).is_none_or(|(length, least)| length as u64 >= least);
    let short_enough = length.zip(refinements.length_max).is_none_or(|(length, most)| length as u64 <= most);
    let number = if let Value::Number(number) = actual { Some(number) } else { None };
    let above = number
        .zip(refinements.number_min.as_ref())
        .is_none_or(|(number, (bound, inclusive))| if *inclusive { number >= bound } else { number > bound });
    let below = number
        .zip(refinements.number_max.as_ref())
        .is_none_or(|(number, (bound, inclusive))| if *inclusive { number <= bound } else { number < bound });
    prefix && long_enough && short_enough && above && below
}
