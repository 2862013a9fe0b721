//! Verifies an edit: the new text parses like the old text, with only the wanted change.

use std::collections::BTreeSet;

use super::Refusal;
use super::entries::{Entry, Found, Listing};
use super::values::{Value, folds_to};

fn read(old: &Listing, edited: &str) -> Result<Listing, Refusal> {
    Listing::read(edited, old.mapping).map_err(|_| Refusal::Unproven)
}

fn proven(holds: bool) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::Unproven) }
}

fn is(found: Option<&Found>, entry: &Entry) -> bool {
    found.is_some_and(|found| {
        let same = found.arn.as_deref().is_some_and(|arn| arn.eq_ignore_ascii_case(&entry.arn));
        same && found.has(entry)
    })
}

pub(super) fn inserted(old: &Listing, edited: &str, entry: &Entry) -> Result<(), Refusal> {
    let new = read(old, edited)?;
    let kept = new.values.len() == old.values.len() + 1 && new.values.starts_with(&old.values);
    proven(kept && is(new.entries().last(), entry))
}

pub(super) fn removed(old: &Listing, edited: &str, index: usize) -> Result<(), Refusal> {
    let new = read(old, edited)?;
    let mut wanted = old.values.clone();
    wanted.remove(index);
    proven(new.values == wanted)
}

pub(super) fn updated(old: &Listing, edited: &str, index: usize, entry: &Entry) -> Result<(), Refusal> {
    let new = read(old, edited)?;
    let others = |values: &[Value]| -> Vec<Value> {
        values.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, value)| value.clone()).collect()
    };
    let kept = new.values.len() == old.values.len() && others(&new.values) == others(&old.values);
    let foreign = foreign(old.values.get(index)) == foreign(new.values.get(index));
    proven(kept && foreign && is(new.entries().get(index), entry) && once(new.values.get(index)))
}

/// Returns the fields of an entry except its username and its groups.
fn foreign(value: Option<&Value>) -> Vec<(&String, &Value)> {
    let Some(Value::Map(members)) = value else { return Vec::new() };
    members.iter().filter(|(name, _)| !(folds_to(name, "username") || folds_to(name, "groups"))).collect()
}

/// Returns whether each written field has only one spelling.
fn once(value: Option<&Value>) -> bool {
    let Some(Value::Map(members)) = value else { return false };
    let names: BTreeSet<_> = ["username", "groups"].into_iter().collect();
    names.into_iter().all(|name| members.keys().filter(|key| folds_to(key, name)).count() <= 1)
}
