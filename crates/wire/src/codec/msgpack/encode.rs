//! From a value to MessagePack bytes, as core's own encoder would write them.

use rmp::encode::{
    ByteBuf, write_array_len, write_bin, write_bool, write_f64, write_map_len, write_nil, write_sint, write_str,
};

use super::super::error::{CodecError, CodecErrorKind};
use super::unknown;
use framework::conform::conforms;
use framework::normalization::nfc;
use framework::number::Number;
use framework::types::Type;
use framework::value::{Refinements, Value};

/// Writes a value of the type.
///
/// # Errors
/// When the value is not of the type, in any way that core would refuse or crash on.
pub fn encode_msgpack(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    conforms(value, ty)?;
    let mut out = ByteBuf::new();
    // Refinements of a dynamic mean nothing to core, which does not write them either.
    match (ty, value) {
        (Type::Dynamic, Value::Unknown(_)) => unknown::encode(&Refinements::default(), &mut out),
        _ => write_value(&mut out, value)?,
    }
    Ok(out.into_vec())
}

/// Writes a value that conforms to its type: from there on it says by itself how it is written.
fn write_value(out: &mut ByteBuf, value: &Value) -> Result<(), CodecErrorKind> {
    match value {
        Value::Null => {
            let Ok(()) = write_nil(out);
        }
        Value::Unknown(refinements) => unknown::encode(refinements, out),
        Value::Bool(known) => {
            let Ok(()) = write_bool(out, *known);
        }
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_text(out, text)?,
        Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => {
            let Ok(_) = write_array_len(out, length(elements.len())?);
            elements.iter().try_for_each(|element| write_value(out, element))?;
        }
        Value::Map(members) | Value::Object(members) => {
            let Ok(_) = write_map_len(out, length(members.len())?);
            for (name, member) in members {
                write_text(out, name)?;
                write_value(out, member)?;
            }
        }
        Value::Dynamic(inner) if inner.0 == Type::Dynamic => write_value(out, &inner.1)?,
        Value::Dynamic(inner) => {
            let expression = inner.0.to_json().to_string();
            length(expression.len())?;
            let Ok(_) = write_array_len(out, 2);
            let Ok(()) = write_bin(out, expression.as_bytes());
            write_value(out, &inner.1)?;
        }
    }
    Ok(())
}

/// Integers stay integers, as a text where 64 bits do not hold them. A fraction is a float only if the float is
/// exactly it and prints as it; else core would see another number than the one it sent.
pub(super) fn write_number(out: &mut ByteBuf, number: &Number) {
    if let Some(integer) = number.to_i64() {
        let Ok(_) = write_sint(out, integer);
    } else if let Some(float) = exact_fraction(number) {
        let Ok(()) = write_f64(out, float);
    } else {
        let Ok(()) = write_str(out, &number.to_string());
    }
}

fn exact_fraction(number: &Number) -> Option<f64> {
    /// No 64-bit float has more digits after the point than this.
    const ALL_DIGITS: usize = 1074;
    let float = number.to_exact_f64().filter(|_| !number.is_integer())?;
    let expansion = format!("{float:.ALL_DIGITS$}");
    (expansion.trim_end_matches('0') == number.to_string()).then_some(float)
}

fn write_text(out: &mut ByteBuf, text: &str) -> Result<(), CodecErrorKind> {
    let text = nfc(text);
    length(text.len())?;
    let Ok(()) = write_str(out, &text);
    Ok(())
}

fn length(length: usize) -> Result<u32, CodecErrorKind> {
    u32::try_from(length).map_err(|_| CodecErrorKind::TooLarge)
}
