//! Properties for all schemas, states, and configurations: Terraform core accepts every plan, and an applied plan
//! results in no changes.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::proposal::proposed;
use super::{
    Open, in_form_of, keep_equivalent, mark_unknown, normal, planned_in_form, replacements, settle, still_differs,
};
use crate::rules;
use crate::schema::{Attribute, Block, NestedBlock, NestedObject, Nesting, Presence, Replace, Shape};
use crate::type_check::conforms;
use crate::types::Type;
use crate::value::Value;

/// Returns the plan of a resource without custom plan logic.
fn plan(block: &Block, config: &Value, prior: &Value) -> Value {
    let core = proposed(block, prior, config);
    let [config_, prior_, core] = [config, prior, &core].map(|value| normal(block, value));
    let settled = settle(block, &config_, &prior_, &core);
    let open = Open::default().and_after(block, &prior_, &settled);
    planned_in_form(block, config, prior, &mark_unknown(block, &config_, &prior_, &settled, &open))
}

/// Simulates an API: replaces every unknown value by a value of its type.
fn applied(value: &Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Unknown(_), _) => made(ty),
        (Value::List(elements), Type::List(ty)) => {
            Value::List(elements.iter().map(|element| applied(element, ty)).collect())
        }
        (Value::Set(elements), Type::Set(ty)) => {
            Value::set(elements.iter().map(|element| applied(element, ty)).collect())
        }
        (Value::Map(members), Type::Map(ty)) => {
            Value::Map(members.iter().map(|(key, member)| (key.clone(), applied(member, ty))).collect())
        }
        (Value::Object(members), Type::Object(types)) => {
            Value::object(members.iter().map(|(name, member)| (name.clone(), applied(member, &types[name]))))
        }
        (known, _) => known.clone(),
    }
}

fn made(ty: &Type) -> Value {
    match ty {
        Type::String => "made".into(),
        Type::Number => 7.into(),
        Type::List(element) => Value::List(vec![made(element)]),
        Type::Set(element) => Value::set(vec![made(element)]),
        Type::Map(element) => Value::Map([("made".to_owned(), made(element))].into()),
        Type::Object(types) => Value::object(types.iter().map(|(name, ty)| (name.clone(), made(ty)))),
        other => panic!("the schemas have no {other:?}"),
    }
}

fn ignores_case(config: &Value, prior: &Value) -> bool {
    config.as_str().map(str::to_lowercase) == prior.as_str().map(str::to_lowercase)
}

fn presences() -> impl Strategy<Value = Presence> {
    prop_oneof![
        1 => Just(Presence::Required),
        2 => Just(Presence::Optional),
        1 => Just(Presence::Computed),
        2 => Just(Presence::OptionalComputed)
    ]
}

fn attributes(depth: u32, write_only: bool) -> impl Strategy<Value = Vec<Attribute>> {
    vec(attribute(depth, write_only), 1..5).prop_map(|attributes| {
        let named = attributes.into_iter().enumerate();
        named.map(|(index, attribute)| Attribute { name: format!("a{index}"), ..attribute }).collect()
    })
}

fn attribute(depth: u32, write_only: bool) -> BoxedStrategy<Attribute> {
    let ty = prop_oneof![
        3 => Just(Type::String),
        1 => Just(Type::Number),
        1 => Just(Type::list(Type::String)),
        1 => Just(Type::set(Type::String)),
        1 => Just(Type::map(Type::String))
    ];
    let typed = (ty.prop_map(Shape::Type), presences(), any::<[bool; 7]>());
    let typed = typed.prop_map(move |(shape, presence, flags)| {
        let [default, stable, replace, equivalent, secret, inert, unset_if_zero] = flags;
        let mut attribute = Attribute::new("", shape, presence);
        let is_text = matches!(attribute.shape, Shape::Type(Type::String));
        attribute.default = (default && is_text && presence == Presence::OptionalComputed).then(|| "default".into());
        attribute.stable = stable && presence.is_computed();
        attribute.replace = if replace { Replace::Always } else { Replace::Never };
        attribute.equivalence = (equivalent && is_text).then_some(ignores_case);
        attribute.write_only = write_only && secret && !presence.is_computed();
        attribute.inert = inert;
        let may_be_unset = matches!(presence, Presence::Optional | Presence::OptionalComputed);
        attribute.unset_if_zero = unset_if_zero && may_be_unset && !attribute.write_only && attribute.default.is_none();
        attribute
    });
    if depth == 0 {
        return typed.boxed();
    }
    let nesting = prop_oneof![Just(Nesting::Single), Just(Nesting::List), Just(Nesting::Set), Just(Nesting::Map)];
    let nested = (nesting, presences(), attributes(depth - 1, false)).prop_map(|(nesting, presence, attributes)| {
        let attributes = keyed(nesting, attributes);
        Attribute::new("", Shape::Nested(NestedObject { attributes, nesting }), presence)
    });
    prop_oneof![3 => typed, 2 => nested].boxed()
}

/// Objects of a set have a key, because configurations whose elements differ only in computed values have no meaning.
fn keyed(nesting: Nesting, mut attributes: Vec<Attribute>) -> Vec<Attribute> {
    if nesting == Nesting::Set {
        attributes.push(Attribute::new("key", Shape::Type(Type::String), Presence::Required));
    }
    attributes
}

fn blocks(depth: u32) -> BoxedStrategy<Block> {
    let nesting = prop_oneof![
        Just(Nesting::Single),
        Just(Nesting::Group),
        Just(Nesting::List),
        Just(Nesting::Set),
        Just(Nesting::Map)
    ];
    let inner = if depth == 0 { Just(vec![]).boxed() } else { vec((nesting, blocks(depth - 1)), 0..3).boxed() };
    (attributes(depth, depth == 2), inner)
        .prop_map(|(attributes, inner)| {
            let blocks = inner.into_iter().enumerate().map(|(index, (nesting, block))| {
                let block = Block { attributes: keyed(nesting, block.attributes.clone()), ..block };
                NestedBlock::new(format!("b{index}"), nesting, block)
            });
            Block { attributes, blocks: blocks.collect(), ..Block::default() }
        })
        .boxed()
}

/// The generated objects: possible configurations or possible states.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Config { unknowns: bool },
    State,
}

impl Of {
    /// Generates a value for the presence of the attribute, from its possible known values.
    fn attribute(self, attribute: &Attribute, known: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
        let null = Just(Value::Null).boxed();
        match self {
            Self::State if attribute.write_only => null,
            Self::State => prop_oneof![1 => null, 3 => known].boxed(),
            Self::Config { .. } if attribute.presence == Presence::Computed => null,
            Self::Config { unknowns } => {
                let known = if unknowns { prop_oneof![1 => Just(Value::unknown()), 5 => known].boxed() } else { known };
                let required = attribute.presence == Presence::Required;
                if required { known } else { prop_oneof![1 => null, 2 => known].boxed() }
            }
        }
    }

    fn block(self, known: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
        match self {
            Self::Config { unknowns: true } => prop_oneof![1 => Just(Value::unknown()), 9 => known].boxed(),
            _ => known,
        }
    }

    fn object(self, attributes: &[Attribute], blocks: &[NestedBlock]) -> BoxedStrategy<Value> {
        let attributes = attributes.iter().map(|attribute| {
            let known = match &attribute.shape {
                Shape::Type(ty) => of_type(ty),
                Shape::Nested(nested) => self.nested(nested.nesting, &nested.attributes, &[]),
            };
            (attribute.name.clone(), self.attribute(attribute, known))
        });
        let blocks = blocks.iter().map(|nested| {
            let known = self.nested(nested.nesting, &nested.block.attributes, &nested.block.blocks);
            let optional = prop_oneof![1 => Just(Value::Null), 3 => known.clone()].boxed();
            (nested.name.clone(), self.block(if nested.nesting == Nesting::Single { optional } else { known }))
        });
        let (names, values): (Vec<_>, Vec<_>) = attributes.chain(blocks).unzip();
        values.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
    }

    fn nested(self, nesting: Nesting, attributes: &[Attribute], blocks: &[NestedBlock]) -> BoxedStrategy<Value> {
        let object = self.object(attributes, blocks);
        match nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::List => vec(object, 0..3).prop_map(Value::List).boxed(),
            Nesting::Map => {
                let members = proptest::collection::btree_map("[ab]", object, 0..3);
                members.prop_map(Value::Map).boxed()
            }
            Nesting::Set => vec(object, 0..3).prop_map(|objects| Value::set(with_keys(objects))).boxed(),
        }
    }
}

fn with_keys(objects: Vec<Value>) -> Vec<Value> {
    let each = objects.into_iter().enumerate().map(|(index, object)| {
        let Value::Object(mut members) = object else { panic!("not an object: {object:?}") };
        members.insert("key".to_owned(), format!("k{index}").into());
        Value::Object(members)
    });
    each.collect()
}

fn of_type(ty: &Type) -> BoxedStrategy<Value> {
    let text = prop_oneof![Just("x"), Just("X"), Just("y"), Just("default"), Just("")].prop_map(Value::from);
    match ty {
        Type::String => text.boxed(),
        Type::Number => (0..3_i64).prop_map(Value::from).boxed(),
        Type::List(_) => vec(text, 0..3).prop_map(Value::List).boxed(),
        Type::Set(_) => vec(text, 0..3).prop_map(Value::set).boxed(),
        Type::Map(_) => proptest::collection::btree_map("[ab]", prop_oneof![1 => Just(Value::Null), 3 => text], 0..3)
            .prop_map(|members: BTreeMap<String, Value>| Value::Map(members))
            .boxed(),
        other => panic!("the schemas have no {other:?}"),
    }
}

/// A schema, a configuration, and a state, some of which can be null.
fn cases(unknowns: bool) -> impl Strategy<Value = (Block, Value, Value)> {
    blocks(2).prop_flat_map(move |block| {
        let config = Of::Config { unknowns }.object(&block.attributes, &block.blocks);
        let state = Of::State.object(&block.attributes, &block.blocks);
        (Just(block), config, prop_oneof![1 => Just(Value::Null), 3 => state])
    })
}

proptest! {
    #[test]
    fn plan_is_what_core_accepts((block, config, prior) in cases(true)) {
        let planned = plan(&block, &config, &prior);
        prop_assert_eq!(rules::planned(&block, &config, &prior, &planned), vec![]);
        prop_assert_eq!(conforms(&planned, &block.ty()), Ok(()));
        prop_assert_eq!(plan(&block, &config, &prior), planned.clone());
        let [config, prior, planned] = [&config, &prior, &planned].map(|value| normal(&block, value));
        for path in replacements(&block, &config, &prior, &planned) {
            prop_assert!(still_differs(&path, &prior, &planned), "{}", path);
        }
    }

    #[test]
    fn applied_plan_is_what_core_accepts_and_plans_no_change((block, config, prior) in cases(false)) {
        let planned = plan(&block, &config, &prior);
        let state = applied(&planned, &block.ty());
        prop_assert_eq!(rules::applied(&block, &planned, &state), vec![]);
        prop_assert_eq!(plan(&block, &config, &state), state.clone());
        let found = normal(&block, &state);
        prop_assert_eq!(in_form_of(&block, &state, &keep_equivalent(&block, &found, &found)), state);
    }

    #[test]
    fn final_plan_only_decides_what_was_unknown((block, config, prior) in cases(true)) {
        let first = plan(&block, &config, &prior);
        let config = applied(&config, &block.ty());
        let last = plan(&block, &config, &prior);
        // If the last plan has no changes, the prior state is one of the possible results.
        prop_assert_eq!(rules::consistent(&first, &last), vec![]);
    }
}
