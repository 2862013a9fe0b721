//! Every decoder that reads bytes from outside, with what must hold whatever the bytes are. The fuzz targets run these
//! without end, the test `fuzz_smoke` runs them a few thousand times.

use ekscompute::framework::conform::conforms;
use ekscompute::framework::duration;
use ekscompute::framework::types::Type;
use ekscompute::wire::codec::{Leniency, decode_json, decode_msgpack, encode_json, encode_msgpack};

/// The first byte picks a type, the others are MessagePack. What is read is a value of the type, and writing it is
/// stable.
pub fn msgpack(bytes: &[u8]) {
    let Some((ty, bytes)) = pick(bytes) else { return };
    let Ok(value) = decode_msgpack(bytes, &ty) else { return };
    conforms(&value, &ty).expect("what is read is a value of the type");
    let written = encode_msgpack(&value, &ty).expect("what is read can be written");
    let again = decode_msgpack(&written, &ty).expect("what is written can be read");
    assert_eq!(encode_msgpack(&again, &ty).as_ref(), Ok(&written));
}

/// The first byte picks a type, the others are JSON. What is read is a value of the type and survives writing.
pub fn json(bytes: &[u8]) {
    let Some((ty, bytes)) = pick(bytes) else { return };
    for leniency in [Leniency::Strict, Leniency::Stored] {
        let Ok(value) = decode_json(bytes, &ty, leniency) else { continue };
        let written = encode_json(&value, &ty).expect("what is read can be written").to_string();
        assert_eq!(decode_json(written.as_bytes(), &ty, leniency), Ok(value));
    }
}

/// A type that is read survives writing.
pub fn type_expression(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice(bytes) else { return };
    let Ok(ty) = Type::from_json(&document) else { return };
    assert_eq!(Type::from_json(&ty.to_json()), Ok(ty));
}

/// A duration that is read still is one with a second more, unless it is too long.
pub fn duration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(parsed) = duration::parse(text).filter(|_| text != "0") else { return };
    if let Some(longer) = duration::parse(&format!("{text}1s")) {
        assert!(longer >= parsed, "{text}");
    }
}

/// Types of every kind; the last finds any other through the expressions in the bytes.
fn pick(bytes: &[u8]) -> Option<(Type, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let object = || Type::object([("a", Type::String), ("b", Type::Number), ("c", Type::Dynamic)]);
    let types = [
        Type::Bool,
        Type::Number,
        Type::String,
        Type::list(Type::String),
        Type::set(Type::Number),
        Type::map(Type::Bool),
        Type::Tuple(vec![Type::String, Type::list(Type::Number)]),
        object(),
        Type::list(object()),
        Type::set(Type::set(Type::Dynamic)),
        Type::map(Type::list(object())),
        Type::Dynamic,
    ];
    let index = usize::from(*first) % types.len();
    types.into_iter().nth(index).map(|ty| (ty, rest))
}
