//! A planned object against the refreshed one, leaf by leaf.

use std::collections::BTreeSet;

use serde_json::Value;

/// A leaf that the plan showed as unknown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// Names of attributes; positions and keys are `*`.
    pub(crate) path: String,
    /// Whether its value after the apply differs from the one before.
    pub(crate) changed: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) leaves: usize,
    pub(crate) violations: Vec<String>,
    pub(crate) unknown: Vec<Leaf>,
}

/// Compares `after` and `after_unknown` of a change with the refreshed object.
pub(crate) fn compare(before: &Value, planned: &Value, unknown: &Value, actual: &Value) -> Comparison {
    let mut comparison = Comparison::default();
    comparison.values("", before, planned, unknown, actual);
    comparison
}

/// The plan, with what it leaves as it was replaced by what is live.
pub(crate) fn rebase(before: &Value, planned: &Value, live: Option<&Value>) -> Value {
    let Some(live) = live else { return planned.clone() };
    match (before, planned) {
        _ if before == planned => live.clone(),
        (Value::Object(old), Value::Object(new)) => {
            // What the plan has as unknown is missing from `after`.
            let each = |(name, planned): (&String, &Value)| {
                let before = old.get(name).unwrap_or(&Value::Null);
                (name.clone(), rebase(before, planned, Some(&live[name])))
            };
            // A key that neither side of the plan has was added by the other process, so the apply must leave it there.
            let is_added = |(name, _): &(&String, &Value)| !old.contains_key(*name) && !new.contains_key(*name);
            let added = live.as_object().into_iter().flatten().filter(is_added);
            let added = added.map(|(name, value)| (name.clone(), value.clone()));
            Value::Object(new.iter().map(each).chain(added).collect())
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() && old.len() == length(live) => {
            let each = |index: usize| rebase(&old[index], &new[index], Some(&live[index]));
            Value::Array((0..new.len()).map(each).collect())
        }
        _ => planned.clone(),
    }
}

fn length(value: &Value) -> usize {
    value.as_array().map_or(0, Vec::len)
}

/// Whether anything inside `after_unknown` is unknown.
fn is_open(unknown: &Value) -> bool {
    match unknown {
        Value::Bool(open) => *open,
        Value::Array(elements) => elements.iter().any(is_open),
        Value::Object(members) => members.values().any(is_open),
        _ => false,
    }
}

fn then(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The path without what differs between objects.
fn pattern(path: &str) -> String {
    let general = |step: &str| if step.parse::<usize>().is_ok() { "*".to_owned() } else { step.to_owned() };
    path.split('.').map(general).collect::<Vec<_>>().join(".")
}

impl Comparison {
    fn values(&mut self, path: &str, before: &Value, planned: &Value, unknown: &Value, actual: &Value) {
        if *unknown == Value::Bool(true) {
            self.unknown.push(Leaf { path: pattern(path), changed: before != actual });
            return;
        }
        match (planned, actual) {
            (Value::Object(_), Value::Object(_)) => self.members(path, before, planned, unknown, actual),
            // An object of which nothing is known has no member in `after`.
            (Value::Null, Value::Object(_)) if is_open(unknown) => self.members(path, before, planned, unknown, actual),
            (Value::Array(elements), Value::Array(found)) if elements.len() == found.len() && !found.is_empty() => {
                self.elements(path, before, planned, unknown, actual);
            }
            _ => self.leaf(path, before, planned, actual),
        }
    }

    fn members(&mut self, path: &str, before: &Value, planned: &Value, unknown: &Value, actual: &Value) {
        let names = |value: &Value| value.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect();
        let mut all: BTreeSet<String> = names(planned);
        all.extend::<BTreeSet<String>>(names(unknown));
        all.extend::<BTreeSet<String>>(names(actual));
        for name in all {
            let of = |value: &Value| value.get(&name).cloned().unwrap_or_default();
            self.values(&then(path, &name), &of(before), &of(planned), &of(unknown), &of(actual));
        }
        if planned.as_object().is_some_and(serde_json::Map::is_empty) && *actual == *planned {
            self.leaves += 1;
        }
    }

    /// By position. Where some elements are not wholly known, a set may have another order than the plan.
    fn elements(&mut self, path: &str, before: &Value, planned: &Value, unknown: &Value, actual: &Value) {
        let of = |value: &Value, index: usize| value.get(index).cloned().unwrap_or_default();
        let against = |index: usize, position: usize| {
            let mut inside = Self::default();
            let path = then(path, &index.to_string());
            inside.values(
                &path,
                &of(before, position),
                &of(planned, index),
                &of(unknown, index),
                &of(actual, position),
            );
            inside
        };
        let fits = |index: usize, position: usize| against(index, position).violations.is_empty();
        let count = length(actual);
        let mut positions: Vec<Option<usize>> =
            (0..count).map(|index| Some(index).filter(|_| fits(index, index))).collect();
        if is_open(unknown) {
            for index in 0..count {
                let is_free = |position: &usize| !positions.contains(&Some(*position));
                let found = (0..count).filter(is_free).find(|position| fits(index, *position));
                positions[index] = positions[index].or(found);
            }
        }
        let mut left: Vec<_> = (0..count).filter(|position| !positions.contains(&Some(*position))).collect();
        for (index, position) in positions.into_iter().enumerate() {
            self.absorb(against(index, position.unwrap_or_else(|| left.remove(0))));
        }
    }

    fn leaf(&mut self, path: &str, before: &Value, planned: &Value, actual: &Value) {
        self.leaves += 1;
        if planned == actual {
            return;
        }
        let what = if before == planned { "changed, and the plan does not show it" } else { "differs from the plan" };
        self.violations.push(format!("{path}: {what}: planned {planned}, found {actual}, before {before}"));
    }

    fn absorb(&mut self, inside: Self) {
        self.leaves += inside.leaves;
        self.violations.extend(inside.violations);
        self.unknown.extend(inside.unknown);
    }
}
