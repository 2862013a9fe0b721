//! The flags of the kubelet that set a member of its configuration, with the syntax of their values. A flag is
//! converted to the member, so that the same rules apply to both, and a member is printed as a flag if there is no
//! file. Source: `cmd/kubelet/app/options` and `pkg/util/flag` of Kubernetes, and `cli/flag` of
//! `k8s.io/component-base`.

mod form;
mod table;

use serde_json::{Map as JsonMap, Value as Json};

use self::form::Form::{Gates, List, Memory, Pair, Pairs};
use self::table::FLAGS;
use crate::node::{Finding, Place, Step};

/// A path in the configuration.
pub(crate) type Path = &'static [&'static str];

/// A flag that sets a member of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flag {
    /// Its index in the list of flags.
    index: usize,
    name: &'static str,
    path: Path,
    value: Json,
}

/// Reads the flags that set members. A value that the kubelet cannot parse is an error at the flag.
pub(crate) fn read(flags: &[String], place: &Place, found: &mut Vec<Finding>) -> Vec<Flag> {
    let mut all = Vec::new();
    for (index, flag) in flags.iter().enumerate() {
        let Some((name, value)) = flag.strip_prefix("--").map(split) else { continue };
        let Some((name, path, form)) = FLAGS.iter().find(|(known, ..)| *known == name) else { continue };
        match form.read(value) {
            Ok(value) if !path.is_empty() => all.push(Flag { index, name, path, value }),
            Ok(_) => {}
            Err(why) => {
                let text = format!("--{name} must be {why}. Otherwise, the kubelet does not start.");
                found.push(Finding::error(place.index(index), text));
            }
        }
    }
    all
}

fn split(flag: &str) -> (&str, Option<&str>) {
    flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)))
}

/// Returns whether the kubelet combines the values of a flag that is set more than once.
pub(crate) fn accumulates(name: &str) -> bool {
    let form = FLAGS.iter().find(|(known, ..)| *known == name).map(|(.., form)| *form);
    form.is_some_and(|form| matches!(form, List | Pairs(_) | Pair | Gates | Memory))
}

/// Applies the members that flags set to a configuration file. A flag takes precedence, and replaces an entire map
/// unless it sets feature gates.
pub(crate) fn over(file: &JsonMap<String, Json>, flags: &[Flag]) -> JsonMap<String, Json> {
    let mut members = file.clone();
    for (position, flag) in flags.iter().enumerate() {
        let is_first = flags[..position].iter().all(|other| other.path != flag.path);
        let Some((last, above)) = flag.path.split_last() else { continue };
        let mut object = Some(&mut members);
        for name in above {
            object = object
                .and_then(|object| object.entry(*name).or_insert_with(|| Json::Object(JsonMap::new())).as_object_mut());
        }
        let Some(object) = object else { continue };
        if is_first && flag.path != ["featureGates"] {
            object.remove(*last);
        }
        match (object.get_mut(*last), &flag.value) {
            (Some(Json::Object(old)), Json::Object(new)) => old.extend(new.clone()),
            (Some(Json::Array(old)), Json::Array(new)) => old.extend(new.clone()),
            _ => {
                object.insert((*last).to_owned(), flag.value.clone());
            }
        }
    }
    members
}

/// Returns the top-level members that flags replace as a whole.
pub(crate) fn replaced(flags: &[Flag]) -> Vec<&'static str> {
    flags.iter().filter(|flag| flag.path.len() == 1 && flag.path != ["featureGates"]).map(|flag| flag.path[0]).collect()
}

/// Adds an error at each flag for a setting that the file also has.
pub(crate) fn contradictions(
    file: &JsonMap<String, Json>,
    file_name: &str,
    flags: &[Flag],
    place: &Place,
    found: &mut Vec<Finding>,
) {
    for flag in flags {
        let (first, rest) = (flag.path[0], &flag.path[1..]);
        let given = rest.iter().try_fold(file.get(first), |value, name| Some(value?.get(name)));
        let Some(given) = given.flatten().filter(|given| !given.is_null()) else { continue };
        // Feature gates are merged individually.
        let is_other = |gates: &JsonMap<String, Json>| {
            flag.value.as_object().is_some_and(|own| own.keys().all(|gate| !gates.contains_key(gate)))
        };
        if flag.path == ["featureGates"] && given.as_object().is_some_and(is_other) {
            continue;
        }
        let text = format!(
            "{file_name} also sets {}, but the kubelet uses --{} instead. Set it only once.",
            flag.path.join("."),
            flag.name
        );
        found.push(Finding::error(place.index(flag.index), text));
    }
}

/// Moves a finding on the configuration below `root` to the flag if a flag sets the member.
pub(crate) fn relocated(finding: Finding, root: &Place, flags: &[Flag], place: &Place) -> Finding {
    let inside: Vec<&str> = finding.place.0.iter().skip(root.0.len()).map(Step::name).collect();
    let is_within = |flag: &&Flag| {
        let is_part = |gate: &&str| flag.value.get(gate).is_some();
        let is_of_path = inside.len() >= flag.path.len() && inside.iter().zip(flag.path).all(|(a, b)| a == b);
        // If several flags set gates or thresholds, their names decide.
        is_of_path && inside.get(flag.path.len()).is_none_or(|key| !flag.value.is_object() || is_part(key))
    };
    match flags.iter().find(is_within) {
        Some(flag) => Finding { place: place.index(flag.index), ..finding },
        None => finding,
    }
}

/// Returns the flags for a member, as `--name=value`: several for options that require one flag each. `None` if the
/// kubelet has no flag.
pub(crate) fn print(path: &[&str], value: &Json) -> Option<Vec<String>> {
    let (name, _, form) = FLAGS.iter().find(|(_, known, _)| *known == path)?;
    Some(form.print(value).into_iter().map(|value| format!("--{name}={value}")).collect())
}

/// Returns whether a flag sets a member inside the object at a path.
pub(crate) fn has_flags_inside(path: &[&str]) -> bool {
    FLAGS.iter().any(|(_, known, _)| known.len() > path.len() && known.starts_with(path))
}

#[cfg(test)]
#[path = "flag_values_tests.rs"]
mod tests;
