//! Decodes MessagePack bytes to a value.

use std::collections::BTreeMap;

use rmp::Marker;
use rmp::decode::{
    NumValueReadError, ValueReadError, read_array_len, read_bin_len, read_bool, read_ext_meta, read_f32, read_f64,
    read_int, read_map_len, read_nil, read_str_len,
};

use super::super::error::{CodecError, CodecErrorKind};
use super::unknown;
use framework::normalization::nfc;
use framework::number::Number;
use framework::path::Step;
use framework::type_check::{MAX_DEPTH, one_type, type_words};
use framework::types::Type;
use framework::value::Value;

/// Memory is reserved for at most this many elements before they are read, regardless of the encoded length.
const RESERVED_ELEMENTS: usize = 1024;

/// Reads a value of the type. Empty bytes are null.
///
/// # Errors
/// Returns an error if the bytes are not exactly one value of the type.
pub fn decode_msgpack(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut decoder = Decoder::new(bytes);
    let value = decoder.value(ty)?;
    match decoder.rest.len() {
        0 => Ok(value),
        trailing => Err(CodecErrorKind::Trailing(trailing).into()),
    }
}

/// Reads from the start of the remaining bytes.
pub(super) struct Decoder<'a> {
    rest: &'a [u8],
    depth: usize,
}

type Read<T> = Result<T, CodecErrorKind>;

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, depth: 0 }
    }

    fn value(&mut self, ty: &Type) -> Result<Value, CodecError> {
        if self.depth == MAX_DEPTH {
            return Err(CodecErrorKind::TooDeep.into());
        }
        self.depth += 1;
        let value = self.value_here(ty);
        self.depth -= 1;
        value
    }

    fn value_here(&mut self, ty: &Type) -> Result<Value, CodecError> {
        let marker = self.peek()?;
        if marker == Marker::Null {
            read_nil(&mut self.rest).map_err(|error| wrong(error, "null"))?;
            return Ok(Value::Null);
        }
        if is_extension(marker) {
            return Ok(self.unknown(ty)?);
        }
        match ty {
            Type::Bool => Ok(Value::Bool(self.bool()?)),
            Type::Number => Ok(Value::Number(self.number()?)),
            Type::String => Ok(Value::string(self.text("a string")?)),
            Type::Dynamic => self.dynamic(),
            Type::List(element) => self.elements(element, "a list", Step::Index).map(Value::List),
            Type::Set(element) => {
                // If the element cannot be read, it cannot be part of the path.
                let step = |_| Step::Element(Box::new(Value::unknown()));
                self.elements(element, "a set", step).map(Value::set)
            }
            Type::Map(element) => self.map(element),
            Type::Tuple(types) => self.tuple(types),
            Type::Object(attributes) => self.object(attributes),
        }
    }

    fn unknown(&mut self, ty: &Type) -> Read<Value> {
        let meta = read_ext_meta(&mut self.rest).map_err(|error| wrong(error, "an extension"))?;
        let payload = self.take(meta.size)?;
        match meta.size {
            // Terraform core treats these as an unknown value without refinements, regardless of the code.
            0 | 1 => Ok(Value::unknown()),
            size if meta.typeid != unknown::REFINED => {
                Err(CodecErrorKind::Extension(format!("code {} of {size} bytes", meta.typeid)))
            }
            size if size > unknown::MAX_PAYLOAD => {
                Err(CodecErrorKind::Extension(format!("refinements of {size} bytes, more than 1024")))
            }
            _ => unknown::decode(payload, ty),
        }
    }

    fn dynamic(&mut self) -> Result<Value, CodecError> {
        let length = self.array_len("a pair of a type and a value")?;
        if length != 2 {
            let expected = "a pair of a type and a value".to_owned();
            return Err(CodecErrorKind::Expected { expected, found: "an array of a different length" }.into());
        }
        let expression = self.bytes("the type of a dynamic value")?;
        let refuse = |words: String| CodecErrorKind::TypeExpression(words);
        let document = serde_json::from_slice(expression).map_err(|error| refuse(error.to_string()))?;
        let ty = Type::from_json(&document).map_err(|error| refuse(error.to_string()))?;
        let value = self.value(&ty)?;
        // The inner value of a dynamic value in a dynamic value is sufficient.
        Ok(if ty == Type::Dynamic { value } else { Value::Dynamic(Box::new((ty, value))) })
    }

    fn elements(&mut self, ty: &Type, expected: &str, step: fn(usize) -> Step) -> Result<Vec<Value>, CodecError> {
        let length = self.array_len(expected)?;
        let mut elements = Vec::with_capacity(length.min(RESERVED_ELEMENTS));
        for index in 0..length {
            elements.push(self.value(ty).map_err(|error| error.within(step(index)))?);
        }
        one_type(&elements, ty).map_err(CodecErrorKind::TypeMismatch)?;
        Ok(elements)
    }

    fn map(&mut self, ty: &Type) -> Result<Value, CodecError> {
        let mut members = BTreeMap::new();
        for _ in 0..self.map_len("a map")? {
            let key = nfc(self.text("a key")?).into_owned();
            let value = self.value(ty).map_err(|error| error.within(Step::Key(key.clone())))?;
            if members.insert(key.clone(), value).is_some() {
                return Err(CodecError::from(CodecErrorKind::Duplicate).within(Step::Key(key)));
            }
        }
        one_type(members.values(), ty).map_err(CodecErrorKind::TypeMismatch)?;
        Ok(Value::Map(members))
    }

    fn tuple(&mut self, types: &[Type]) -> Result<Value, CodecError> {
        let length = self.array_len("a tuple")?;
        if length != types.len() {
            let expected = format!("a tuple of length {}", types.len());
            return Err(CodecErrorKind::Expected { expected, found: "a different length" }.into());
        }
        let read = |(index, ty)| self.value(ty).map_err(|error| error.within(Step::Index(index)));
        types.iter().enumerate().map(read).collect::<Result<_, _>>().map(Value::Tuple)
    }

    fn object(&mut self, attributes: &BTreeMap<String, Type>) -> Result<Value, CodecError> {
        let mut members = BTreeMap::new();
        for _ in 0..self.map_len("an object")? {
            let name = nfc(self.text("an attribute's name")?).into_owned();
            let at = |error: CodecError| error.within(Step::Attribute(name.clone()));
            let ty = attributes.get(&name).ok_or_else(|| at(CodecErrorKind::Undeclared.into()))?;
            let value = self.value(ty).map_err(at)?;
            if members.insert(name.clone(), value).is_some() {
                return Err(CodecError::from(CodecErrorKind::Duplicate).within(Step::Attribute(name)));
            }
        }
        match attributes.keys().find(|name| !members.contains_key(*name)) {
            Some(name) => Err(CodecError::from(CodecErrorKind::Missing).within(Step::Attribute(name.clone()))),
            None => Ok(Value::Object(members)),
        }
    }

    pub(super) fn bool(&mut self) -> Read<bool> {
        read_bool(&mut self.rest).map_err(|error| wrong(error, "a bool"))
    }

    /// Reads an integer of a refinement: a key or a length.
    pub(super) fn integer(&mut self) -> Read<i64> {
        read_int(&mut self.rest).map_err(|error| wrong_integer(error, "an integer"))
    }

    pub(super) fn number(&mut self) -> Read<Number> {
        match self.peek()? {
            Marker::F32 | Marker::F64 => number_of(self.float()?),
            Marker::U64 => {
                read_int::<u64, _>(&mut self.rest).map(Number::from).map_err(|error| wrong_integer(error, "a number"))
            }
            marker if is_text(marker) => self.text("a number")?.parse().map_err(|_| CodecErrorKind::Number),
            _ => read_int::<i64, _>(&mut self.rest).map(Number::from).map_err(|error| wrong_integer(error, "a number")),
        }
    }

    /// Reads a bound of a refinement. An infinite bound is the same as none.
    pub(super) fn bound(&mut self) -> Read<Option<Number>> {
        if !matches!(self.peek()?, Marker::F32 | Marker::F64) {
            return self.number().map(Some);
        }
        let float = self.float()?;
        if float.is_infinite() { Ok(None) } else { number_of(float).map(Some) }
    }

    fn float(&mut self) -> Read<f64> {
        let read = match self.peek()? {
            Marker::F32 => read_f32(&mut self.rest).map(f64::from),
            _ => read_f64(&mut self.rest),
        };
        read.map_err(|error| wrong(error, "a number"))
    }

    pub(super) fn text(&mut self, expected: &str) -> Read<&'a str> {
        std::str::from_utf8(self.bytes(expected)?).map_err(|_| CodecErrorKind::Utf8)
    }

    fn bytes(&mut self, expected: &str) -> Read<&'a [u8]> {
        let length = match self.peek()? {
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                read_bin_len(&mut self.rest).map_err(|error| wrong(error, expected))?
            }
            marker if is_text(marker) => read_str_len(&mut self.rest).map_err(|_| CodecErrorKind::Truncated)?,
            marker => return Err(CodecErrorKind::Expected { expected: expected.to_owned(), found: words(marker) }),
        };
        self.take(length)
    }

    /// Reads the number of elements that follow, each with at least one byte.
    pub(super) fn array_len(&mut self, expected: &str) -> Read<usize> {
        let length = read_array_len(&mut self.rest).map_err(|error| wrong(error, expected))? as usize;
        if length > self.rest.len() { Err(CodecErrorKind::Truncated) } else { Ok(length) }
    }

    /// Reads the number of members that follow, each with at least two bytes.
    pub(super) fn map_len(&mut self, expected: &str) -> Read<usize> {
        let length = read_map_len(&mut self.rest).map_err(|error| wrong(error, expected))? as usize;
        if length > self.rest.len() / 2 { Err(CodecErrorKind::Truncated) } else { Ok(length) }
    }

    /// Skips one value of any kind.
    pub(super) fn skip(&mut self) -> Read<()> {
        let mut pending: usize = 1;
        while pending > 0 {
            pending -= 1;
            match self.peek()? {
                Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => pending += self.array_len("an array")?,
                Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => pending += 2 * self.map_len("a map")?,
                Marker::Null => read_nil(&mut self.rest).map_err(|error| wrong(error, "null"))?,
                Marker::True | Marker::False => drop(self.bool()?),
                Marker::F32 | Marker::F64 => drop(self.float()?),
                Marker::U64 => drop(self.number()?),
                marker if is_extension(marker) => {
                    let meta = read_ext_meta(&mut self.rest).map_err(|error| wrong(error, "an extension"))?;
                    self.take(meta.size)?;
                }
                marker if is_text(marker) || matches!(marker, Marker::Bin8 | Marker::Bin16 | Marker::Bin32) => {
                    self.bytes("bytes")?;
                }
                _ => drop(self.integer()?),
            }
        }
        Ok(())
    }

    fn peek(&self) -> Read<Marker> {
        self.rest.first().map(|byte| Marker::from_u8(*byte)).ok_or(CodecErrorKind::Truncated)
    }

    fn take(&mut self, length: u32) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length as usize).ok_or(CodecErrorKind::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// Converts a float to a number. A whole float becomes its exact integer. Any other float becomes the shortest decimal
/// that results in the same float, because Terraform core compares and prints it in this way.
fn number_of(float: f64) -> Read<Number> {
    if float.is_nan() {
        return Err(CodecErrorKind::NotFinite("NaN"));
    }
    if float.is_infinite() {
        return Err(CodecErrorKind::NotFinite(if float > 0.0 { "positive infinity" } else { "negative infinity" }));
    }
    let text = if float.fract() == 0.0 { format!("{float:.0}") } else { format!("{float}") };
    text.parse().map_err(|_| CodecErrorKind::Number)
}

fn is_extension(marker: Marker) -> bool {
    matches!(
        marker,
        Marker::FixExt1
            | Marker::FixExt2
            | Marker::FixExt4
            | Marker::FixExt8
            | Marker::FixExt16
            | Marker::Ext8
            | Marker::Ext16
            | Marker::Ext32
    )
}

fn is_text(marker: Marker) -> bool {
    matches!(marker, Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32)
}

fn wrong(error: ValueReadError, expected: &str) -> CodecErrorKind {
    match error {
        ValueReadError::TypeMismatch(marker) => {
            CodecErrorKind::Expected { expected: expected.to_owned(), found: words(marker) }
        }
        _ => CodecErrorKind::Truncated,
    }
}

fn wrong_integer(error: NumValueReadError, expected: &str) -> CodecErrorKind {
    match error {
        NumValueReadError::TypeMismatch(marker) => wrong(ValueReadError::TypeMismatch(marker), expected),
        NumValueReadError::OutOfRange => CodecErrorKind::TooLarge,
        _ => CodecErrorKind::Truncated,
    }
}

fn words(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "null",
        Marker::True | Marker::False => type_words(&Type::Bool),
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "an array",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "bytes",
        Marker::Reserved => "a reserved byte",
        marker if is_text(marker) => type_words(&Type::String),
        marker if is_extension(marker) => "an extension",
        _ => type_words(&Type::Number),
    }
}
