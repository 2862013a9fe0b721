//! The derive macro on a struct that uses all of its features.

use std::collections::BTreeMap;

use super::*;
use crate::blocks::{GroupBlock, ListBlock, MapBlock, SetBlock, SingleBlock};
use crate::schema::{Presence, Replace};
use crate::validators;

/// One taint.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct Taint {
    /// The key.
    #[attribute(required, validate = [validators::length_between(1..=63)])]
    key: Attr<String>,
    /// Where it stands.
    #[attribute(optional, computed, default = 7)]
    rank: Attr<i64>,
}

/// A block with something of every type inside.
#[derive(Debug, Clone, PartialEq, Default, Model)]
struct Anything {
    /// Any value.
    #[attribute(optional)]
    any: Attr<Value>,
}

/// The first paragraph.
///
/// - a list, *as written*
///   and continued
#[derive(Debug, Clone, PartialEq, Default, Model)]
#[model(deprecated = "there is a better one")]
struct Everything {
    /// A name with `r#` in the struct.
    #[attribute(required, replace, validate = [validators::length_between(1..=100), validators::one_of(&["a", "b"])])]
    r#type: Attr<String>,
    /// Another name than the field's.
    #[attribute(optional, computed, stable, sensitive, deprecated = "use type", name = "kind", default = "DEFAULT",
        replace = if_configured, equivalent = ignores_case)]
    sort: Attr<String>,
    /// Never stored.
    #[attribute(optional, write_only)]
    secret: Attr<String>,
    /// Given by the API.
    #[attribute(computed, changes_with = ["type", "names"], settled = Value::is_zero)]
    arn: Attr<String>,
    /// A number of any size.
    #[attribute(optional)]
    number: Attr<Number>,
    /// A flag.
    #[attribute(optional, computed, default = true)]
    flag: Attr<bool>,
    /// Texts in order.
    #[attribute(optional, inert, unset_if_zero)]
    names: List<String>,
    /// Whole numbers, each once.
    #[attribute(optional)]
    ports: Set<i64>,
    /// Texts by key.
    #[attribute(optional)]
    labels: Map<String>,
    /// Lists by key.
    #[attribute(optional)]
    groups: Map<Vec<Attr<String>>>,
    /// A nested object.
    #[attribute(optional)]
    one: Attr<Taint>,
    /// Nested objects in order.
    #[attribute(optional)]
    listed: List<Taint>,
    /// Nested objects, each once.
    #[attribute(optional)]
    distinct: Set<Taint>,
    /// Nested objects by key.
    #[attribute(optional)]
    keyed: Map<Taint>,
    /// Objects that may be written as blocks.
    #[attribute(optional, computed, as_blocks)]
    written: List<Taint>,
    /// Blocks in order.
    #[block(min = 1, max = 3, replace, equivalent = ignores_case, validate = [validators::size_between(1..=3)], name = "scaling")]
    scaling_config: ListBlock<Taint>,
    /// Blocks, each once.
    #[block]
    taint: SetBlock<Taint>,
    /// Blocks by key.
    #[block()]
    by_key: MapBlock<Taint>,
    /// One block or none.
    #[block(max = 1)]
    single: SingleBlock<Taint>,
    /// Always one block.
    #[block]
    group: GroupBlock<Taint>,
    /// Blocks that hold any value.
    #[block]
    anything: ListBlock<Anything>,
    /// Blocks that hold any value, by key.
    #[block]
    anything_by_key: MapBlock<Anything>,
}

fn ignores_case(configured: &Value, stored: &Value) -> bool {
    match (configured.as_str(), stored.as_str()) {
        (Some(configured), Some(stored)) => configured.eq_ignore_ascii_case(stored),
        _ => configured == stored,
    }
}

fn attribute(name: &str) -> crate::schema::Attribute {
    Everything::block().attribute(name).cloned().expect("the attribute is declared")
}

fn must(validators: &[validators::Validator]) -> Vec<&str> {
    validators.iter().map(validators::Validator::must).collect()
}

#[test]
fn struct_says_description_and_deprecation() {
    let block = Everything::block();
    assert_eq!(block.description, "The first paragraph.\n\n- a list, *as written*\n  and continued");
    assert_eq!(block.deprecation.as_deref(), Some("there is a better one"));
    assert_eq!(Taint::block().deprecation, None);
}

#[test]
fn members_keep_their_order_and_names() {
    let block = Everything::block();
    let attributes: Vec<_> = block.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    let first = ["type", "kind", "secret", "arn", "number", "flag", "names", "ports", "labels", "groups"];
    assert_eq!(attributes[..10], first);
    assert_eq!(attributes[10..], ["one", "listed", "distinct", "keyed", "written"]);
    let blocks: Vec<_> = block.blocks.iter().map(|block| block.name.as_str()).collect();
    assert_eq!(blocks, ["scaling", "taint", "by_key", "single", "group", "anything", "anything_by_key"]);
}

#[test]
fn attribute_carries_everything_that_is_written() {
    let kind = attribute("kind");
    assert_eq!(kind.presence, Presence::OptionalComputed);
    assert_eq!(kind.description, "Another name than the field's.");
    assert_eq!(kind.deprecation.as_deref(), Some("use type"));
    assert_eq!((kind.sensitive, kind.stable, kind.write_only), (true, true, false));
    assert_eq!(kind.default, Some("DEFAULT".into()));
    assert_eq!(kind.replace, Replace::IfConfigured);
    let equivalence = kind.equivalence.expect("the equivalence");
    assert!(equivalence(&"a".into(), &"A".into()) && !equivalence(&"a".into(), &"b".into()));
    let ty = attribute("type");
    assert_eq!((ty.presence, ty.replace), (Presence::Required, Replace::Always));
    assert_eq!(must(&ty.validators), ["be between 1 and 100 characters", "be one of `a`, `b`"]);
    let secret = attribute("secret");
    assert_eq!((secret.presence, secret.write_only, secret.sensitive), (Presence::Optional, true, false));
    assert_eq!(attribute("arn").presence, Presence::Computed);
    assert_eq!((attribute("arn").stable, attribute("arn").replace), (false, Replace::Never));
    assert_eq!(attribute("flag").default, Some(true.into()));
    assert_eq!(attribute("arn").changes_with, ["type", "names"]);
    assert!(attribute("arn").settled.is_some_and(|settled| settled(&"".into()) && !settled(&"a".into())));
    let names = attribute("names");
    assert_eq!((names.inert, names.unset_if_zero, names.is_computed()), (true, true, true));
}

#[test]
fn attribute_shape_follows_the_field_type() {
    for (name, expected) in [
        ("type", Type::String),
        ("number", Type::Number),
        ("flag", Type::Bool),
        ("names", Type::list(Type::String)),
        ("ports", Type::set(Type::Number)),
        ("groups", Type::map(Type::list(Type::String))),
    ] {
        assert!(matches!(attribute(name).shape, Shape::Type(ty) if ty == expected), "{name}");
    }
    for (name, expected) in
        [("one", Nesting::Single), ("listed", Nesting::List), ("distinct", Nesting::Set), ("keyed", Nesting::Map)]
    {
        let Shape::Nested(nested) = attribute(name).shape else { panic!("{name} is not nested") };
        assert_eq!(nested.nesting, expected, "{name}");
        let ranks = nested.attributes.iter().filter(|attribute| attribute.default == Some(7.into()));
        assert_eq!((nested.attributes.len(), ranks.count()), (2, 1), "{name}");
    }
    let object = Type::object([("key", Type::String), ("rank", Type::Number)]);
    assert!(matches!(attribute("written").shape, Shape::Type(ty) if ty == Type::list(object)));
}

#[test]
fn block_carries_everything_that_is_written() {
    let everything = Everything::block();
    let scaling = everything.nested("scaling").expect("the block");
    assert_eq!((scaling.min_items, scaling.max_items, scaling.replace), (1, 3, Replace::Always));
    assert_eq!(scaling.block.description, "Blocks in order.");
    assert_eq!(must(&scaling.validators), ["contain between 1 and 3 elements"]);
    assert!(scaling.equivalence.is_some() && scaling.block.attribute("rank").is_some());
    let nestings: Vec<_> = everything.blocks.iter().map(|block| block.nesting).collect();
    let expected = [Nesting::List, Nesting::Set, Nesting::Map, Nesting::Single, Nesting::Group];
    assert_eq!(nestings[..5], expected);
    let taint = everything.nested("taint").expect("the block");
    assert_eq!((taint.min_items, taint.max_items, taint.replace), (0, 0, Replace::Never));
}

#[test]
fn empty_block_decodes_to_the_default() {
    let empty = Everything::block().empty();
    let model = Everything::from_value(&empty, &Path::root()).expect("the empty block has the schema's shape");
    assert_eq!(model, Everything::default());
    assert_eq!(model.to_value(), empty);
}

#[test]
fn single_block_of_a_dynamic_block_is_not_certain() {
    let taint = |key: Attr<String>, rank: Attr<i64>| SingleBlock::of(Taint { key, rank });
    assert!(SingleBlock::<Taint>::default().certain().is_none() && SingleBlock::<Taint>::Unknown.certain().is_none());
    // An unknown collection makes all values in the content unknown.
    assert!(taint(Attr::Unknown, Attr::Null).certain().is_none());
    assert!(taint(Attr::Unknown, Attr::Known(1)).certain().is_some());
    assert!(taint(Attr::Null, Attr::Null).certain().is_some());
}

#[test]
fn wrong_shape_is_an_error_at_its_path() {
    let wrong = |name: &str, value: Value| {
        let Value::Object(mut members) = Everything::block().empty() else { panic!("a block is an object") };
        members.insert(name.to_owned(), value);
        Everything::from_value(&Value::Object(members), &Path::root()).expect_err(name).to_string()
    };
    assert_eq!(wrong("type", true.into()), "type: expected a string, got a bool");
    assert_eq!(wrong("listed", Value::List(vec![1.into()])), "listed[0]: expected an object, got a number");
    let keyed = Value::Map([("k".to_owned(), Value::object([("key", Value::Null)]))].into());
    assert_eq!(wrong("keyed", keyed), "keyed[\"k\"].rank: expected a value or null, got nothing");
    assert_eq!(wrong("scaling", "x".into()), "scaling: expected a list of blocks, got a string");
    let null = Everything::from_value(&Value::Null, &Path::root());
    assert_eq!(null.map_err(|error| error.expected), Err("an object"));
}

#[test]
fn model_without_members_is_an_empty_object() {
    /// Nothing.
    #[derive(Debug, Clone, PartialEq, Model)]
    struct Nothing {}

    assert_eq!(Nothing {}.to_value(), Value::Object(BTreeMap::new()));
    assert_eq!(Nothing::from_value(&Nothing {}.to_value(), &Path::root()), Ok(Nothing {}));
}

/// Values of every schema shape, as Terraform core would send them, and their conversion to the model and back.
mod round_trip {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;
    use crate::schema::{Attribute, Block, NestedBlock};

    fn leaf(known: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
        prop_oneof![2 => Just(Value::Null), 1 => Just(Value::unknown()), 4 => known].boxed()
    }

    fn object(members: Vec<(String, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
        let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
        values.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
    }

    fn of_type(ty: &Type) -> BoxedStrategy<Value> {
        let known = match ty {
            Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
            Type::Number => any::<i64>().prop_map(Value::from).boxed(),
            Type::String => "\\PC{0,8}".prop_map(Value::string).boxed(),
            Type::Dynamic => {
                let text = "[a-z]{0,3}".prop_map(|text| Value::Dynamic(Box::new((Type::String, text.into()))));
                text.boxed()
            }
            Type::List(element) => vec(of_type(element), 0..3).prop_map(Value::List).boxed(),
            Type::Set(element) => vec(of_type(element), 0..3).prop_map(Value::set).boxed(),
            Type::Map(element) => btree_map("[a-z]{1,3}", of_type(element), 0..3).prop_map(Value::Map).boxed(),
            Type::Object(members) => object(members.iter().map(|(name, ty)| (name.clone(), of_type(ty))).collect()),
            Type::Tuple(_) => unreachable!("no attribute declares a tuple"),
        };
        leaf(known)
    }

    fn of_attribute(attribute: &Attribute) -> (String, BoxedStrategy<Value>) {
        (attribute.name.clone(), of_type(&attribute.ty()))
    }

    fn of_nested(nested: &NestedBlock) -> (String, BoxedStrategy<Value>) {
        let inside = of_block(&nested.block);
        let dynamic = nested.block.ty().has_dynamic();
        let known = match nested.nesting {
            Nesting::Single => prop_oneof![Just(Value::Null), inside].boxed(),
            Nesting::Group => inside,
            Nesting::List if dynamic => vec(inside, 0..3).prop_map(tuple).boxed(),
            Nesting::List => vec(inside, 0..3).prop_map(Value::List).boxed(),
            Nesting::Set => vec(inside, 0..3).prop_map(Value::set).boxed(),
            Nesting::Map if dynamic => btree_map("[a-z]{1,3}", inside, 0..3).prop_map(carried_object).boxed(),
            Nesting::Map => btree_map("[a-z]{1,3}", inside, 0..3).prop_map(Value::Map).boxed(),
        };
        (nested.name.clone(), prop_oneof![1 => Just(Value::unknown()), 5 => known].boxed())
    }

    /// A block of [`Anything`] as Terraform core passes it: the outer type contains the type of the value, which then
    /// has no separate type.
    fn bare(block: &Value) -> (Type, Value) {
        let (ty, any) = match block.member("any") {
            Some(Value::Dynamic(pair)) => (**pair).clone(),
            other => (Type::Dynamic, other.cloned().unwrap_or_default()),
        };
        (Type::object([("any", ty)]), Value::object([("any", any)]))
    }

    fn tuple(blocks: Vec<Value>) -> Value {
        let (types, blocks) = blocks.iter().map(bare).unzip();
        Value::Dynamic(Box::new((Type::Tuple(types), Value::Tuple(blocks))))
    }

    fn carried_object(blocks: BTreeMap<String, Value>) -> Value {
        let blocks = blocks.into_iter().map(|(key, block)| (key, bare(&block)));
        let (types, blocks): (Vec<_>, Vec<_>) =
            blocks.map(|(key, (ty, block))| ((key.clone(), ty), (key, block))).unzip();
        Value::Dynamic(Box::new((Type::object(types), Value::object(blocks))))
    }

    fn of_block(block: &Block) -> BoxedStrategy<Value> {
        object(block.attributes.iter().map(of_attribute).chain(block.blocks.iter().map(of_nested)).collect())
    }

    proptest! {
        #[test]
        fn value_survives_the_model(value in of_block(&Everything::block())) {
            let model = Everything::from_value(&value, &Path::root()).expect("the value has the schema's shape");
            prop_assert_eq!(model.to_value(), value);
        }
    }
}
