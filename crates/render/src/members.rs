//! Objects of another program, whose members have names and types: a `KubeletConfiguration`, or an OCI runtime
//! specification. The tables of members are generated from the Go types of that program.

use serde_json::{Map as JsonMap, Value as Json};

use super::karpenter::quantity::Quantity as Amount;
use super::nearest;
use super::node::{Finding, Place};

/// A member with its type, and the first and last minor version of Kubernetes 1 that has it.
pub type Member = (&'static str, Kind, u8, u8);

/// The type of a member.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A Boolean.
    Bool,
    /// A 32-bit integer.
    Int32,
    /// A non-negative 32-bit integer.
    Uint32,
    /// A 64-bit integer.
    Int64,
    /// A non-negative 64-bit integer.
    Uint64,
    /// A number.
    Fraction,
    /// A string.
    Text,
    /// A duration in Go's syntax, as a string.
    Duration,
    /// A duration, or a number of nanoseconds.
    DurationOrNanoseconds,
    /// A number with a unit, as a string, or a number.
    Quantity,
    /// A time in RFC 3339.
    Time,
    /// A list.
    List(&'static Kind),
    /// A map with custom names.
    Map(&'static Kind),
    /// Any value.
    Any,
    /// An object with known names.
    Object(&'static [Member]),
}

use Kind::{
    Any, Bool, Duration, DurationOrNanoseconds, Fraction, Int32, Int64, List, Map, Object, Quantity, Text, Time,
    Uint32, Uint64,
};

/// The program that reads an object, in the words of a message.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// Its name at the beginning of a sentence, such as `The kubelet`.
    pub name: &'static str,
    /// The consequence of a value of another type, such as `the kubelet does not start`.
    pub consequence: &'static str,
    /// The releases that the tables cover, such as `of Kubernetes 1.23 to 1.37`.
    pub releases: &'static str,
    /// The minor versions of Kubernetes 1 that the tables cover.
    pub versions: (u32, u32),
}

/// Checks the names and types of the members of an object.
pub struct Checker<'f> {
    /// The program that reads the object.
    pub reader: Reader,
    /// The minor version of Kubernetes 1, if known.
    pub minor: Option<u32>,
    /// The findings.
    pub found: &'f mut Vec<Finding>,
}

impl Checker<'_> {
    /// Checks an object. Null members are the same as unset ones.
    pub fn object(&mut self, given: &JsonMap<String, Json>, members: &[Member], place: &Place) {
        for (name, value) in given {
            let place = place.key(name);
            match members.iter().find(|(known, ..)| known == name) {
                Some((_, kind, since, until)) => {
                    self.version(name, (*since, *until), &place);
                    self.member(value, *kind, &place);
                }
                None => {
                    let finding = self.unknown(name, members, place);
                    self.found.push(finding);
                }
            }
        }
    }

    fn version(&mut self, name: &str, (since, until): (u8, u8), place: &Place) {
        let (since, until) = (u32::from(since), u32::from(until));
        let (first, last) = self.reader.versions;
        // A version that the tables do not cover may have the member again.
        let Some(minor) = self.minor.filter(|minor| (first..=last).contains(minor)) else { return };
        if !(since..=until).contains(&minor) {
            let when = if minor < since {
                format!("It is supported in 1.{since} and later")
            } else {
                format!("It was removed after 1.{until}")
            };
            let name_of = self.reader.name;
            let text = format!("{name_of} of Kubernetes 1.{minor} ignores {name}. {when}.");
            self.found.push(Finding::error(place.clone(), text));
        }
    }

    /// Reports a member that the program ignores. It is an error only if newer versions cannot have it, or if it is a
    /// known member with a typo.
    fn unknown(&self, name: &str, members: &[Member], place: Place) -> Finding {
        let Reader { name: reader, releases, versions: (first, last), .. } = self.reader;
        let known = || members.iter().map(|(known, ..)| *known);
        let is_newer = self.minor.is_some_and(|minor| minor > last);
        let is_covered = self.minor.is_some_and(|minor| (first..=last).contains(&minor));
        let similar = nearest::misspelled(name, known());
        let hint = match similar.or_else(|| nearest::name(name, known())) {
            Some(similar) => format!(" Did you mean {similar:?}?"),
            None if members.len() < 10 => format!(" Known members: {}.", known().collect::<Vec<_>>().join(", ")),
            None => String::new(),
        };
        let text = format!("{reader} {releases} has no member {name} here and ignores it.{hint}");
        if is_covered || (similar.is_some() && !is_newer) {
            Finding::error(place, text)
        } else {
            Finding::warning(place, text)
        }
    }

    fn member(&mut self, value: &Json, kind: Kind, place: &Place) {
        match (kind, value) {
            (_, Json::Null) | (Any, _) | (Bool, Json::Bool(_)) | (Text | Time, Json::String(_)) => {}
            (Fraction | Quantity, Json::Number(_)) => {}
            (Int32, Json::Number(number)) if number.as_i64().is_some_and(|given| i32::try_from(given).is_ok()) => {}
            (Uint32, Json::Number(number)) if number.as_u64().is_some_and(|given| u32::try_from(given).is_ok()) => {}
            (Int64 | DurationOrNanoseconds, Json::Number(number)) if number.as_i64().is_some() => {}
            (Uint64, Json::Number(number)) if number.as_u64().is_some() => {}
            (Duration | DurationOrNanoseconds, Json::String(text)) if is_duration(text) => {}
            (Quantity, Json::String(text)) if Amount::parse(text).is_some() => {}
            (List(kind), Json::Array(elements)) => {
                let each = elements.iter().enumerate();
                each.for_each(|(index, value)| self.element(value, *kind, &place.index(index)));
            }
            (Map(kind), Json::Object(members)) => {
                members.iter().for_each(|(key, value)| self.element(value, *kind, &place.key(key)));
            }
            (Object(known), Json::Object(members)) => self.object(members, known, place),
            _ => {
                let text = format!("{value} must be {}: {}.", kind.described(), self.reader.consequence);
                self.found.push(Finding::error(place.clone(), text));
            }
        }
    }

    /// An element of a list or map. Null would make it empty.
    fn element(&mut self, value: &Json, kind: Kind, place: &Place) {
        if value.is_null() {
            self.found.push(Finding::error(place.clone(), format!("null must be {}.", kind.described())));
        } else {
            self.member(value, kind, place);
        }
    }
}

impl Kind {
    fn described(self) -> &'static str {
        match self {
            Any => "a value",
            Bool => "true or false",
            Int32 => "an integer between -2147483648 and 2147483647, without quotes",
            Uint32 => "an integer between 0 and 4294967295, without quotes",
            Int64 => "an integer, without quotes",
            Uint64 => "a non-negative integer, without quotes",
            Fraction => "a number, without quotes",
            Text => "a string, in quotes",
            Duration => "a duration such as \"30s\" or \"1h30m\"",
            DurationOrNanoseconds => "a duration such as \"30s\", or a number of nanoseconds",
            Quantity => "a quantity such as \"100Mi\" or \"0.5\"",
            Time => "a time such as \"2026-01-31T12:00:00Z\"",
            List(_) => "a list",
            Map(_) | Object(_) => "an object",
        }
    }
}

/// Returns whether it is `0`, or numbers with units such as `1h30m`.
pub(crate) fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    if text == "0" {
        return true;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let number = &rest[..rest.len() - after.len()];
        let is_number = number.bytes().any(|byte| byte.is_ascii_digit()) && number.matches('.').count() < 2;
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let Some(unit) = units.into_iter().find(|unit| after.starts_with(unit)).filter(|_| is_number) else {
            return false;
        };
        rest = &after[unit.len()..];
    }
    !text.is_empty()
}
