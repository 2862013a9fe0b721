//! The JSON rules, one by one.

use serde_json::json;

use super::super::{CodecErrorKind, Leniency, decode_json, encode_json, value_from_json};
use super::{dynamic, number};
use framework::types::Type;
use framework::value::Value;

fn stored(text: &str, ty: &Type) -> Value {
    decode_json(text.as_bytes(), ty, Leniency::Stored).unwrap()
}

fn strict_error(text: &str, ty: &Type) -> String {
    decode_json(text.as_bytes(), ty, Leniency::Strict).unwrap_err().to_string()
}

#[test]
fn stored_primitives_are_taken_for_one_another() {
    assert_eq!(stored("\"1.5\"", &Type::Number), Value::Number(number("1.5")));
    assert_eq!(stored("1.50", &Type::String), "1.50".into());
    assert_eq!(stored("true", &Type::String), "true".into());
    assert_eq!(stored("\"true\"", &Type::Bool), true.into());
    assert_eq!(stored("\"0\"", &Type::Bool), false.into());
    assert_eq!(stored("\"1\"", &Type::Bool), true.into());
    assert_eq!(stored("\"false\"", &Type::Bool), false.into());
    for (text, ty) in [("\"yes\"", Type::Bool), ("1", Type::Bool), ("true", Type::Number), ("\"x\"", Type::Number)] {
        assert!(decode_json(text.as_bytes(), &ty, Leniency::Stored).is_err(), "{text}");
    }
}

#[test]
fn strict_primitives_are_not() {
    for (text, ty) in [("\"1\"", Type::Number), ("1", Type::String), ("true", Type::String), ("\"true\"", Type::Bool)] {
        assert!(decode_json(text.as_bytes(), &ty, Leniency::Strict).is_err(), "{text}");
    }
}

#[test]
fn numbers_keep_every_digit() {
    for text in ["0.1000000000000000001", "123456789012345678901234567890", "-0.30000000000000004"] {
        let value = stored(text, &Type::Number);
        assert_eq!(value, Value::Number(number(text)));
        assert_eq!(encode_json(&value, &Type::Number).unwrap().to_string(), text);
    }
}

#[test]
fn stored_objects_may_be_of_another_version() {
    let ty = Type::object([("kept", Type::String), ("added", Type::list(Type::String))]);
    let text = "{ \"kept\": \"x\", \"removed\": {\"a\": [1]} }";
    assert_eq!(stored(text, &ty), Value::object([("kept", "x".into()), ("added", Value::Null)]));
    assert_eq!(strict_error(text, &ty), "removed: the attribute is not declared");
    assert_eq!(strict_error("{\"kept\": null}", &ty), "added: the attribute is missing");
}

#[test]
fn nested_values_and_places() {
    let ty = Type::object([("taint", Type::set(Type::object([("key", Type::String)])))]);
    let value = stored("{\"taint\": [{\"key\": \"b\"}, {\"key\": \"a\"}, {\"key\": \"b\"}]}", &ty);
    let element = |key: &str| Value::object([("key", key.into())]);
    assert_eq!(value, Value::object([("taint", Value::set(vec![element("a"), element("b")]))]));
    let ty = Type::map(Type::Tuple(vec![Type::Bool]));
    assert_eq!(strict_error("{\"k\": [\"x\"]}", &ty), "[\"k\"][0]: expected a bool, got a string");
}

#[test]
fn dynamic_values_carry_their_type() {
    let text = "{\"value\": [\"x\"], \"type\": [\"list\", \"string\"]}";
    let value = dynamic(Type::list(Type::String), Value::List(vec!["x".into()]));
    assert_eq!(decode_json(text.as_bytes(), &Type::Dynamic, Leniency::Strict).unwrap(), value);
    let written = encode_json(&value, &Type::Dynamic).unwrap();
    assert_eq!(written, json!({"type": ["list", "string"], "value": ["x"]}));
    assert_eq!(stored("null", &Type::Dynamic), Value::Null);
    for text in ["{\"value\": 1}", "{\"type\": \"bool\"}", "1", "{\"type\":\"what\",\"value\":1}"] {
        assert!(decode_json(text.as_bytes(), &Type::Dynamic, Leniency::Stored).is_err(), "{text}");
    }
}

#[test]
fn collections_of_dynamic_have_one_element_type() {
    let text = "[{\"type\": \"bool\", \"value\": true}, {\"type\": \"string\", \"value\": \"x\"}]";
    for ty in [Type::list(Type::Dynamic), Type::set(Type::Dynamic)] {
        assert!(strict_error(text, &ty).contains("same type"));
    }
    let text = text.replace("[{", "{\"a\": {").replace("}, {", "}, \"b\": {").replace(']', "}");
    assert!(strict_error(&text, &Type::map(Type::Dynamic)).contains("same type"));
}

#[test]
fn unknown_cannot_be_written() {
    let ty = Type::object([("a", Type::list(Type::String))]);
    let value = Value::object([("a", Value::List(vec![Value::unknown()]))]);
    let error = encode_json(&value, &ty).unwrap_err();
    assert_eq!((error.path.to_string().as_str(), error.kind), ("a[0]", CodecErrorKind::Unknown));
}

#[test]
fn malformed_json_is_rejected() {
    for text in ["{", "1 2", "nul", "\"\\ud800\""] {
        assert!(decode_json(text.as_bytes(), &Type::String, Leniency::Stored).is_err(), "{text}");
    }
    assert_eq!(decode_json(b"", &Type::String, Leniency::Stored), Ok(Value::Null));
    assert!(!strict_error("\"secret\" \"secret\"", &Type::String).contains("secret"));
}

#[test]
fn strings_are_normalized() {
    assert_eq!(stored("{\"e\u{301}\": \"e\u{301}\"}", &Type::map(Type::String)).member("é"), Some(&"é".into()));
}

#[test]
fn deeply_nested_documents_are_rejected() {
    let deep = (0..1000).fold(json!(null), |inner, _| json!({"type": "dynamic", "value": inner}));
    let error = value_from_json(&deep, &Type::Dynamic, Leniency::Stored).unwrap_err();
    assert_eq!(error.kind, CodecErrorKind::TooDeep);
}
