//! Changes of a document that a schema suggests: values at the edges of each rule and beyond, members gone and added.

use serde_json::{Value, json};

use super::schema::{Schema, members};

/// One change, of the value at a JSON pointer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    Set(String, Value),
    Remove(String),
}

impl Change {
    /// Makes the change; false if its place is not there any more.
    pub(super) fn make(&self, document: &mut Value) -> bool {
        let (Self::Set(pointer, _) | Self::Remove(pointer)) = self;
        let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
        let name = name.replace("~1", "/").replace("~0", "~");
        match (document.pointer_mut(parent), self) {
            (Some(Value::Object(members)), Self::Set(_, value)) => {
                members.insert(name, value.clone());
                true
            }
            (Some(Value::Object(members)), Self::Remove(_)) => members.remove(&name).is_some(),
            (Some(Value::Array(items)), change) => match (name.parse::<usize>(), change) {
                (Ok(index), Self::Set(_, value)) if index < items.len() => {
                    items[index] = value.clone();
                    true
                }
                (Ok(index), Self::Remove(_)) if index < items.len() => {
                    items.remove(index);
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// What a value at such a path may be beside what the schema suggests.
pub(super) type Samples = fn(path: &str) -> Vec<Value>;

/// Every change that the schema and the samples suggest for what the document has.
pub(super) fn changes(schema: &Schema, document: &Value, samples: Samples) -> Vec<Change> {
    let mut found = Vec::new();
    Suggestions { samples, found: &mut found }.at(schema, document, "", "spec");
    found
}

struct Suggestions<'f> {
    samples: Samples,
    found: &'f mut Vec<Change>,
}

impl Suggestions<'_> {
    fn set(&mut self, pointer: &str, value: Value) {
        self.found.push(Change::Set(pointer.to_owned(), value));
    }

    fn at(&mut self, schema: &Schema, value: &Value, pointer: &str, path: &str) {
        if !pointer.is_empty() {
            for sample in (self.samples)(path) {
                self.set(pointer, sample);
            }
            self.scalars(schema, pointer);
        }
        match value {
            Value::Object(_) => self.object(schema, value, pointer, path),
            Value::Array(items) => self.list(schema, items, pointer, path),
            _ => {}
        }
    }

    fn scalars(&mut self, schema: &Schema, pointer: &str) {
        for allowed in schema.0["enum"].as_array().into_iter().flatten() {
            self.set(pointer, allowed.clone());
            if let Some(text) = allowed.as_str() {
                self.set(pointer, json!(text.to_uppercase()));
                self.set(pointer, json!(format!("{text}x")));
            }
        }
        if schema.is("integer") {
            for bound in [schema.number("minimum"), schema.number("maximum")].into_iter().flatten() {
                (bound - 1..=bound + 1).for_each(|number| self.set(pointer, json!(number)));
            }
            if schema.0["format"] == "int32" {
                self.set(pointer, json!(i64::from(i32::MAX) + 1));
            }
            self.set(pointer, json!(1.5));
        }
        if schema.is("string") {
            self.set(pointer, json!(""));
            for bound in [schema.number("minLength"), schema.number("maxLength")].into_iter().flatten() {
                for length in [bound - 1, bound, bound + 1] {
                    self.set(pointer, json!("x".repeat(usize::try_from(length).unwrap_or_default())));
                }
            }
        }
        if schema.is("boolean") {
            [true, false].into_iter().for_each(|value| self.set(pointer, json!(value)));
        }
    }

    fn object(&mut self, schema: &Schema, value: &Value, pointer: &str, path: &str) {
        if !pointer.is_empty() {
            self.set(pointer, json!({}));
        }
        for (name, member) in members(value) {
            let below = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            self.found.push(Change::Remove(below.clone()));
            match (schema.0["properties"].get(name), schema.values()) {
                (Some(schema), _) => self.at(&Schema(schema), member, &below, &format!("{path}.{name}")),
                (None, Some(schema)) => self.at(&schema, member, &below, &format!("{path}{{}}")),
                (None, None) => {}
            }
        }
        // What may stand beside: a sample of each member that is not there.
        for (name, _) in schema.properties().filter(|(name, _)| value.get(name.as_str()).is_none()) {
            for sample in (self.samples)(&format!("{path}.{name}")) {
                self.set(&format!("{pointer}/{name}"), sample);
            }
        }
        if let Some(most) = schema.number("maxProperties") {
            for count in [most, most + 1] {
                self.set(pointer, (0..count).map(|number| (format!("key-{number}"), json!("value"))).collect());
            }
        }
    }

    fn list(&mut self, schema: &Schema, items: &[Value], pointer: &str, path: &str) {
        self.set(pointer, json!([]));
        if let Some(first) = items.first() {
            self.set(pointer, json!([first, first]));
            if let Some(most) = schema.number("maxItems") {
                for count in [most, most + 1] {
                    self.set(pointer, Value::Array(vec![first.clone(); usize::try_from(count).unwrap_or_default()]));
                }
            }
        }
        if let Some(items_schema) = schema.items() {
            for (index, item) in items.iter().enumerate() {
                self.found.push(Change::Remove(format!("{pointer}/{index}")));
                self.at(&items_schema, item, &format!("{pointer}/{index}"), &format!("{path}[]"));
            }
        }
    }
}
