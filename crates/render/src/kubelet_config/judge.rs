//! Whether a kubelet starts with a configuration. Facts: `pkg/kubelet/apis/config/validation`, `pkg/kubelet/eviction`,
//! `pkg/kubelet/cm` and `cmd/kubelet/app` of Kubernetes 1.36.

use serde_json::{Map as JsonMap, Value as Json};

use super::amounts::nanoseconds;
use super::base::{self, SHUTDOWN_SINCE};
use super::{eviction, gates, rules, values};
use crate::node::{Family, Finding, Mode, Place, Severity};

/// The version that is taken where none is known.
const USUAL: u32 = SHUTDOWN_SINCE - 1;

/// A configuration with what it is merged over.
pub(super) struct Judge<'a> {
    given: &'a JsonMap<String, Json>,
    base: &'a Json,
    /// The minor version of Kubernetes 1, if known.
    pub(super) minor: Option<u32>,
    place: &'a Place,
    /// Whether EKS adds members of its own, which are not known here.
    is_merged: bool,
    found: Vec<Finding>,
}

/// What a kubelet starts with besides the members of the user.
pub struct Surroundings<'a> {
    /// Which software starts it.
    pub family: Family,
    /// Major and minor version of Kubernetes, if known.
    pub version: Option<(u32, u32)>,
    /// Whether EKS adds members.
    pub mode: Mode,
    /// The members of that software that flags replace as a whole.
    pub replaced: &'a [&'static str],
}

/// Adds the reasons why a kubelet with these members, merged over those of the family's own software, would not start.
pub fn check(given: &JsonMap<String, Json>, around: &Surroundings<'_>, place: &Place, found: &mut Vec<Finding>) {
    let Surroundings { family, version, mode, replaced } = *around;
    let minor = version.map(|(_, minor)| minor);
    let base = |minor: u32| under(base::of(family, minor), family, given, replaced);
    let mut all = over(given, &base(minor.unwrap_or(USUAL)), minor, mode, place);
    if minor.is_none() {
        // What is wrong only on later versions may never matter.
        for later in over(given, &base(SHUTDOWN_SINCE), None, mode, place) {
            if !all.iter().any(|known| known.place == later.place) {
                let text = format!("On Kubernetes 1.{SHUTDOWN_SINCE} and later: {}", later.text);
                all.push(Finding { severity: Severity::Warning, text, ..later });
            }
        }
    }
    found.extend(all);
}

/// The base without the members that flags replace as a whole. On Amazon Linux 2 some members reach the kubelet as flags.
fn under(mut base: Json, family: Family, given: &JsonMap<String, Json>, replaced: &[&str]) -> Json {
    let Some(members) = base.as_object_mut() else { return base };
    for name in replaced {
        members.remove(*name);
    }
    if family != Family::AmazonLinux2 {
        return base;
    }
    let is_given = |name: &&str| given.get(*name).is_some_and(|value| !value.is_null());
    for name in ["evictionHard", "kubeReserved"].iter().filter(|name| is_given(name)) {
        members.remove(*name);
    }
    if is_given(&"reservedSystemCPUs") {
        members.remove("kubeReservedCgroup");
        members.remove("systemReservedCgroup");
    }
    base
}

/// The same over a base of the caller's own.
#[must_use]
pub fn over(given: &JsonMap<String, Json>, base: &Json, minor: Option<u32>, mode: Mode, place: &Place) -> Vec<Finding> {
    let mut judge = Judge { given, base, minor, place, is_merged: mode == Mode::Merge, found: Vec::new() };
    values::check(&mut judge);
    eviction::check(&mut judge);
    rules::check(&mut judge);
    let gates_place = place.key("featureGates");
    if let Some(gates) = given.get("featureGates").and_then(Json::as_object) {
        gates::check(gates, minor, &gates_place, &mut judge.found);
    }
    judge.found
}

impl Judge<'_> {
    /// What the user gave at a path, unless it is null.
    pub(super) fn given(&self, path: &[&str]) -> Option<&Json> {
        let (first, rest) = path.split_first()?;
        let value = rest.iter().try_fold(self.given.get(*first)?, |value, name| value.get(name))?;
        Some(value).filter(|value| !value.is_null())
    }

    /// What counts: what the user gave, else what the node's own software gives. Null takes away both.
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

    /// A text that counts; none where it is empty.
    pub(super) fn text(&self, path: &[&str]) -> Option<&str> {
        self.effective(path).and_then(Json::as_str).filter(|text| !text.is_empty())
    }

    /// A number that counts.
    pub(super) fn number(&self, path: &[&str]) -> Option<i64> {
        self.effective(path).and_then(Json::as_i64)
    }

    /// A duration that counts, in nanoseconds; nothing where there is none, or one that is said to be wrong elsewhere.
    pub(super) fn duration(&self, path: &[&str]) -> f64 {
        self.effective(path).and_then(Json::as_str).and_then(nanoseconds).unwrap_or_default()
    }

    /// Whether a feature gate is on, where the user or the node's software says so, else by the version.
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

    /// Adds an error at a member that the user gave, the first of these paths that is one. Where EKS may add one of the others,
    /// it is a warning.
    pub(super) fn error(&mut self, paths: &[&[&str]], text: String) {
        let path = paths.iter().find(|path| self.given(path).is_some()).or(paths.first());
        let place = path.map_or_else(|| self.place.clone(), |path| self.place(path));
        if self.is_merged && paths.iter().any(|path| self.given(path).is_none()) {
            let text = format!("{text} In mode \"merge\" EKS adds members of its own, which may change this.");
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
