//! The JSON encoding of values: the stored state, and `DynamicValue.json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::error::{CodecError, CodecErrorKind};
use framework::normalization::nfc;
use framework::path::Step;
use framework::type_check::{MAX_DEPTH, conforms, one_type, type_words};
use framework::types::Type;
use framework::value::Value;

/// How much a document can deviate from the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leniency {
    /// Every attribute is present, there are no others, and each value has its JSON kind, as in `DynamicValue.json`.
    Strict,
    /// State that another version stored: unknown attributes are ignored, missing ones are null, and numbers, strings,
    /// and Booleans are converted if possible.
    Stored,
}

/// Reads a value of the type from JSON text. Empty text is null.
///
/// # Errors
/// Returns an error if the text is not JSON, or not a value of the type.
pub fn decode_json(bytes: &[u8], ty: &Type, leniency: Leniency) -> Result<Value, CodecError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let document = serde_json::from_slice(bytes).map_err(|error| CodecErrorKind::Json(place(&error)))?;
    value_from_json(&document, ty, leniency)
}

/// Reports the position of the syntax error. The message of the parser may quote the text, which may be a secret.
fn place(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// Reads a value of the type from a JSON document.
///
/// # Errors
/// Returns an error if the document is not a value of the type.
pub fn value_from_json(document: &Json, ty: &Type, leniency: Leniency) -> Result<Value, CodecError> {
    Reader { lenient: leniency == Leniency::Stored }.value(document, ty, MAX_DEPTH)
}

struct Reader {
    lenient: bool,
}

impl Reader {
    fn value(&self, document: &Json, ty: &Type, depth: usize) -> Result<Value, CodecError> {
        let depth = depth.checked_sub(1).ok_or(CodecErrorKind::TooDeep)?;
        match (ty, document) {
            (_, Json::Null) => Ok(Value::Null),
            (Type::Bool | Type::Number | Type::String, _) => Ok(self.primitive(document, ty)?),
            (Type::Dynamic, Json::Object(pair)) => self.dynamic(pair, depth),
            (Type::List(element), Json::Array(elements)) => {
                self.elements(elements, element, depth, Step::Index).map(Value::List)
            }
            (Type::Set(element), Json::Array(elements)) => {
                let step = |_| Step::Element(Box::new(Value::unknown()));
                self.elements(elements, element, depth, step).map(Value::set)
            }
            (Type::Map(element), Json::Object(members)) => self.map(members, element, depth),
            (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
                let pairs = types.iter().zip(elements).enumerate();
                let read = pairs.map(|(index, (ty, element))| {
                    self.value(element, ty, depth).map_err(|error| error.within(Step::Index(index)))
                });
                read.collect::<Result<_, _>>().map(Value::Tuple)
            }
            (Type::Tuple(types), Json::Array(_)) => {
                let expected = format!("a tuple of length {}", types.len());
                Err(CodecErrorKind::Expected { expected, found: "a different length" }.into())
            }
            (Type::Object(attributes), Json::Object(members)) => self.object(members, attributes, depth),
            _ => Err(unexpected(type_words(ty), document).into()),
        }
    }

    fn primitive(&self, document: &Json, ty: &Type) -> Result<Value, CodecErrorKind> {
        let number = |text: &str| text.parse().map(Value::Number).map_err(|_| CodecErrorKind::Number);
        match (ty, document) {
            (Type::Bool, Json::Bool(known)) => Ok(Value::Bool(*known)),
            (Type::Number, Json::Number(known)) => number(known.as_str()),
            (Type::String, Json::String(text)) => Ok(Value::string(text)),
            (Type::Number, Json::String(text)) if self.lenient => number(text),
            (Type::String, Json::Number(known)) if self.lenient => Ok(Value::string(known.as_str())),
            (Type::String, Json::Bool(known)) if self.lenient => Ok(Value::string(known.to_string())),
            (Type::Bool, Json::String(text)) if self.lenient => match text.as_str() {
                "true" | "1" => Ok(Value::Bool(true)),
                "false" | "0" => Ok(Value::Bool(false)),
                _ => Err(unexpected(type_words(ty), document)),
            },
            _ => Err(unexpected(type_words(ty), document)),
        }
    }

    fn dynamic(&self, pair: &Map<String, Json>, depth: usize) -> Result<Value, CodecError> {
        let (Some(expression), Some(document), 2) = (pair.get("type"), pair.get("value"), pair.len()) else {
            let expected = "an object of a type and a value".to_owned();
            return Err(CodecErrorKind::Expected { expected, found: "other members" }.into());
        };
        let ty = Type::from_json(expression).map_err(|error| CodecErrorKind::TypeExpression(error.to_string()))?;
        let value = self.value(document, &ty, depth)?;
        Ok(if ty == Type::Dynamic { value } else { Value::Dynamic(Box::new((ty, value))) })
    }

    fn elements(
        &self,
        elements: &[Json],
        ty: &Type,
        depth: usize,
        step: fn(usize) -> Step,
    ) -> Result<Vec<Value>, CodecError> {
        let read = elements.iter().enumerate();
        let read =
            read.map(|(index, element)| self.value(element, ty, depth).map_err(|error| error.within(step(index))));
        let values = read.collect::<Result<Vec<_>, _>>()?;
        one_type(&values, ty).map_err(CodecErrorKind::TypeMismatch)?;
        Ok(values)
    }

    fn map(&self, members: &Map<String, Json>, ty: &Type, depth: usize) -> Result<Value, CodecError> {
        let mut values = BTreeMap::new();
        for (key, member) in members {
            let key = nfc(key).into_owned();
            let at = |error: CodecError| error.within(Step::Key(key.clone()));
            let value = self.value(member, ty, depth).map_err(at)?;
            if values.insert(key.clone(), value).is_some() {
                return Err(CodecError::from(CodecErrorKind::Duplicate).within(Step::Key(key)));
            }
        }
        one_type(values.values(), ty).map_err(CodecErrorKind::TypeMismatch)?;
        Ok(Value::Map(values))
    }

    fn object(
        &self,
        members: &Map<String, Json>,
        attributes: &BTreeMap<String, Type>,
        depth: usize,
    ) -> Result<Value, CodecError> {
        let mut values = BTreeMap::new();
        for (name, member) in members {
            let name = nfc(name).into_owned();
            let at = |error: CodecError| error.within(Step::Attribute(name.clone()));
            let Some(ty) = attributes.get(&name) else {
                if self.lenient {
                    continue;
                }
                return Err(at(CodecErrorKind::Undeclared.into()));
            };
            let value = self.value(member, ty, depth).map_err(at)?;
            if values.insert(name.clone(), value).is_some() {
                return Err(CodecError::from(CodecErrorKind::Duplicate).within(Step::Attribute(name)));
            }
        }
        for name in attributes.keys() {
            if !values.contains_key(name) {
                if !self.lenient {
                    return Err(CodecError::from(CodecErrorKind::Missing).within(Step::Attribute(name.clone())));
                }
                values.insert(name.clone(), Value::Null);
            }
        }
        Ok(Value::Object(values))
    }
}

fn unexpected(expected: &str, found: &Json) -> CodecErrorKind {
    let found = match found {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    };
    CodecErrorKind::Expected { expected: expected.to_owned(), found }
}

/// Returns the JSON document of a value of the type.
///
/// # Errors
/// Returns an error if the value does not conform to the type, or contains an unknown value.
pub fn encode_json(value: &Value, ty: &Type) -> Result<Json, CodecError> {
    conforms(value, ty)?;
    document(value)
}

/// Returns the document of a value that conforms to its type, so that only the value determines the encoding.
fn document(value: &Value) -> Result<Json, CodecError> {
    let elements = |elements: &[Value], step: fn(usize, &Value) -> Step| {
        let write = elements.iter().enumerate();
        let write = write.map(|(index, value)| document(value).map_err(|error| error.within(step(index, value))));
        write.collect::<Result<_, _>>().map(Json::Array)
    };
    let members = |members: &BTreeMap<String, Value>, step: fn(String) -> Step| {
        let write = members.iter().map(|(name, value)| {
            let member = document(value).map_err(|error| error.within(step(name.clone())))?;
            Ok((nfc(name).into_owned(), member))
        });
        write.collect::<Result<_, CodecError>>().map(Json::Object)
    };
    match value {
        Value::Null => Ok(Json::Null),
        Value::Unknown(_) => Err(CodecErrorKind::Unknown.into()),
        Value::Bool(known) => Ok(Json::Bool(*known)),
        Value::Number(number) => {
            Ok(number.to_string().parse().map(Json::Number).map_err(|_| CodecErrorKind::Number)?)
        }
        Value::String(text) => Ok(Json::String(nfc(text).into_owned())),
        Value::List(values) | Value::Tuple(values) => elements(values, |index, _| Step::Index(index)),
        Value::Set(values) => elements(values, |_, value| Step::Element(Box::new(value.clone()))),
        Value::Map(values) => members(values, Step::Key),
        Value::Object(values) => members(values, Step::Attribute),
        Value::Dynamic(inner) if inner.0 == Type::Dynamic => document(&inner.1),
        Value::Dynamic(inner) => Ok(json!({ "type": inner.0.to_json(), "value": document(&inner.1)? })),
    }
}
