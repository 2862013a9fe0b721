//! Values as written by go-cty, the library with which Terraform and OpenTofu encode and decode. The program in
//! `tools/cty-vectors` generates the file.

use serde_json::Value as Json;

use super::super::{Leniency, decode_msgpack, encode_json, encode_msgpack, value_from_json};
use framework::types::Type;

const VECTORS: &str = include_str!("../../../../../tests/fixtures/cty_vectors.json");

struct Vector {
    ty: Type,
    msgpack: Vec<u8>,
    json: Option<Json>,
    sets: bool,
}

fn vectors() -> Vec<Vector> {
    let document: Vec<Json> = serde_json::from_str(VECTORS).unwrap();
    let read = |vector: &Json| {
        let hex = vector["msgpack"].as_str().unwrap();
        let byte = |start: usize| u8::from_str_radix(&hex[start..start + 2], 16).unwrap();
        Vector {
            ty: Type::from_json(&vector["type"]).unwrap(),
            msgpack: (0..hex.len()).step_by(2).map(byte).collect(),
            json: vector.get("json").cloned(),
            sets: vector.get("sets").is_some(),
        }
    };
    document.iter().map(read).collect()
}

#[test]
fn msgpack_is_read_and_written_as_go_cty_does() {
    let vectors = vectors();
    assert!(vectors.len() > 400);
    for Vector { ty, msgpack, sets, .. } in vectors {
        let value = decode_msgpack(&msgpack, &ty).unwrap_or_else(|error| panic!("{ty:?} {msgpack:02x?}: {error}"));
        let written = encode_msgpack(&value, &ty).unwrap();
        if sets {
            // The order of a set depends on the library.
            assert_eq!(decode_msgpack(&written, &ty).unwrap(), value);
            assert_eq!(written.len(), msgpack.len(), "{value:?}");
        } else {
            assert_eq!(written, msgpack, "{value:?}");
        }
    }
}

#[test]
fn json_is_read_and_written_as_go_cty_does() {
    let mut compared = 0;
    for Vector { ty, msgpack, json, sets } in vectors() {
        let Some(json) = json else { continue };
        let value = decode_msgpack(&msgpack, &ty).unwrap();
        for leniency in [Leniency::Strict, Leniency::Stored] {
            assert_eq!(value_from_json(&json, &ty, leniency).unwrap(), value, "{json}");
        }
        if !sets {
            assert_eq!(encode_json(&value, &ty).unwrap(), json);
        }
        compared += 1;
    }
    assert!(compared > 100, "only {compared}");
}
