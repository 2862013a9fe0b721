//! Encodes a value as MessagePack, with the same bytes as the encoder of Terraform core.

use rmp::encode::{
    ByteBuf, write_array_len, write_bin, write_bool, write_f64, write_map_len, write_nil, write_sint, write_str,
};

use super::super::error::{CodecError, CodecErrorKind};
use super::unknown;
use framework::normalization::nfc;
use framework::number::Number;
use framework::type_check::conforms;
use framework::types::Type;
use framework::value::{Refinements, Value};

/// Writes a value of the type.
///
/// # Errors
/// Returns an error if the value does not conform to the type, in any way that Terraform core would reject or crash on.
pub fn encode_msgpack(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    conforms(value, ty)?;
    let mut out = ByteBuf::new();
    // Terraform core ignores refinements of a `dynamic` and does not write them either.
    match (ty, value) {
        (Type::Dynamic, Value::Unknown(_)) => unknown::encode(&Refinements::default(), &mut out),
        _ => write_value(&mut out, value)?,
    }
    Ok(out.into_vec())
}

/// Writes a value that conforms to its type, so that only the value determines the encoding.
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

/// Integers are written as integers, or as strings if 64 bits are not sufficient. A fraction is written as a float only
/// if the float has exactly the same value and prints the same text. Otherwise, Terraform core would see a different
/// number than the one it sent.
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
    /// Maximum number of digits after the point of a 64-bit float.
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
