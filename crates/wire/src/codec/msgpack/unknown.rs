//! Unknown values: a MessagePack extension whose payload contains the refinements of the value.

use rmp::Marker;
use rmp::encode::{
    ByteBuf, write_array_len, write_bool, write_ext_meta, write_map_len, write_pfix, write_str, write_uint,
};

use super::super::error::CodecErrorKind;
use super::decode::Decoder;
use super::encode::write_number;
use framework::normalization::nfc;
use framework::number::Number;
use framework::type_check::refinements_fit;
use framework::types::Type;
use framework::value::{Refinements, Value};

/// The extension code of an unknown value with refinements.
pub(super) const REFINED: i8 = 12;
/// Maximum payload that Terraform core reads, in bytes.
pub(super) const MAX_PAYLOAD: u32 = 1024;

/// Terraform core truncates a prefix to this many bytes, and so does this encoder. The rest is still certain.
const MAX_PREFIX: usize = 256;
/// A bound with more digits than this is omitted, so that the payload stays within its limit.
const MAX_BOUND_DIGITS: usize = 256;

const NULLNESS: u8 = 1;
const STRING_PREFIX: u8 = 2;
const NUMBER_MIN: u8 = 3;
const NUMBER_MAX: u8 = 4;
const LENGTH_MIN: u8 = 5;
const LENGTH_MAX: u8 = 6;

/// Reads the payload of a refined unknown value. Unsupported keys and the bytes after the map are ignored, because
/// Terraform core may add some in the future.
pub(super) fn decode(payload: &[u8], ty: &Type) -> Result<Value, CodecErrorKind> {
    let mut decoder = Decoder::new(payload);
    let entries = decoder.map_len("a map of refinements")?;
    if *ty == Type::Dynamic {
        return Ok(Value::unknown());
    }
    let mut refinements = Refinements::default();
    let mut null = false;
    for _ in 0..entries {
        match u8::try_from(decoder.integer()?) {
            Ok(NULLNESS) => {
                null = decoder.bool()?;
                refinements.not_null = !null;
            }
            Ok(STRING_PREFIX) => refinements.string_prefix = Some(nfc(decoder.text("a prefix")?).into_owned()),
            Ok(NUMBER_MIN) => refinements.number_min = number_bound(&mut decoder, ty)?,
            Ok(NUMBER_MAX) => refinements.number_max = number_bound(&mut decoder, ty)?,
            Ok(LENGTH_MIN) => refinements.length_min = Some(length_bound(&mut decoder)?),
            Ok(LENGTH_MAX) => refinements.length_max = Some(length_bound(&mut decoder)?),
            _ => decoder.skip()?,
        }
    }
    refinements_fit(&refinements, ty).map_err(CodecErrorKind::TypeMismatch)?;
    // An unknown value that is certainly null is null.
    Ok(if null { Value::Null } else { Value::Unknown(refinements) })
}

fn number_bound(decoder: &mut Decoder<'_>, ty: &Type) -> Result<Option<(Number, bool)>, CodecErrorKind> {
    if *ty != Type::Number {
        return Err(CodecErrorKind::TypeMismatch("number bounds on an unknown value that is not a number".to_owned()));
    }
    let expected = "a bound and whether it is included";
    if decoder.array_len(expected)? != 2 {
        return Err(CodecErrorKind::Expected {
            expected: expected.to_owned(),
            found: "an array of a different length",
        });
    }
    let bound = decoder.bound()?;
    let inclusive = decoder.bool()?;
    Ok(bound.map(|bound| (bound, inclusive)))
}

fn length_bound(decoder: &mut Decoder<'_>) -> Result<u64, CodecErrorKind> {
    let refused = |_| CodecErrorKind::Expected { expected: "a length".to_owned(), found: "a negative number" };
    u64::try_from(decoder.integer()?).map_err(refused)
}

/// Writes an unknown value whose refinements conform to its type.
pub(super) fn encode(refinements: &Refinements, out: &mut ByteBuf) {
    let mut body = Body::default();
    if refinements.not_null {
        body.entry(NULLNESS, |out| {
            let Ok(()) = write_bool(out, false);
        });
    }
    if let Some(prefix) = refinements.string_prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
        let prefix = nfc(prefix);
        body.entry(STRING_PREFIX, |out| {
            let Ok(()) = write_str(out, &prefix[..prefix.floor_char_boundary(MAX_PREFIX)]);
        });
    }
    body.number(NUMBER_MIN, refinements.number_min.as_ref());
    body.number(NUMBER_MAX, refinements.number_max.as_ref());
    body.length(LENGTH_MIN, refinements.length_min);
    body.length(LENGTH_MAX, refinements.length_max);
    body.finish(out);
}

/// The refinements written so far.
#[derive(Default)]
struct Body {
    entries: u32,
    bytes: ByteBuf,
}

impl Body {
    fn entry(&mut self, key: u8, write: impl FnOnce(&mut ByteBuf)) {
        self.entries += 1;
        let Ok(()) = write_pfix(&mut self.bytes, key);
        write(&mut self.bytes);
    }

    fn number(&mut self, key: u8, bound: Option<&(Number, bool)>) {
        let Some((number, inclusive)) = bound else { return };
        if number.to_string().len() > MAX_BOUND_DIGITS {
            return;
        }
        self.entry(key, |out| {
            let Ok(_) = write_array_len(out, 2);
            write_number(out, number);
            let Ok(()) = write_bool(out, *inclusive);
        });
    }

    fn length(&mut self, key: u8, bound: Option<u64>) {
        let Some(length) = bound else { return };
        self.entry(key, |out| {
            let Ok(_) = write_uint(out, length);
        });
    }

    fn finish(self, out: &mut ByteBuf) {
        if self.entries == 0 {
            out.as_mut_vec().extend([Marker::FixExt1.to_u8(), 0, 0]);
            return;
        }
        let mut map = ByteBuf::new();
        let Ok(_) = write_map_len(&mut map, self.entries);
        map.as_mut_vec().extend(self.bytes.as_slice());
        // The limits above keep the payload below MAX_PAYLOAD.
        let Ok(_) = write_ext_meta(out, map.as_slice().len() as u32, REFINED);
        out.as_mut_vec().extend(map.as_slice());
    }
}
