//! Types and values of any shape, in the form that decoding returns.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::Union;

use framework::normalization::nfc;
use framework::number::Number;
use framework::types::Type;
use framework::value::{Refinements, Value};

/// A type with a few levels.
pub(super) fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            btree_map(names(), inner.clone(), 0..4).prop_map(Type::Object),
            vec(inner, 0..4).prop_map(Type::Tuple),
        ]
    })
}

/// A type and a value of it, including unknown values unless `known` is set. With a `dynamic` in a collection, the
/// elements can have different types.
pub(super) fn typed_values(known: bool) -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(move |ty| (Just(ty.clone()), values(&ty, 3, known)))
}

fn values(ty: &Type, dynamics: u32, known: bool) -> BoxedStrategy<Value> {
    let mut choices = vec![(1, Just(Value::Null).boxed()), (6, known_values(ty, dynamics, known))];
    if !known {
        choices.push((1, Just(Value::unknown()).boxed()));
        choices.push((1, refinements(ty).prop_map(Value::Unknown).boxed()));
    }
    Union::new_weighted(choices).boxed()
}

fn known_values(ty: &Type, dynamics: u32, known: bool) -> BoxedStrategy<Value> {
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => numbers().prop_map(Value::Number).boxed(),
        Type::String => texts().prop_map(Value::String).boxed(),
        Type::Dynamic if dynamics == 0 => Just(Value::Null).boxed(),
        Type::Dynamic => types()
            .prop_filter("a dynamic in a dynamic is flat", |ty| *ty != Type::Dynamic)
            .prop_flat_map(move |ty| (Just(ty.clone()), values(&ty, dynamics - 1, known)))
            .prop_map(|pair| Value::Dynamic(Box::new(pair)))
            .boxed(),
        Type::List(element) => elements(element, dynamics, known).prop_map(Value::List).boxed(),
        Type::Set(element) => elements(element, dynamics, known).prop_map(Value::set).boxed(),
        Type::Map(element) => (vec(texts(), 4), elements(element, dynamics, known))
            .prop_map(|(keys, elements)| Value::Map(keys.into_iter().zip(elements).collect()))
            .boxed(),
        Type::Tuple(types) => {
            types.iter().map(|ty| values(ty, dynamics, known)).collect::<Vec<_>>().prop_map(Value::Tuple).boxed()
        }
        Type::Object(attributes) => {
            let names: Vec<String> = attributes.keys().cloned().collect();
            let members: Vec<_> = attributes.values().map(|ty| values(ty, dynamics, known)).collect();
            members.prop_map(move |members| Value::object(names.iter().cloned().zip(members))).boxed()
        }
    }
}

/// Elements of a collection. With a `dynamic` in the type, mostly one repeated element.
fn elements(ty: &Type, dynamics: u32, known: bool) -> BoxedStrategy<Vec<Value>> {
    let different = vec(values(ty, dynamics, known), 0..4);
    if !ty.has_dynamic() {
        return different.boxed();
    }
    let repeated = (values(ty, dynamics, known), 0..4_usize).prop_map(|(value, count)| vec![value; count]);
    prop_oneof![3 => repeated, 1 => different].boxed()
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-z][a-z0-9_]{0,8}", 1 => texts()]
}

fn texts() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| nfc(&text).into_owned())
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-200_i64..200).prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        (-1000_i32..1000).prop_filter_map("finite", |n| Number::from_f64(f64::from(n) / 64.0)),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?".prop_filter_map("a number", |text| text.parse().ok()),
    ]
}

fn refinements(ty: &Type) -> BoxedStrategy<Refinements> {
    let plain = any::<bool>().prop_map(|not_null| Refinements { not_null, ..Default::default() });
    match ty {
        Type::Dynamic => Just(Refinements::default()).boxed(),
        Type::String => (plain, option::of("[a-zé]{1,20}"))
            .prop_map(|(plain, string_prefix)| Refinements { string_prefix, ..plain })
            .boxed(),
        Type::Number => (plain, option::of((numbers_of_bounds(), any::<bool>())), option::of(any::<bool>()))
            .prop_map(|(plain, number_min, inclusive)| {
                let above = number_min.as_ref().map_or(Number::from(7_i64), |(min, _)| min.clone());
                Refinements { number_max: inclusive.map(|inclusive| (above, inclusive)), number_min, ..plain }
            })
            .boxed(),
        Type::List(_) | Type::Set(_) | Type::Map(_) => (plain, option::of(0..300_u64), option::of(300..70_000_u64))
            .prop_map(|(plain, length_min, length_max)| Refinements { length_min, length_max, ..plain })
            .boxed(),
        Type::Bool | Type::Object(_) | Type::Tuple(_) => plain.boxed(),
    }
}

/// Short enough that the encoder keeps them.
fn numbers_of_bounds() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        "-?[0-9]{1,20}\\.[0-9]{1,20}".prop_filter_map("a number", |text| text.parse().ok())
    ]
}

/// Random bytes, which are mostly not a valid encoding.
pub(super) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..200)
}

/// Positions in an encoding, with the new byte at each of them.
pub(super) fn mutations() -> impl Strategy<Value = BTreeMap<usize, u8>> {
    btree_map(0..400_usize, any::<u8>(), 1..6)
}
