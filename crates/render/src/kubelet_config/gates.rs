//! The feature gates of the kubelet: gates in the packages of Kubernetes from 1.23 to 1.37, and gates in its libraries
//! from 1.31 to 1.37.

mod libraries;
mod table;

use serde_json::{Map as JsonMap, Value as Json};

pub use self::libraries::LIBRARY_GATES;
pub use self::table::GATES;
use self::table::Gate;
use super::flags::VERSIONS;
use crate::nearest;
use crate::node::{Finding, Place};
use crate::nodeadm::schema::FEATURE_GATES;

/// Returns whether any version of Kubernetes has the feature gate.
#[must_use]
pub fn is_known(gate: &str) -> bool {
    named(gate).next().is_some()
}

/// Returns the entries of a feature gate. Some gates move between the packages and the libraries of Kubernetes.
fn named(name: &str) -> impl Iterator<Item = &'static Gate> {
    GATES.iter().chain(LIBRARY_GATES).filter(move |(known, ..)| *known == name)
}

/// Returns the entry of a feature gate in a version, or else an entry with all versions that have the gate.
fn entry(name: &str, minor: Option<u32>) -> Option<Gate> {
    let has = |(_, since, until, _): &&Gate| {
        minor.is_some_and(|minor| (u32::from(*since)..=u32::from(*until)).contains(&minor))
    };
    let of_version = named(name).find(has).copied();
    let join = |(name, since, until, locked): Gate, other: Gate| {
        (name, since.min(other.1), until.max(other.2), locked.or(other.3))
    };
    let mut found = of_version.or_else(|| named(name).copied().reduce(join))?;
    // The libraries of earlier versions are not in the table.
    if LIBRARY_GATES.iter().any(|(known, since, ..)| *known == name && *since == OLDEST_LIBRARIES) {
        found.1 = 0;
    }
    Some(found)
}

/// The first version of [`LIBRARY_GATES`].
const OLDEST_LIBRARIES: u8 = 31;

/// Adds the findings for each feature gate for a kubelet of this version.
pub(super) fn check(gates: &JsonMap<String, Json>, minor: Option<u32>, place: &Place, found: &mut Vec<Finding>) {
    let (first, last) = (*VERSIONS.start(), *VERSIONS.end());
    let is_newer = minor.is_some_and(|minor| minor > last);
    let minor = minor.filter(|minor| *minor >= first);
    // Groups of feature gates.
    let groups = ["AllAlpha", "AllBeta"];
    for (name, value) in gates.iter().filter(|(name, _)| !groups.contains(&name.as_str())) {
        let place = place.key(name);
        let known = entry(name, minor);
        let of_version = |text: String| {
            if is_newer { Finding::warning(place.clone(), text) } else { Finding::error(place.clone(), text) }
        };
        match (known, minor) {
            (None, _) if FEATURE_GATES.contains(&name.as_str()) => {
                let text = format!(
                    "{name} is a nodeadm feature gate, and the kubelet does not start with an unknown gate. Move it to \
                     feature_gates (spec.featureGates of a NodeConfig)."
                );
                found.push(Finding::error(place, text));
            }
            (None, _) => found.push(Finding::warning(place, unknown(name))),
            (Some((_, since, until, _)), Some(minor))
                if minor < u32::from(since) || (minor > u32::from(until) && u32::from(until) < last) =>
            {
                found.push(of_version(elsewhere(name, since, until, minor)));
            }
            (Some((.., Some((locked, fixed)))), Some(minor))
                if minor >= u32::from(locked) && value != &Json::Bool(fixed) =>
            {
                let text = format!(
                    "In Kubernetes 1.{locked} and later, the feature gate {name} is locked to {fixed}, and the kubelet \
                     does not start with another value. Remove it."
                );
                found.push(of_version(text));
            }
            (Some((_, since, until, _)), None) if u32::from(until) < last => {
                let first = if since == 0 { String::new() } else { format!("from 1.{since} ") };
                let text = format!(
                    "Kubernetes supports the feature gate {name} only {first}to 1.{until}, and the kubelet does not \
                     start with an unknown gate. Set kubernetes_version to check this."
                );
                found.push(Finding::warning(place, text));
            }
            _ => {}
        }
    }
}

fn unknown(name: &str) -> String {
    let (first, last) = (VERSIONS.start(), VERSIONS.end());
    let names = || GATES.iter().chain(LIBRARY_GATES).map(|(known, ..)| *known);
    let similar = nearest::misspelled(name, names()).or_else(|| nearest::name(name, names()));
    let similar = similar.map_or_else(String::new, |known| format!(" Did you mean {known}?"));
    format!(
        "Kubernetes 1.{first} to 1.{last} do not have the feature gate {name}, and the kubelet does not start with an \
         unknown feature gate.{similar}"
    )
}

fn elsewhere(name: &str, since: u8, until: u8, minor: u32) -> String {
    let when = if minor > u32::from(until) {
        format!("It was removed after 1.{until}, and its feature is permanently enabled or removed")
    } else {
        format!("It is supported in 1.{since} and later")
    };
    format!(
        "Kubernetes 1.{minor} has no feature gate {name}, and its kubelet does not start with an unknown gate. {when}. \
         Remove it."
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::removed("APIListChunking", true, Some(33), 1)]
    #[case::locked("APIListChunking", false, Some(31), 1)]
    #[case::in_version("APIListChunking", true, Some(31), 0)]
    #[case::before_the_table("APIListChunking", true, Some(25), 0)]
    #[case::later("WatchListClient", true, Some(31), 0)]
    #[case::new("AtomicFIFO", true, Some(35), 1)]
    #[case::moved_to_a_library("DeclarativeValidation", true, Some(36), 0)]
    #[case::of_own_packages("DeclarativeValidation", true, Some(33), 0)]
    #[case::without_version("ContextualLogging", true, None, 0)]
    fn gates_of_libraries_have_versions(
        #[case] name: &str,
        #[case] value: bool,
        #[case] minor: Option<u32>,
        #[case] count: usize,
    ) {
        let mut found = Vec::new();
        let gates = JsonMap::from_iter([(name.to_owned(), json!(value))]);
        check(&gates, minor, &Place::whole(), &mut found);
        assert_eq!(found.iter().filter(|finding| finding.is_error()).count(), count, "{found:?}");
        assert_eq!(found.len(), count, "{found:?}");
    }
}
