//! A kubelet configuration with the configuration into which it is merged, for the checks.

use serde_json::{Map as JsonMap, Value as Json};

use super::amounts::nanoseconds;
use crate::node::{Finding, Place};

/// A configuration with the configuration into which it is merged.
pub(super) struct Validator<'a> {
    pub(super) given: &'a JsonMap<String, Json>,
    pub(super) base: &'a Json,
    /// The minor version of Kubernetes 1, if known.
    pub(super) minor: Option<u32>,
    pub(super) place: &'a Place,
    /// Whether EKS adds unknown members.
    pub(super) is_merged: bool,
    pub(super) found: Vec<Finding>,
}

impl Validator<'_> {
    /// Returns the user's value at a path, unless it is null.
    pub(super) fn given(&self, path: &[&str]) -> Option<&Json> {
        let (first, rest) = path.split_first()?;
        let value = rest.iter().try_fold(self.given.get(*first)?, |value, name| value.get(name))?;
        Some(value).filter(|value| !value.is_null())
    }

    /// Returns the effective value: the user's value, or else the value of the node software. Null removes both.
    pub(super) fn effective(&self, path: &[&str]) -> Option<&Json> {
        let mut value = path.split_first().and_then(|(first, rest)| Some((self.given.get(*first)?, rest)));
        while let Some((given, rest)) = value {
            match rest.split_first() {
                _ if given.is_null() => return None,
                None => return Some(given),
                Some((name, rest)) => value = given.get(name).map(|inner| (inner, rest)),
            }
        }
        path.iter().try_fold(self.base, |value, name| value.get(name)).filter(|value| !value.is_null())
    }

    /// Returns the effective string, or `None` if it is empty.
    pub(super) fn text(&self, path: &[&str]) -> Option<&str> {
        self.effective(path).and_then(Json::as_str).filter(|text| !text.is_empty())
    }

    /// Returns the effective number.
    pub(super) fn number(&self, path: &[&str]) -> Option<i64> {
        self.effective(path).and_then(Json::as_i64)
    }

    /// Returns the effective duration in nanoseconds, or zero if it is unset or reported as invalid elsewhere.
    pub(super) fn duration(&self, path: &[&str]) -> f64 {
        self.effective(path).and_then(Json::as_str).and_then(nanoseconds).unwrap_or_default()
    }

    /// Returns whether a feature gate is enabled by the user, the node software, or the version.
    pub(super) fn gate(&self, name: &str, on_since: Option<u32>) -> Option<bool> {
        match self.effective(&["featureGates", name]).and_then(Json::as_bool) {
            Some(is_on) => Some(is_on),
            None => match (on_since, self.minor) {
                (None, _) => Some(false),
                (Some(since), Some(minor)) => Some(minor >= since),
                (Some(_), None) => None,
            },
        }
    }

    pub(super) fn place(&self, path: &[&str]) -> Place {
        path.iter().fold(self.place.clone(), |place, name| place.key(name))
    }

    /// Adds an error at the first of these paths that the user has set. If EKS might add one of the others, it is a
    /// warning.
    pub(super) fn error(&mut self, paths: &[&[&str]], text: String) {
        let path = paths.iter().find(|path| self.given(path).is_some()).or(paths.first());
        let place = path.map_or_else(|| self.place.clone(), |path| self.place(path));
        if self.is_merged && paths.iter().any(|path| self.given(path).is_none()) {
            let text = format!("{text} In mode \"merge\", EKS adds its own settings, which can change this.");
            self.found.push(Finding::warning(place, text));
        } else {
            self.error_at(place, text);
        }
    }

    pub(super) fn error_at(&mut self, place: Place, text: String) {
        if !self.found.iter().any(|known| known.place == place) {
            self.found.push(Finding::error(place, text));
        }
    }

    pub(super) fn warn(&mut self, path: &[&str], text: String) {
        let place = self.place(path);
        self.found.push(Finding::warning(place, text));
    }
}
