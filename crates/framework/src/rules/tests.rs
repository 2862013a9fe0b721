use rstest::rstest;

use super::*;
use crate::schema::{Attribute, Block, NestedBlock, NestedObject, Nesting, Presence, Shape};
use crate::types::Type;
use crate::value::Refinements;

fn attribute(name: &str, presence: Presence) -> Attribute {
    Attribute::new(name, Shape::Type(Type::String), presence)
}

fn block() -> Block {
    let mut secret = attribute("secret", Presence::Optional);
    secret.write_only = true;
    let inside = Block { attributes: vec![attribute("key", Presence::Optional)], ..Block::default() };
    let item = NestedBlock::new("item", Nesting::List, inside);
    Block {
        attributes: vec![
            attribute("plain", Presence::Optional),
            attribute("either", Presence::OptionalComputed),
            attribute("made", Presence::Computed),
            secret,
        ],
        blocks: vec![item],
        ..Block::default()
    }
}

fn object(members: &[(&str, Value)]) -> Value {
    let Value::Object(mut all) = block().empty() else { unreachable!("a block is an object") };
    all.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Value::Object(all)
}

fn item(keys: &[&str]) -> Value {
    Value::List(keys.iter().map(|key| Value::object([("key", Value::from(*key))])).collect())
}

fn text(value: &str) -> Value {
    value.into()
}

#[rstest]
#[case::configured_value_is_planned("plain", text("a"), Value::Null, text("a"), true)]
#[case::configured_value_is_changed("plain", text("a"), Value::Null, text("A"), false)]
#[case::prior_stands_for_an_equivalent_value("plain", text("a"), text("A"), text("A"), true)]
#[case::prior_stays_when_removed("plain", Value::Null, text("A"), text("A"), false)]
#[case::unconfigured_is_invented("plain", Value::Null, Value::Null, text("x"), false)]
#[case::unknown_stays_unknown("plain", Value::unknown(), Value::Null, Value::unknown(), true)]
#[case::unknown_is_resolved("plain", Value::unknown(), Value::Null, text("x"), false)]
#[case::default_fills_null("either", Value::Null, Value::Null, text("x"), true)]
#[case::default_hides_configured("either", text("a"), Value::Null, text("x"), false)]
#[case::computed_is_free("made", Value::Null, text("a"), Value::unknown(), true)]
#[case::write_only_leaks("secret", text("s"), Value::Null, text("s"), false)]
#[case::block_unchanged("item", item(&["a"]), item(&[]), item(&["a"]), true)]
#[case::block_added("item", item(&["a"]), item(&[]), item(&["a", "b"]), false)]
#[case::block_changed("item", item(&["a"]), item(&[]), item(&["b"]), false)]
#[case::block_unknown_kept("item", Value::unknown(), item(&[]), Value::unknown(), true)]
#[case::block_unknown_decided("item", Value::unknown(), item(&[]), item(&["b"]), false)]
fn planned_value(
    #[case] name: &str,
    #[case] config: Value,
    #[case] prior: Value,
    #[case] plan: Value,
    #[case] allowed: bool,
) {
    let of = |value: Value| object(&[(name, value)]);
    let breaches = planned(&block(), &of(config), &of(prior), &of(plan));
    assert_eq!(breaches.is_empty(), allowed, "{breaches:?}");
}

fn prefixed() -> Value {
    Value::Unknown(Refinements { not_null: true, string_prefix: Some("ami-".to_owned()), ..Refinements::default() })
}

#[rstest]
#[case::known_is_kept("plain", text("a"), text("a"), true)]
#[case::known_is_changed("plain", text("a"), text("A"), false)]
#[case::null_is_filled("made", Value::Null, text("a"), false)]
#[case::unknown_is_filled("made", Value::unknown(), text("a"), true)]
#[case::unknown_becomes_null("made", Value::unknown(), Value::Null, true)]
#[case::unknown_is_left("made", Value::unknown(), Value::unknown(), false)]
#[case::promise_is_kept("made", prefixed(), text("ami-1"), true)]
#[case::promise_is_broken("made", prefixed(), text("x"), false)]
#[case::promise_of_presence_is_broken("made", prefixed(), Value::Null, false)]
#[case::write_only_leaks("secret", Value::Null, text("s"), false)]
#[case::block_vanished("item", item(&["a"]), item(&[]), false)]
fn applied_value(#[case] name: &str, #[case] plan: Value, #[case] actual: Value, #[case] allowed: bool) {
    let breaches = applied(&block(), &object(&[(name, plan)]), &object(&[(name, actual)]));
    assert_eq!(breaches.is_empty(), allowed, "{breaches:?}");
}

#[test]
fn applied_set_may_shrink_but_not_grow() {
    let set = |elements: &[Value]| Value::object([("s", Value::set(elements.to_vec()))]);
    let nothing = Block::default();
    assert!(applied(&nothing, &set(&[Value::unknown(), text("a")]), &set(&[text("a")])).is_empty());
    assert!(!applied(&nothing, &set(&[text("a")]), &set(&[text("a"), text("b")])).is_empty());
    assert!(!applied(&nothing, &set(&[text("a")]), &set(&[text("b")])).is_empty());
}

#[test]
fn report_names_the_attribute() {
    let report = report("x_y", "plan", vec![RuleViolation::new(&Path::attribute("plain"), "rule")]);
    let message = report.iter().next().expect("a message");
    assert_eq!(message.path, Some(Path::attribute("plain")));
    assert!(message.detail.contains("plain: rule. This is a bug in the provider"));
}

#[test]
fn secrets_are_dropped_and_found_at_every_depth() {
    let secret = || Attribute { write_only: true, ..attribute("secret", Presence::Optional) };
    let inside = || Block { attributes: vec![secret()], ..Block::default() };
    let nested = NestedObject { attributes: vec![secret()], nesting: Nesting::Map };
    let outer = Attribute::new("outer", Shape::Nested(nested), Presence::Optional);
    let any = Attribute::new("any", Shape::Type(Type::Dynamic), Presence::Optional);
    let carried = Block { attributes: vec![secret(), any], ..Block::default() };
    let block = Block {
        attributes: vec![outer],
        blocks: vec![
            NestedBlock::new("list", Nesting::List, inside()),
            NestedBlock::new("tuple", Nesting::List, carried.clone()),
            NestedBlock::new("object", Nesting::Map, carried),
        ],
        ..Block::default()
    };
    let state = |secret: Value| {
        let object = Value::object([("secret", secret.clone())]);
        let with_any = Value::object([("secret", secret), ("any", text("x"))]);
        let ty = Type::object([("secret", Type::String), ("any", Type::String)]);
        let tuple = (Type::Tuple(vec![ty.clone()]), Value::Tuple(vec![with_any.clone()]));
        let by_key = (Type::object([("k", ty)]), Value::object([("k", with_any)]));
        Value::object([
            ("outer", Value::Map([("k".to_owned(), object.clone())].into())),
            ("list", Value::List(vec![object])),
            ("tuple", Value::Dynamic(Box::new(tuple))),
            ("object", Value::Dynamic(Box::new(by_key))),
        ])
    };
    assert_eq!(storable(&block, &state(text("s"))), state(Value::Null));
    let found: Vec<_> =
        applied(&block, &state(Value::Null), &state(text("s"))).iter().map(|breach| breach.path.to_string()).collect();
    assert_eq!(found, ["outer[\"k\"].secret", "list[0].secret", "tuple[0].secret", "object[\"k\"].secret"]);
}

#[rstest]
#[case::same_number(&["a", "b"], &["a", "c"], true)]
#[case::fewer(&["a", "b"], &["a"], false)]
#[case::more(&["a"], &["a", "b"], false)]
#[case::none(&["a"], &[], false)]
#[case::fewer_where_one_is_unknown(&["a", "?"], &["a"], true)]
#[case::none_where_one_is_unknown(&["a", "?"], &[], false)]
fn planned_set_has_as_many_elements_as_configured(
    #[case] config: &[&str],
    #[case] plan: &[&str],
    #[case] allowed: bool,
) {
    let nested = NestedObject { attributes: vec![attribute("key", Presence::Required)], nesting: Nesting::Set };
    let set = Attribute::new("set", Shape::Nested(nested), Presence::Optional);
    let block = Block { attributes: vec![set], ..Block::default() };
    let key = |key: &&str| if *key == "?" { Value::unknown() } else { text(key) };
    let of = |keys: &[&str]| {
        let elements = keys.iter().map(|each| Value::object([("key", key(each))])).collect();
        Value::object([("set", Value::set(elements))])
    };
    let breaches = planned(&block, &of(config), &Value::Null, &of(plan));
    assert_eq!(breaches.is_empty(), allowed, "{breaches:?}");
}
