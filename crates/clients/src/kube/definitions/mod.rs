//! The definition of a kind as it is installed in a cluster: its fields, allowed values and label keys, and required
//! fields. They differ between the releases that install it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::Kind;

/// The kind of objects that define other kinds.
pub(super) const CUSTOM_RESOURCE_DEFINITION: Kind = Kind {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
};

/// The possible contents of the `spec` of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Definition {
    spec: Schema,
}

/// The constraints at a path of an object that differ between releases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Schema {
    properties: BTreeMap<String, Schema>,
    required: BTreeSet<String>,
    /// The allowed strings. Empty if all strings are allowed.
    values: Vec<String>,
    /// The allowed label keys of a domain, such as `karpenter.k8s.aws`, from the validation rules of a key or of a map.
    labels: BTreeMap<String, BTreeSet<String>>,
    /// Whether the API server keeps fields that `properties` does not list.
    is_open: bool,
    /// The definition of all values of a map.
    members: Option<Box<Schema>>,
    /// The definition of all elements of a list.
    elements: Option<Box<Schema>>,
}

/// The differences between an object and a definition. Paths have the form `spec.taints[0].value`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// Parts of the object that the definition does not have.
    pub missing: Vec<Missing>,
    /// Required fields of the definition that the object does not have.
    pub required: Vec<String>,
}

/// A part of an object that the definition does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A field.
    Field(String),
    /// A label key.
    Label {
        /// Path of the field with the key, or of the map.
        path: String,
        /// The label key.
        key: String,
    },
    /// A value of a field, or of an element of a list.
    Value {
        /// Path of the field or the list.
        path: String,
        /// The unsupported value.
        value: String,
        /// The allowed values.
        allowed: Vec<String>,
    },
}

impl Definition {
    /// Returns the definition in the OpenAPI document of its group and version, or `None` if the document does not have
    /// the kind.
    #[must_use]
    pub fn of_openapi(document: &Json, kind: Kind) -> Option<Self> {
        let is_kind = |schema: &&Json| {
            elements(schema, "x-kubernetes-group-version-kind")
                .any(|each| each["group"] == kind.group && each["version"] == kind.version && each["kind"] == kind.kind)
        };
        let schemas = document["components"]["schemas"].as_object()?;
        Self::of_schema(schemas.values().find(is_kind)?)
    }

    /// Returns the definition in a `CustomResourceDefinition`, or `None` if it does not have the version.
    #[must_use]
    pub fn of_object(object: &Json, kind: Kind) -> Option<Self> {
        let mut versions = object["spec"]["versions"].as_array()?.iter();
        let version = versions.find(|version| version["name"] == kind.version)?;
        Self::of_schema(&version["schema"]["openAPIV3Schema"])
    }

    fn of_schema(schema: &Json) -> Option<Self> {
        Some(Self { spec: Schema::parse(schema["properties"].get("spec")?) })
    }

    /// Compares the `spec` of an object with the definition, in the order of its fields.
    #[must_use]
    pub fn differences(&self, object: &Json) -> Differences {
        let mut found = Differences::default();
        self.spec.collect(&object["spec"], "spec", &mut found);
        found
    }
}

impl Schema {
    fn parse(schema: &Json) -> Self {
        let inside = |name: &str| schema.get(name).filter(|inside| inside.is_object());
        let properties = inside("properties").and_then(Json::as_object).into_iter().flat_map(Map::iter);
        let strings =
            |name: &str| elements(schema, name).filter_map(Json::as_str).map(str::to_owned).collect::<Vec<_>>();
        Self {
            properties: properties.map(|(name, inside)| (name.clone(), Self::parse(inside))).collect(),
            required: strings("required").into_iter().collect(),
            values: strings("enum"),
            labels: elements(schema, "x-kubernetes-validations")
                .filter_map(|rule| labels(rule["rule"].as_str()?))
                .collect(),
            is_open: schema["x-kubernetes-preserve-unknown-fields"] == true || schema["additionalProperties"] == true,
            members: inside("additionalProperties").map(|inside| Box::new(Self::parse(inside))),
            elements: inside("items").map(|inside| Box::new(Self::parse(inside))),
        }
    }

    fn collect(&self, value: &Json, path: &str, found: &mut Differences) {
        match value {
            Json::Object(members) => {
                members.keys().for_each(|key| self.collect_label(key, path, found));
                self.collect_members(members, path, found);
            }
            Json::Array(elements) => {
                let Some(schema) = &self.elements else { return };
                for (index, element) in elements.iter().enumerate() {
                    // An attribute that is a list of strings has no path for individual strings.
                    let place = if element.is_object() { format!("{path}[{index}]") } else { path.to_owned() };
                    schema.collect(element, &place, found);
                }
            }
            Json::String(text) if !self.values.is_empty() && !self.values.contains(text) => {
                found.missing.push(Missing::Value {
                    path: path.to_owned(),
                    value: text.clone(),
                    allowed: self.values.clone(),
                });
            }
            Json::String(text) => self.collect_label(text, path, found),
            _ => {}
        }
    }

    fn collect_label(&self, key: &str, path: &str, found: &mut Differences) {
        let Some((domain, _)) = key.split_once('/') else { return };
        if self.labels.get(domain).is_some_and(|allowed| !allowed.contains(key)) {
            found.missing.push(Missing::Label { path: path.to_owned(), key: key.to_owned() });
        }
    }

    fn collect_members(&self, members: &Map<String, Json>, path: &str, found: &mut Differences) {
        for (name, member) in members.iter().filter(|(_, member)| !member.is_null()) {
            let place = format!("{path}.{name}");
            match self.properties.get(name).or(self.members.as_deref()) {
                Some(schema) => schema.collect(member, &place, found),
                // An object without properties is one whose contents the definition does not describe.
                None if self.is_open || self.properties.is_empty() => {}
                None => found.missing.push(Missing::Field(place)),
            }
        }
        let is_set = |name: &&String| members.get(*name).is_some_and(|member| !member.is_null());
        let unset = self.required.iter().filter(|name| !is_set(name));
        found.required.extend(unset.map(|name| format!("{path}.{name}")));
    }
}

fn elements<'j>(schema: &'j Json, name: &str) -> impl Iterator<Item = &'j Json> {
    schema[name].as_array().into_iter().flatten()
}

/// Returns the domain that a rule restricts, and its allowed keys. The supported form of a rule is
/// `self in ["DOMAIN/KEY", ...] || !self.find("^([^/]+)").endsWith("DOMAIN")`. Returns `None` for every other rule.
fn labels(rule: &str) -> Option<(String, BTreeSet<String>)> {
    let (keys, end) = rule.split_once(".endsWith(\"")?;
    let (domain, rest) = end.split_once('"')?;
    // Rules with several domains allow additional keys.
    if rest.contains("endsWith") || !rule.contains("|| !") {
        return None;
    }
    let prefix = format!("{domain}/");
    let quoted = keys.split('"').skip(1).step_by(2);
    let keys: BTreeSet<_> = quoted.filter(|key| key.starts_with(&prefix)).map(str::to_owned).collect();
    (!keys.is_empty()).then(|| (domain.to_owned(), keys))
}

#[cfg(test)]
mod tests;
