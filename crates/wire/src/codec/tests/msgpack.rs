//! The MessagePack rules, one by one. The byte sequences are written by Terraform core.

use std::collections::BTreeMap;

use super::super::{CodecErrorKind, decode_msgpack, encode_msgpack};
use super::{dynamic, number};
use framework::type_check::MAX_DEPTH;
use framework::types::Type;
use framework::value::{Refinements, Value};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|digit| !digit.is_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

fn decode(hex: &str, ty: &Type) -> Value {
    decode_msgpack(&bytes(hex), ty).unwrap()
}

fn refused(hex: &str, ty: &Type) -> CodecErrorKind {
    decode_msgpack(&bytes(hex), ty).unwrap_err().kind
}

/// Checks both directions.
fn same(hex: &str, ty: &Type, value: &Value) {
    assert_eq!(&decode(hex, ty), value, "decoding {hex}");
    assert_eq!(encode_msgpack(value, ty).unwrap(), bytes(hex), "encoding {value:?}");
}

fn object() -> Type {
    Type::object([("a", Type::String), ("b", Type::Bool)])
}

#[test]
fn primitives() {
    same("c0", &Type::String, &Value::Null);
    same("c3", &Type::Bool, &true.into());
    same("c2", &Type::Bool, &false.into());
    same("a2 61 62", &Type::String, &"ab".into());
}

#[test]
fn numbers_are_written_as_core_writes_them() {
    let vectors = [
        ("00", "0"),
        ("7f", "127"),
        ("cc 80", "128"),
        ("cd 01 00", "256"),
        ("ff", "-1"),
        ("d0 df", "-33"),
        ("cb 3f e0 00 00 00 00 00 00", "0.5"),
        ("a3 30 2e 31", "0.1"),
        ("b3 39 32 32 33 33 37 32 30 33 36 38 35 34 37 37 35 38 30 38", "9223372036854775808"),
        ("d3 80 00 00 00 00 00 00 00", "-9223372036854775808"),
    ];
    for (hex, text) in vectors {
        same(hex, &Type::Number, &Value::Number(number(text)));
    }
}

#[test]
fn numbers_are_read_in_every_encoding() {
    let vectors = [
        ("cf ff ff ff ff ff ff ff ff", "18446744073709551615"),
        ("ca 3f 00 00 00", "0.5"),
        ("ca 3d cc cc cd", "0.10000000149011612"),
        ("cb 3f b9 99 99 99 99 99 9a", "0.1"),
        ("cb 80 00 00 00 00 00 00 00", "0"),
        // 1e23 as a float is a different integer than its shortest text.
        ("cb 44 b5 2d 02 c7 e1 4a f6", "99999999999999991611392"),
        ("d9 03 31 2e 35", "1.5"),
        ("a3 31 65 33", "1000"),
        ("d2 00 00 00 01", "1"),
    ];
    for (hex, text) in vectors {
        assert_eq!(decode(hex, &Type::Number), Value::Number(number(text)), "{hex}");
    }
}

#[test]
fn invalid_numbers_are_rejected() {
    let positive = refused("cb 7f f0 00 00 00 00 00 00", &Type::Number);
    assert!(positive.to_string().contains("positive infinity"), "{positive}");
    let nan = refused("cb 7f f8 00 00 00 00 00 00", &Type::Number);
    assert!(nan.to_string().contains("NaN"), "{nan}");
    assert_eq!(refused("a3 61 62 63", &Type::Number), CodecErrorKind::Number);
    assert!(decode_msgpack(&bytes("c3"), &Type::Number).is_err());
}

#[test]
fn collections_and_objects() {
    same("90", &Type::list(Type::String), &Value::List(vec![]));
    same("80", &Type::map(Type::String), &Value::Map(BTreeMap::new()));
    same("82 a1 61 a1 78 a1 62 c0", &object(), &Value::object([("a", "x".into()), ("b", Value::Null)]));
    let pair = Type::Tuple(vec![Type::Bool, Type::String]);
    same("92 c3 a1 78", &pair, &Value::Tuple(vec![true.into(), "x".into()]));
    let tags = Value::Map(BTreeMap::from([("k".to_owned(), "v".into())]));
    same("81 a1 6b a1 76", &Type::map(Type::String), &tags);
    let long = bytes("dc 00 01 a1 78");
    assert_eq!(decode_msgpack(&long, &Type::list(Type::String)), Ok(Value::List(vec!["x".into()])));
}

#[test]
fn set_elements_are_merged() {
    let ty = Type::set(Type::String);
    assert_eq!(decode("93 a1 62 a1 61 a1 62", &ty), Value::set(vec!["a".into(), "b".into()]));
}

#[test]
fn dynamic_values_carry_their_type() {
    same("92 c4 08 22 73 74 72 69 6e 67 22 a1 78", &Type::Dynamic, &dynamic(Type::String, "x".into()));
    same("92 c4 08 22 73 74 72 69 6e 67 22 c0", &Type::Dynamic, &dynamic(Type::String, Value::Null));
    same("92 c4 08 22 73 74 72 69 6e 67 22 d4 00 00", &Type::Dynamic, &dynamic(Type::String, Value::unknown()));
    let empty = dynamic(Type::Tuple(vec![]), Value::Tuple(vec![]));
    same("92 c4 0c 5b 22 74 75 70 6c 65 22 2c 5b 5d 5d 90", &Type::Dynamic, &empty);
    same("c0", &Type::Dynamic, &Value::Null);
    same("d4 00 00", &Type::Dynamic, &Value::unknown());
}

#[test]
fn dynamic_type_may_be_text_and_a_nested_dynamic_is_flat() {
    assert_eq!(decode("92 a8 22 73 74 72 69 6e 67 22 a1 78", &Type::Dynamic), dynamic(Type::String, "x".into()));
    let nested = "92 c4 09 22 64 79 6e 61 6d 69 63 22 92 c4 06 22 62 6f 6f 6c 22 c3";
    assert_eq!(decode(nested, &Type::Dynamic), dynamic(Type::Bool, true.into()));
    let doubled = dynamic(Type::Dynamic, dynamic(Type::Bool, true.into()));
    assert_eq!(encode_msgpack(&doubled, &Type::Dynamic).unwrap(), bytes("92 c4 06 22 62 6f 6f 6c 22 c3"));
}

#[test]
fn dynamic_value_without_valid_type_is_rejected() {
    for hex in ["a1 78", "91 c0", "93 c4 06 22 62 6f 6f 6c 22 c3 c3", "92 c4 02 22 78 c3", "92 c0 c0"] {
        assert!(decode_msgpack(&bytes(hex), &Type::Dynamic).is_err(), "{hex}");
    }
    assert!(encode_msgpack(&"x".into(), &Type::Dynamic).is_err());
}

#[test]
fn collections_of_dynamic_have_one_element_type() {
    let ty = Type::list(Type::Dynamic);
    let mixed = Value::List(vec![dynamic(Type::String, "x".into()), dynamic(Type::Bool, true.into())]);
    let error = encode_msgpack(&mixed, &ty).unwrap_err();
    assert!(error.to_string().contains("same type"), "{error}");
    assert!(decode_msgpack(&bytes("92 92 a6 22 62 6f 6f 6c 22 c3 92 a8 22 73 74 72 69 6e 67 22 a1 78"), &ty).is_err());
}

#[test]
fn unknown_in_every_header_form() {
    let forms =
        ["d4 00 00", "d4 07 ff", "d4 0c 00", "c7 00 00", "c7 01 05 00", "c8 00 00 00", "c9 00 00 00 00 00", "c7 00 0c"];
    for hex in forms {
        for ty in [Type::String, Type::Dynamic, Type::list(Type::Bool)] {
            assert_eq!(decode(hex, &ty), Value::unknown(), "{hex}");
        }
    }
    // The same refinement in fixext 4, 8, and 16, and in ext 16 and 32, with bytes after the map.
    let not_null = Value::Unknown(Refinements { not_null: true, ..Default::default() });
    let forms = [
        "d6 0c 81 01 c2 00",
        "d7 0c 81 01 c2 00 00 00 00 00",
        "d8 0c 81 01 c2 00 00 00 00 00 00 00 00 00 00 00 00 00",
        "c8 00 03 0c 81 01 c2",
        "c9 00 00 00 03 0c 81 01 c2",
    ];
    for hex in forms {
        assert_eq!(decode(hex, &Type::String), not_null, "{hex}");
    }
    assert_eq!(decode("d5 0c 80 00", &Type::String), Value::unknown());
}

#[test]
fn refinements() {
    let certain = || Refinements { not_null: true, ..Default::default() };
    same("c7 03 0c 81 01 c2", &Type::Bool, &Value::Unknown(certain()));
    let prefix = Refinements { string_prefix: Some("ami-".to_owned()), ..certain() };
    same("c7 09 0c 82 01 c2 02 a4 61 6d 69 2d", &Type::String, &Value::Unknown(prefix));
    let bound = Refinements { number_min: Some((number("1"), true)), ..certain() };
    same("c7 07 0c 82 01 c2 03 92 01 c3", &Type::Number, &Value::Unknown(bound));
    let upper = Refinements { number_max: Some((number("-1"), false)), ..Default::default() };
    same("c7 05 0c 81 04 92 ff c2", &Type::Number, &Value::Unknown(upper));
    let length = Refinements { length_min: Some(1), ..certain() };
    same("c7 05 0c 82 01 c2 05 01", &Type::list(Type::String), &Value::Unknown(length));
    let length = Refinements { length_max: Some(200), ..Default::default() };
    same("d6 0c 81 06 cc c8", &Type::map(Type::String), &Value::Unknown(length));
}

#[test]
fn refinements_of_another_time_are_passed_over() {
    // Key 9 contains a nested map, and key -1 a string.
    let hex = "c7 0d 0c 83 09 81 a1 78 92 01 c7 00 00 ff a0 01 c2";
    let hex = hex.replace("c7 0d", "c7 0f").replace("c7 0f", &format!("c7 {:02x}", bytes(hex).len() - 3));
    assert_eq!(decode(&hex, &Type::String), Value::Unknown(Refinements { not_null: true, ..Default::default() }));
}

#[test]
fn refinements_on_dynamic_are_ignored() {
    assert_eq!(decode("c7 03 0c 81 01 c2", &Type::Dynamic), Value::unknown());
    assert_eq!(decode("c7 08 0c 81 03 92 a2 78 78 01 01", &Type::Dynamic), Value::unknown());
    let refined = Value::Unknown(Refinements { not_null: true, ..Default::default() });
    assert_eq!(encode_msgpack(&refined, &Type::Dynamic).unwrap(), bytes("d4 00 00"));
}

#[test]
fn certainly_null_is_null() {
    assert_eq!(decode("c7 03 0c 81 01 c3", &Type::String), Value::Null);
}

#[test]
fn infinite_bounds_bound_nothing() {
    assert_eq!(decode("c7 0d 0c 81 03 92 cb ff f0 00 00 00 00 00 00 c3", &Type::Number), Value::unknown());
}

#[test]
fn malformed_unknown_values_are_rejected() {
    let string = Type::String;
    let cases = [
        ("d5 00 00 00", &string),
        ("c7 03 0d 81 01 c2", &string),
        ("c7 02 0c c2 c2", &string),
        ("c7 03 0c 81 01 00", &string),
        ("c7 04 0c 81 a1 78 c2", &string),
        ("c7 03 0c 82 01 c2", &string),
        ("c7 05 0c 81 03 92 01 c3", &string),
        ("c7 03 0c 81 05 01", &string),
        ("c7 03 0c 81 02 a0", &Type::Bool),
        ("c7 04 0c 81 02 a1 ff", &string),
        ("c7 04 0c 81 03 91 01", &Type::Number),
        ("c7 08 0c 82 03 92 02 c3 04 92 01 c3", &Type::Number),
        ("c7 0a 0c 82 03 92 02 c3 04 92 01 c3", &Type::Number),
    ];
    for (hex, ty) in cases {
        assert!(decode_msgpack(&bytes(hex), ty).is_err(), "{hex}");
    }
    assert!(decode_msgpack(&bytes("c7 03 0c 81 05 ff"), &Type::list(Type::Bool)).is_err());
    let mut long = bytes("c8 04 01 0c 81 01 c2");
    long.resize(4 + 1025, 0);
    assert!(matches!(decode_msgpack(&long, &string).unwrap_err().kind, CodecErrorKind::Extension(_)));
    let mut longest = bytes("c8 04 00 0c 81 01 c2");
    longest.resize(4 + 1024, 0);
    assert!(decode_msgpack(&longest, &string).is_ok());
}

#[test]
fn long_refinements_are_weakened_not_refused() {
    let prefix = Refinements { string_prefix: Some("é".repeat(400)), ..Default::default() };
    let written = encode_msgpack(&Value::Unknown(prefix), &Type::String).unwrap();
    let Value::Unknown(read) = decode_msgpack(&written, &Type::String).unwrap() else { panic!("not unknown") };
    assert_eq!(read.string_prefix, Some("é".repeat(128)));
    let bound = Refinements { number_min: Some((number(&"9".repeat(2000)), true)), ..Default::default() };
    assert_eq!(encode_msgpack(&Value::Unknown(bound), &Type::Number).unwrap(), bytes("d4 00 00"));
}

#[test]
fn empty_string_prefix_is_omitted() {
    let prefix = Refinements { string_prefix: Some(String::new()), ..Default::default() };
    assert_eq!(encode_msgpack(&Value::Unknown(prefix), &Type::String).unwrap(), bytes("d4 00 00"));
}

#[test]
fn long_collections_are_not_deep() {
    let ty = Type::list(Type::Tuple(vec![Type::Bool]));
    let long = Value::List(vec![Value::Tuple(vec![true.into()]); 70_000]);
    let written = encode_msgpack(&long, &ty).unwrap();
    assert_eq!(written[..6], bytes("dd 00 01 11 70 91"));
    assert_eq!(decode_msgpack(&written, &ty), Ok(long));
    same(&format!("da 01 00 {}", "78".repeat(256)), &Type::String, &"x".repeat(256).into());
}

#[test]
fn strings_are_normalized_and_accept_binary_encoding() {
    assert_eq!(decode("a3 65 cc 81", &Type::String), Value::string("é"));
    assert_eq!(decode("c4 02 61 62", &Type::String), "ab".into());
    let map = decode("81 a3 65 cc 81 c3", &Type::map(Type::Bool));
    assert_eq!(map.member("é"), Some(&Value::Bool(true)));
    let raw = Value::String("e\u{301}".to_owned());
    assert_eq!(encode_msgpack(&raw, &Type::String).unwrap(), bytes("a2 c3 a9"));
    assert_eq!(decode("81 c4 03 65 cc 81 c3", &Type::object([("é", Type::Bool)])).member("é"), Some(&true.into()));
    assert_eq!(refused("a1 ff", &Type::String), CodecErrorKind::Utf8);
}

#[test]
fn objects_and_tuples_are_complete() {
    let error = decode_msgpack(&bytes("81 a1 61 a1 78"), &object()).unwrap_err();
    assert_eq!(error.to_string(), "b: the attribute is missing");
    let error = decode_msgpack(&bytes("83 a1 61 c0 a1 62 c0 a1 63 c0"), &object()).unwrap_err();
    assert_eq!(error.to_string(), "c: the attribute is not declared");
    let error = decode_msgpack(&bytes("82 a1 61 c0 a1 61 c0"), &object()).unwrap_err();
    assert_eq!(error.to_string(), "a: appears twice");
    assert!(encode_msgpack(&Value::object([("a", Value::Null)]), &object()).is_err());
    assert!(decode_msgpack(&bytes("91 c3"), &Type::Tuple(vec![Type::Bool, Type::Bool])).is_err());
}

#[test]
fn errors_name_the_place() {
    let ty = Type::object([("taint", Type::list(Type::map(Type::Bool)))]);
    let error = decode_msgpack(&bytes("81 a5 74 61 69 6e 74 91 81 a1 6b a1 78"), &ty).unwrap_err();
    assert_eq!(error.to_string(), "taint[0][\"k\"]: expected a bool, got a string");
}

#[test]
fn no_bytes_are_null() {
    assert_eq!(decode_msgpack(&[], &object()), Ok(Value::Null));
}

#[test]
fn lengths_exceeding_input_are_rejected() {
    let list = Type::list(Type::list(Type::String));
    for hex in ["dd ff ff ff ff", "dc ff ff c0", "dd 7f ff ff ff dd 7f ff ff ff"] {
        assert_eq!(refused(hex, &list), CodecErrorKind::Truncated, "{hex}");
    }
    assert_eq!(refused("df ff ff ff ff", &Type::map(Type::String)), CodecErrorKind::Truncated);
    assert_eq!(refused("db ff ff ff ff 61", &Type::String), CodecErrorKind::Truncated);
    assert_eq!(refused("c6 ff ff ff ff 61", &Type::String), CodecErrorKind::Truncated);
    assert_eq!(refused("c9 ff ff ff ff 0c", &Type::String), CodecErrorKind::Truncated);
    assert_eq!(refused("c3 c3", &Type::Bool), CodecErrorKind::Trailing(1));
}

#[test]
fn deeply_nested_dynamic_values_are_rejected() {
    // A list of one dynamic value, nested repeatedly in itself.
    let level = bytes("92 b2 5b 22 6c 69 73 74 22 2c 22 64 79 6e 61 6d 69 63 22 5d 91");
    let mut deep: Vec<u8> = level.repeat(MAX_DEPTH);
    deep.push(0xc0);
    assert_eq!(decode_msgpack(&deep, &Type::Dynamic).unwrap_err().kind, CodecErrorKind::TooDeep);
    let mut nested = bytes("92 a9 22 64 79 6e 61 6d 69 63 22").repeat(100_000);
    nested.push(0xc0);
    assert_eq!(decode_msgpack(&nested, &Type::Dynamic).unwrap_err().kind, CodecErrorKind::TooDeep);
}

#[test]
fn errors_never_quote_values() {
    let ty = Type::object([("token", Type::Number)]);
    let error = decode_msgpack(&bytes("81 a5 74 6f 6b 65 6e a6 73 65 63 72 65 74"), &ty).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}
