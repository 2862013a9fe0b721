//! Properties of every type, every value, and every sequence of bytes.

use proptest::prelude::*;

use super::super::{Leniency, decode_json, decode_msgpack, encode_json, encode_msgpack};
use super::strategies::{bytes, mutations, typed_values, types};
use framework::type_check::conforms;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..Default::default() })]

    #[test]
    fn msgpack_round_trips((ty, value) in typed_values(false)) {
        match conforms(&value, &ty) {
            Ok(()) => {
                let written = encode_msgpack(&value, &ty).unwrap();
                prop_assert_eq!(decode_msgpack(&written, &ty).unwrap(), value);
            }
            // Elements of different types, which are only possible with a `dynamic`.
            Err(misfit) => {
                prop_assert!(ty.has_dynamic(), "{}", misfit);
                prop_assert!(encode_msgpack(&value, &ty).is_err());
            }
        }
    }

    #[test]
    fn json_round_trips((ty, value) in typed_values(true)) {
        prop_assume!(conforms(&value, &ty).is_ok());
        let written = encode_json(&value, &ty).unwrap().to_string();
        prop_assert_eq!(&decode_json(written.as_bytes(), &ty, Leniency::Strict).unwrap(), &value);
        prop_assert_eq!(&decode_json(written.as_bytes(), &ty, Leniency::Stored).unwrap(), &value);
    }

    #[test]
    fn unknown_values_are_never_written_as_json((ty, value) in typed_values(false)) {
        prop_assume!(!value.is_wholly_known());
        prop_assert!(encode_json(&value, &ty).is_err());
    }

    #[test]
    fn arbitrary_bytes_give_a_value_of_the_type_or_an_error(ty in types(), bytes in bytes()) {
        if let Ok(value) = decode_msgpack(&bytes, &ty) {
            prop_assert_eq!(conforms(&value, &ty), Ok(()));
        }
        for leniency in [Leniency::Strict, Leniency::Stored] {
            if let Ok(value) = decode_json(&bytes, &ty, leniency) {
                prop_assert_eq!(conforms(&value, &ty), Ok(()));
            }
        }
    }

    #[test]
    fn broken_encodings_give_a_value_of_the_type_or_an_error(
        (ty, value) in typed_values(false),
        mutations in mutations(),
    ) {
        prop_assume!(conforms(&value, &ty).is_ok());
        let mut written = encode_msgpack(&value, &ty).unwrap();
        for (place, byte) in mutations {
            let length = written.len();
            written[place % length] = byte;
        }
        if let Ok(read) = decode_msgpack(&written, &ty) {
            let canonical = encode_msgpack(&read, &ty).unwrap();
            prop_assert_eq!(encode_msgpack(&decode_msgpack(&canonical, &ty).unwrap(), &ty).unwrap(), canonical);
        }
    }
}
