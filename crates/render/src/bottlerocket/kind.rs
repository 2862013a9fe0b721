//! The types of settings, and the validation of their values.

use serde_json::Value as Json;

use super::texts::Text;
use crate::nearest;
use crate::node::{Finding, Place};

/// The type of a setting.
pub(super) enum Kind {
    /// True or false.
    Bool,
    /// An integer, from the first to the second number.
    Integer(i64, i64),
    /// A string.
    Text(&'static Text),
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// A list.
    List(&'static Kind),
    /// A list with at least one element.
    Some(&'static Kind),
    /// A table with known names.
    Table(&'static [Setting]),
    /// A table with custom names.
    Map(&'static Text, &'static Kind),
    /// A list of two elements.
    Pair(&'static Kind, &'static Kind),
    /// Any of these types, with a description of their combination.
    Either(&'static [Kind], &'static str),
    /// A table with known and custom names.
    Open(&'static [Setting], &'static Text, &'static Kind),
    /// The type in another static.
    Same(&'static Kind),
    /// A number greater than 0 and at most 1, also as a string.
    Fraction,
    /// A value that is not checked.
    Any,
}

/// A setting.
pub(super) struct Setting {
    /// Its name, the last part of its path.
    pub(super) name: &'static str,
    /// The type.
    pub(super) kind: Kind,
    /// The first Kubernetes version in which it has an effect.
    pub(super) since: Option<(u32, u32)>,
    /// Whether its table requires it.
    pub(super) is_required: bool,
    /// Whether its value is sensitive.
    pub(super) is_secret: bool,
}

impl Setting {
    /// An optional setting.
    pub(super) const fn of(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, since: None, is_required: false, is_secret: false }
    }

    /// A setting that takes effect in this minor version of Kubernetes 1 and later.
    pub(super) const fn since(self, minor: u32) -> Self {
        Self { since: Some((1, minor)), ..self }
    }

    /// A setting that its table requires.
    pub(super) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// A setting with a sensitive value.
    pub(super) const fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }
}

/// A value with its source and its name.
#[derive(Clone)]
pub(super) struct LocatedValue {
    /// The path in the configuration.
    pub(super) place: Place,
    /// Whether the members of the value are members of this path.
    pub(super) is_tree: bool,
    /// Its path, starting with `settings`.
    pub(super) path: String,
    /// Whether it is sensitive.
    pub(super) is_secret: bool,
}

impl LocatedValue {
    /// Returns the member with this name.
    fn member(&self, name: &str, is_secret: bool) -> Self {
        let place = if self.is_tree { self.place.key(name) } else { self.place.clone() };
        Self { place, path: join(&self.path, name), is_secret: self.is_secret || is_secret, ..*self }
    }

    fn element(&self, index: usize) -> Self {
        let place = if self.is_tree { self.place.index(index) } else { self.place.clone() };
        Self { place, path: format!("{}[{index}]", self.path), ..*self }
    }

    fn show(&self, value: &Json) -> String {
        if self.is_secret { "the configured value".to_owned() } else { value.to_string() }
    }
}

/// Returns the path of a setting in a table.
pub(super) fn join(path: &str, name: &str) -> String {
    if super::texts::is_bare(name) { format!("{path}.{name}") } else { format!("{path}.{name:?}") }
}

/// Collects the findings for a value.
pub(super) struct Checker<'f> {
    /// The Kubernetes version, if it is known.
    pub(super) kubernetes: Option<(u32, u32)>,
    /// The findings.
    pub(super) findings: &'f mut Vec<Finding>,
}

impl Checker<'_> {
    fn error(&mut self, at: &LocatedValue, text: String) {
        self.findings.push(Finding::error(at.place.clone(), text));
    }

    fn is_not(&mut self, at: &LocatedValue, value: &Json, what: &str) {
        self.error(at, format!("{} of {} is not {what}.", at.show(value), at.path));
    }

    /// Checks a value and everything in it.
    pub(super) fn check(&mut self, kind: &Kind, value: &Json, at: &LocatedValue) {
        match (kind, value) {
            (Kind::Any, _) | (Kind::Bool, Json::Bool(_)) => {}
            (Kind::Same(kind), _) => self.check(kind, value, at),
            (Kind::Fraction, _) => {
                let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
                if number.is_none_or(|number| !(number > 0.0 && number <= 1.0)) {
                    self.is_not(at, value, "a number greater than 0 and at most 1");
                }
            }
            (Kind::Open(settings, key, kind), Json::Object(members)) => {
                let is_known = |name: &String| settings.iter().any(|setting| setting.name == name);
                let (known, free): (Vec<_>, Vec<_>) = members.clone().into_iter().partition(|(name, _)| is_known(name));
                self.check_table(settings, &known.into_iter().collect(), at);
                self.check_map(key, kind, &free.into_iter().collect(), at);
            }
            (Kind::Bool, _) => self.is_not(at, value, "true or false"),
            (Kind::Integer(least, most), _) => {
                if value.as_i64().is_none_or(|number| !(*least..=*most).contains(&number)) {
                    let range = range(*least, *most);
                    self.is_not(at, value, &format!("an integer{range}"));
                }
            }
            (Kind::Text(text), Json::String(given)) if (text.is)(given) => {}
            // TOML and HCL users write numbers where Bottlerocket requires strings.
            (Kind::Text(text), Json::Number(_) | Json::Bool(_)) if !at.is_secret && (text.is)(&value.to_string()) => {
                self.error(at, format!("{} must be a string: write \"{value}\", in quotes.", at.path));
            }
            (Kind::Text(text), _) => self.is_not(at, value, text.what),
            (Kind::Choice(names), _) => {
                if value.as_str().is_none_or(|given| !names.contains(&given)) {
                    self.is_not(at, value, &choice(names));
                }
            }
            (Kind::Some(_), Json::Array(elements)) if elements.is_empty() => {
                self.error(at, format!("{} is an empty list. At least one element is required.", at.path));
            }
            (Kind::List(kind) | Kind::Some(kind), Json::Array(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    self.check(kind, element, &at.element(index));
                }
            }
            (Kind::List(_) | Kind::Some(_), _) => self.is_not(at, value, "a list"),
            (Kind::Pair(first, second), Json::Array(elements)) if elements.len() == 2 => {
                self.check(first, &elements[0], &at.element(0));
                self.check(second, &elements[1], &at.element(1));
            }
            (Kind::Pair(..), _) => self.is_not(at, value, "a list of two elements"),
            (Kind::Table(settings), Json::Object(members)) => self.check_table(settings, members, at),
            (Kind::Map(key, kind), Json::Object(members)) => self.check_map(key, kind, members, at),
            (Kind::Table(_) | Kind::Map(..) | Kind::Open(..), _) => self.is_not(at, value, "an object"),
            (Kind::Either(kinds, what), _) => self.check_either(kinds, what, value, at),
        }
    }

    fn check_map(
        &mut self,
        key: &Text,
        kind: &'static Kind,
        members: &serde_json::Map<String, Json>,
        at: &LocatedValue,
    ) {
        for (name, member) in members {
            if !(key.is)(name) {
                let what = key.what;
                self.error(&at.member(name, false), format!("{name:?} in {} is not {what}.", at.path));
            }
            self.check(kind, member, &at.member(name, false));
        }
    }

    fn check_table(
        &mut self,
        settings: &'static [Setting],
        members: &serde_json::Map<String, Json>,
        at: &LocatedValue,
    ) {
        for (name, member) in members {
            let Some(setting) = settings.iter().find(|setting| setting.name == name) else {
                self.unknown(settings, name, at);
                continue;
            };
            let at = at.member(name, setting.is_secret);
            if let (Some(since), Some(version)) = (setting.since, self.kubernetes)
                && version < since
            {
                let text = format!(
                    "{} takes effect only in Kubernetes {}.{} and later, but the node runs {}.{}.",
                    at.path, since.0, since.1, version.0, version.1
                );
                self.findings.push(Finding::warning(at.place.clone(), text));
            }
            self.check(&setting.kind, member, &at);
        }
        for setting in settings.iter().filter(|setting| setting.is_required && !members.contains_key(setting.name)) {
            self.error(at, format!("{} requires {}.", at.path, setting.name));
        }
    }

    /// Reports an unknown setting: an error if it is a known setting with a typo, and otherwise a warning, because a
    /// newer release may have it.
    fn unknown(&mut self, settings: &'static [Setting], name: &str, at: &LocatedValue) {
        let names = || settings.iter().map(|setting| setting.name);
        let similar = nearest::name(name, names());
        let hint = similar.map_or_else(
            || format!(" Known settings of {}: {}.", at.path, names().collect::<Vec<_>>().join(", ")),
            |similar| format!(" Did you mean {similar:?}?"),
        );
        let text = format!(
            "Bottlerocket up to release 1.57 has no setting {}, and a release without the setting rejects the entire \
             user data.{hint}",
            join(&at.path, name)
        );
        let place = at.member(name, false).place;
        self.findings.push(match similar {
            Some(_) => Finding::error(place, text),
            None => Finding::warning(place, text),
        });
    }

    /// If the value has the form of one of the types, reports the errors for that type.
    fn check_either(&mut self, kinds: &'static [Kind], what: &str, value: &Json, at: &LocatedValue) {
        let mut fewest: Option<Vec<Finding>> = None;
        for kind in kinds.iter().filter(|kind| kind.has_form_of(value)) {
            let mut findings = Vec::new();
            Checker { kubernetes: self.kubernetes, findings: &mut findings }.check(kind, value, at);
            if fewest.as_ref().is_none_or(|fewest| findings.len() < fewest.len()) {
                fewest = Some(findings);
            }
        }
        match fewest {
            Some(findings) => self.findings.extend(findings),
            None => self.is_not(at, value, what),
        }
    }
}

impl Kind {
    fn has_form_of(&self, value: &Json) -> bool {
        match self {
            Self::Any => true,
            Self::Same(kind) => kind.has_form_of(value),
            Self::Fraction => value.is_number() || value.is_string(),
            Self::Bool => value.is_boolean(),
            Self::Integer(..) => value.is_number(),
            Self::Text(_) | Self::Choice(_) => value.is_string(),
            Self::List(_) | Self::Some(_) | Self::Pair(..) => value.is_array(),
            Self::Table(_) | Self::Map(..) | Self::Open(..) => value.is_object(),
            Self::Either(kinds, _) => kinds.iter().any(|kind| kind.has_form_of(value)),
        }
    }
}

fn range(least: i64, most: i64) -> String {
    let is_end = |limit: i64| [i64::from(i32::MIN), i64::from(i32::MAX), i64::from(u32::MAX)].contains(&limit);
    match (least, most) {
        (i64::MIN, i64::MAX) => String::new(),
        (least, most) if is_end(least) && is_end(most) => String::new(),
        (least, most) if is_end(most) || most == i64::MAX => format!(" of at least {least}"),
        (least, most) => format!(" between {least} and {most}"),
    }
}

fn choice(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
