//! The settings collected so far, each with its source.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::kind::{Checker, Kind, LocatedValue, join};
use super::settings::SETTINGS;
use crate::node::{Finding, Place};

/// The settings and the findings.
pub(super) struct SettingsBuilder {
    kubernetes: Option<(u32, u32)>,
    /// Whether names, types, and values are checked.
    is_checked: bool,
    /// The contents of `settings`.
    pub(super) settings: Map<String, Json>,
    /// The source of each value that is not a table, by its path.
    places: BTreeMap<Vec<String>, Place>,
    /// The findings.
    pub(super) findings: Vec<Finding>,
}

impl SettingsBuilder {
    pub(super) fn new(kubernetes: Option<(u32, u32)>, is_checked: bool) -> Self {
        Self { kubernetes, is_checked, settings: Map::new(), places: BTreeMap::new(), findings: Vec::new() }
    }

    /// Adds the setting at a path below `settings` that an argument sets as a whole.
    pub(super) fn put(&mut self, path: &[&str], value: Json, place: &Place) {
        self.add(path, value, place, false);
    }

    /// Adds everything below `settings` that an object sets. The members of the object are members of the argument.
    pub(super) fn put_tree(&mut self, settings: &Json, place: &Place, is_tree: bool) {
        self.add(&[], settings.clone(), place, is_tree);
    }

    /// Returns the source of the value at a path, or of the first value below it.
    pub(super) fn place_of(&self, path: &[&str]) -> Option<Place> {
        let is_below = |found: &&Vec<String>| found.len() >= path.len() && found.iter().zip(path).all(|(a, b)| a == b);
        let found = self.places.keys().find(is_below)?;
        self.places.get(found).cloned()
    }

    /// Returns the value at a path below `settings`.
    pub(super) fn get(&self, path: &[&str]) -> Option<&Json> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.settings.get(*first)?, |value, name| value.get(name))
    }

    /// Returns the members of the table at a path.
    pub(super) fn members(&self, path: &[&str]) -> impl Iterator<Item = (&String, &Json)> {
        self.get(path).and_then(Json::as_object).into_iter().flatten()
    }

    /// Adds an error at the source of a path, or of the closest path above or below it.
    pub(super) fn error_at(&mut self, path: &[&str], text: String) {
        let place = (0..=path.len()).rev().find_map(|length| self.place_of(&path[..length])).unwrap_or_default();
        self.findings.push(Finding::error(place, text));
    }

    /// Adds a warning, like [`Self::error_at`].
    pub(super) fn warn_at(&mut self, path: &[&str], text: String) {
        self.error_at(path, text);
        if let Some(found) = self.findings.last_mut() {
            found.severity = crate::node::Severity::Warning;
        }
    }

    fn add(&mut self, path: &[&str], value: Json, place: &Place, is_tree: bool) {
        let value = without_nulls(value);
        let name = path.iter().fold("settings".to_owned(), |path, name| join(&path, name));
        let at = LocatedValue { place: place.clone(), is_tree, path: name, is_secret: false };
        if self.is_checked {
            let mut checker = Checker { kubernetes: self.kubernetes, findings: &mut self.findings };
            checker.check(kind_of(path), &value, &at);
        }
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        self.merge(&path, value, place, is_tree);
    }

    /// Merges a value into the settings, table by table.
    fn merge(&mut self, path: &[String], value: Json, place: &Place, is_tree: bool) {
        if let Json::Object(members) = value {
            for (name, member) in members {
                let place = if is_tree { place.key(&name) } else { place.clone() };
                let path: Vec<String> = path.iter().cloned().chain([name]).collect();
                self.merge(&path, member, &place, is_tree);
            }
            return;
        }
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match self.get(&names) {
            Some(before) if *before == value => {}
            Some(_) => {
                let before = self.place_of(&names).unwrap_or_default();
                let name = names.iter().fold("settings".to_owned(), |path, name| join(&path, name));
                let text = format!("{name} is also set to another value in {before}. Set it only once.");
                self.findings.push(Finding::error(place.clone(), text));
            }
            None => {
                if let Some(table) = self.table(&names[..names.len().saturating_sub(1)])
                    && let Some(last) = names.last()
                {
                    table.insert((*last).to_owned(), value);
                    self.places.insert(path.to_vec(), place.clone());
                }
            }
        }
    }

    /// Returns the table at a path, and creates it if it is missing. `None` if another value exists there.
    fn table(&mut self, path: &[&str]) -> Option<&mut Map<String, Json>> {
        path.iter().try_fold(&mut self.settings, |table, name| {
            table.entry(*name).or_insert_with(|| Json::Object(Map::new())).as_object_mut()
        })
    }
}

/// Removes nulls, which Terraform sets for unset attributes.
fn without_nulls(value: Json) -> Json {
    match value {
        Json::Object(members) => {
            let given = members.into_iter().filter(|(_, member)| !member.is_null());
            Json::Object(given.map(|(name, member)| (name, without_nulls(member))).collect())
        }
        Json::Array(elements) => Json::Array(elements.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

static ALL: Kind = Kind::Table(SETTINGS);
static UNKNOWN: Kind = Kind::Any;

/// Returns the type of the setting at a path.
fn kind_of(path: &[&str]) -> &'static Kind {
    path.iter().fold(&ALL, |kind, name| match kind {
        Kind::Table(settings) => {
            settings.iter().find(|setting| setting.name == *name).map_or(&UNKNOWN, |setting| &setting.kind)
        }
        Kind::Map(_, kind) => kind,
        Kind::Open(settings, _, kind) => {
            settings.iter().find(|setting| setting.name == *name).map_or(kind, |setting| &setting.kind)
        }
        _ => &UNKNOWN,
    })
}
