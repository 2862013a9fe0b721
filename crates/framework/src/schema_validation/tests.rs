use rstest::rstest;

use super::*;
use crate::function::Parameter;
use crate::identity::IdentityAttribute;
use crate::schema::NestedObject;
use crate::value::Value;

fn attribute(name: &str) -> Attribute {
    Attribute::new(name, Shape::Type(Type::String), Presence::Optional)
}

fn nested_attribute(nesting: Nesting, inside: Attribute) -> Attribute {
    let nested = NestedObject { attributes: vec![inside], nesting };
    Attribute { shape: Shape::Nested(nested), ..attribute("outer") }
}

fn secret() -> Attribute {
    Attribute { write_only: true, ..attribute("secret") }
}

fn of(attributes: Vec<Attribute>) -> Block {
    Block { attributes, ..Block::default() }
}

fn with_block(name: &str, nesting: Nesting, min_items: u32, max_items: u32, inside: Attribute) -> Block {
    let nested = NestedBlock { min_items, max_items, ..NestedBlock::new(name, nesting, of(vec![inside])) };
    Block { blocks: vec![nested], ..of(vec![attribute("name")]) }
}

fn any(name: &str) -> Attribute {
    Attribute::new(name, Shape::Type(Type::Dynamic), Presence::Optional)
}

fn defaulted(default: Value) -> Attribute {
    Attribute { presence: Presence::OptionalComputed, default: Some(default), ..attribute("mode") }
}

#[rstest]
#[case::plain(of(vec![attribute("name"), secret()]), "")]
#[case::reserved(of(vec![attribute("count")]), "x_y: count: the name is reserved by Terraform core")]
#[case::twice(of(vec![attribute("a"), attribute("a")]), "x_y: a: the name is used twice")]
#[case::attribute_and_block(
    with_block("name", Nesting::List, 0, 0, attribute("a")),
    "x_y: name: the name is used twice"
)]
#[case::attribute_name(of(vec![attribute("Name")]), "x_y: Name: not a valid name")]
#[case::attribute_digit(of(vec![attribute("1st")]), "x_y: 1st: not a valid name")]
#[case::block_digit(with_block("1st", Nesting::List, 0, 0, attribute("a")), "")]
#[case::single_range(
    with_block("b", Nesting::Single, 0, 1, attribute("a")),
    "x_y: b: the minimum and maximum are not valid for the nesting mode"
)]
#[case::single_required(with_block("b", Nesting::Single, 1, 1, attribute("a")), "")]
#[case::group_count(
    with_block("b", Nesting::Group, 1, 1, attribute("a")),
    "x_y: b: the minimum and maximum are not valid for the nesting mode"
)]
#[case::map_count(
    with_block("b", Nesting::Map, 0, 2, attribute("a")),
    "x_y: b: the minimum and maximum are not valid for the nesting mode"
)]
#[case::list_range(
    with_block("b", Nesting::List, 2, 1, attribute("a")),
    "x_y: b: the minimum and maximum are not valid for the nesting mode"
)]
#[case::list_unlimited(with_block("b", Nesting::List, 2, 0, attribute("a")), "")]
#[case::set_block_dynamic(
    with_block("b", Nesting::Set, 0, 0, any("a")),
    "x_y: b.a: sets do not support dynamic values"
)]
#[case::set_block_secret(
    with_block("b", Nesting::Set, 0, 0, secret()),
    "x_y: b.secret: sets do not support write-only values"
)]
#[case::list_block_secret(with_block("b", Nesting::List, 0, 0, secret()), "")]
#[case::set_attribute_secret(of(vec![nested_attribute(Nesting::Set, secret())]), "x_y: outer.secret: sets do not support write-only values")]
#[case::grouped_attribute(of(vec![nested_attribute(Nesting::Group, attribute("a"))]), "x_y: outer: only blocks can be grouped, not nested attributes")]
#[case::half_secret(of(vec![Attribute { write_only: true, ..nested_attribute(Nesting::List, attribute("a")) }]), "x_y: outer.a: attributes inside a write-only attribute must be write-only")]
#[case::secret_computed(of(vec![Attribute { presence: Presence::OptionalComputed, ..secret() }]), "x_y: secret: write-only attributes must not be computed")]
#[case::secret_in_computed(of(vec![Attribute { presence: Presence::OptionalComputed, ..nested_attribute(Nesting::List, secret()) }]), "x_y: outer.secret: write-only attributes must not be computed")]
#[case::unset_computed(of(vec![Attribute { unset_if_zero: true, presence: Presence::Computed, ..attribute("a") }]), "x_y: a: only arguments with a type and without a default support unset_if_zero")]
#[case::changes_with_nothing(of(vec![Attribute { changes_with: &["b"], presence: Presence::Computed, ..attribute("a") }]), "x_y: a: changes_with contains an attribute that does not exist")]
#[case::stable_argument(of(vec![Attribute { stable: true, ..attribute("a") }]), "x_y: a: only computed attributes can be stable")]
#[case::default(of(vec![defaulted("fast".into())]), "")]
#[case::default_type(of(vec![defaulted(Value::Bool(true))]), "x_y: mode: the default does not have the type of the attribute")]
#[case::default_presence(of(vec![Attribute { presence: Presence::Optional, ..defaulted("a".into()) }]), "x_y: mode: only optional and computed attributes of managed resources support defaults")]
fn schema(#[case] block: Block, #[case] expected: &str) {
    let found = object(Kind::Resource, "x_y", &Schema { version: 0, block });
    assert_eq!(found.join("\n"), expected);
}

#[rstest]
#[case::provider(Kind::Provider, attribute("alias"), 1)]
#[case::data_source(Kind::DataSource, secret(), 1)]
#[case::data_source_default(Kind::DataSource, defaulted("a".into()), 1)]
#[case::ephemeral(Kind::Ephemeral, secret(), 1)]
#[case::action(Kind::Action, secret(), 0)]
#[case::list(Kind::List, attribute("count"), 0)]
fn kind_of_object(#[case] kind: Kind, #[case] attribute: Attribute, #[case] expected: usize) {
    let found = object(kind, "x_y", &Schema { version: 0, block: of(vec![attribute]) });
    assert_eq!(found.len(), expected, "{found:?}");
}

#[test]
fn negative_versions() {
    let schema = Schema { version: -1, block: Block::default() };
    let identity = IdentitySchema { version: -1, attributes: vec![] };
    assert_eq!(resource("x_y", &schema, Some(&identity)).len(), 2);
}

#[rstest]
#[case(Type::String, 0)]
#[case(Type::list(Type::Number), 0)]
#[case(Type::map(Type::String), 1)]
#[case(Type::list(Type::list(Type::String)), 1)]
fn identity_types(#[case] ty: Type, #[case] expected: usize) {
    let attribute =
        IdentityAttribute { name: "id".to_owned(), ty, required_for_import: true, description: String::new() };
    let identity = IdentitySchema { version: 0, attributes: vec![attribute] };
    assert_eq!(resource("x_y", &Schema::default(), Some(&identity)).len(), expected);
}

#[test]
fn function_names() {
    let parameter = |name: &str| Parameter {
        name: name.to_owned(),
        ty: Type::String,
        allow_null: false,
        allow_unknown: false,
        description: String::new(),
    };
    let definition = |parameters: &[&str], variadic: Option<&str>| FunctionDefinition {
        parameters: parameters.iter().map(|name| parameter(name)).collect(),
        variadic: variadic.map(parameter),
        result: Type::String,
        summary: String::new(),
        description: String::new(),
        deprecation: None,
    };
    assert!(function("join", &definition(&["a", "b"], Some("more"))).is_empty());
    assert_eq!(function("join", &definition(&["a"], Some("a"))), ["function join: two parameters are named a"]);
    assert_eq!(function("9", &definition(&["a b"], None)).len(), 2);
}

#[test]
fn names_share_their_first_word() {
    assert!(prefixes(["x_a", "x_b", "x"].into_iter()).is_empty());
    assert_eq!(prefixes(["x_a", "y_b"].into_iter()).len(), 1);
}
