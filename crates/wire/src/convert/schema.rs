//! Schemas and signatures. Every nested message that Terraform core expects is set, even if it is empty.

use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::StringKind;
use crate::proto::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use crate::proto::tfplugin6::schema::object::NestingMode as ObjectNesting;
use framework::docs;
use framework::function::{FunctionDefinition, Parameter};
use framework::identity::IdentitySchema;
use framework::schema::{Attribute, Block, NestedBlock, NestedObject, Nesting, Presence, Schema, Shape};
use framework::types::Type;

pub(crate) fn schema(schema: &Schema) -> proto::Schema {
    proto::Schema { version: schema.version, block: Some(block(&schema.block)) }
}

pub(crate) fn action_schema(action: &Schema) -> proto::ActionSchema {
    proto::ActionSchema { schema: Some(schema(action)) }
}

fn block(block: &Block) -> proto::schema::Block {
    proto::schema::Block {
        // Terraform core reads the version of the schema, not this one.
        version: 0,
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested_block).collect(),
        description: block.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecated: block.deprecation.is_some(),
        deprecation_message: block.deprecation.clone().unwrap_or_default(),
        computed: false,
    }
}

fn attribute(attribute: &Attribute) -> proto::schema::Attribute {
    let (ty, nested_type) = match &attribute.shape {
        Shape::Type(ty) => (type_bytes(ty), None),
        Shape::Nested(nested) => (Vec::new(), Some(object(nested))),
    };
    proto::schema::Attribute {
        name: attribute.name.clone(),
        r#type: ty,
        nested_type,
        description: docs::describe_attribute(attribute),
        description_kind: StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional: matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecation.is_some(),
        deprecation_message: attribute.deprecation.clone().unwrap_or_default(),
    }
}

fn object(nested: &NestedObject) -> proto::schema::Object {
    let nesting = match nested.nesting {
        // An attribute cannot be a group. A single object is the closest alternative.
        Nesting::Single | Nesting::Group => ObjectNesting::Single,
        Nesting::List => ObjectNesting::List,
        Nesting::Set => ObjectNesting::Set,
        Nesting::Map => ObjectNesting::Map,
    };
    proto::schema::Object {
        attributes: nested.attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        ..proto::schema::Object::default()
    }
}

fn nested_block(nested: &NestedBlock) -> proto::schema::NestedBlock {
    let (min, max) = (i64::from(nested.min_items), i64::from(nested.max_items));
    let (nesting, min_items, max_items) = match nested.nesting {
        // Terraform core requires both to be equal: one for a required block, or else zero.
        Nesting::Single => (BlockNesting::Single, min.min(1), min.min(1)),
        Nesting::Group => (BlockNesting::Group, 0, 0),
        Nesting::List => (BlockNesting::List, min, max),
        Nesting::Set => (BlockNesting::Set, min, max),
        Nesting::Map => (BlockNesting::Map, 0, 0),
    };
    proto::schema::NestedBlock {
        type_name: nested.name.clone(),
        block: Some(proto::schema::Block { description: docs::describe_block(nested), ..block(&nested.block) }),
        nesting: nesting.into(),
        min_items,
        max_items,
    }
}

pub(crate) fn identity_schema(identity: &IdentitySchema) -> proto::ResourceIdentitySchema {
    let attributes = identity.attributes.iter().map(|attribute| proto::resource_identity_schema::IdentityAttribute {
        name: attribute.name.clone(),
        r#type: type_bytes(&attribute.ty),
        required_for_import: attribute.required_for_import,
        optional_for_import: !attribute.required_for_import,
        description: attribute.description.clone(),
    });
    proto::ResourceIdentitySchema { version: identity.version, identity_attributes: attributes.collect() }
}

pub(crate) fn function(definition: &FunctionDefinition) -> proto::Function {
    proto::Function {
        parameters: definition.parameters.iter().map(parameter).collect(),
        variadic_parameter: definition.variadic.as_ref().map(parameter),
        r#return: Some(proto::function::Return { r#type: type_bytes(&definition.result) }),
        summary: definition.summary.clone(),
        description: definition.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecation_message: definition.deprecation.clone().unwrap_or_default(),
    }
}

fn parameter(parameter: &Parameter) -> proto::function::Parameter {
    proto::function::Parameter {
        name: parameter.name.clone(),
        r#type: type_bytes(&parameter.ty),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: StringKind::Markdown.into(),
    }
}

/// Returns the JSON type expression.
fn type_bytes(ty: &Type) -> Vec<u8> {
    ty.to_json().to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(nesting: Nesting, min_items: u32, max_items: u32) -> NestedBlock {
        NestedBlock {
            name: "b".to_owned(),
            block: Block::default(),
            nesting,
            min_items,
            max_items,
            replace: Default::default(),
            inert: false,
            equivalence: None,
            validators: Vec::new(),
        }
    }

    #[test]
    fn every_block_is_set() {
        assert!(schema(&Schema::default()).block.is_some());
        assert!(action_schema(&Schema::default()).schema.and_then(|schema| schema.block).is_some());
        assert!(nested_block(&nested(Nesting::List, 0, 0)).block.is_some());
    }

    #[test]
    fn block_item_limits_match_terraform_core_rules() {
        let limits = |nesting, min, max| {
            let block = nested_block(&nested(nesting, min, max));
            (block.min_items, block.max_items)
        };
        assert_eq!(limits(Nesting::Single, 1, 1), (1, 1));
        assert_eq!(limits(Nesting::Single, 0, 1), (0, 0));
        assert_eq!(limits(Nesting::Group, 1, 1), (0, 0));
        assert_eq!(limits(Nesting::Map, 1, 2), (0, 0));
        assert_eq!(limits(Nesting::List, 1, 2), (1, 2));
    }

    #[test]
    fn presence_is_said_in_three_flags() {
        let flags = |presence| {
            let attribute = attribute(&Attribute::new("a", Shape::Type(Type::String), presence));
            (attribute.required, attribute.optional, attribute.computed)
        };
        assert_eq!(flags(Presence::Required), (true, false, false));
        assert_eq!(flags(Presence::Optional), (false, true, false));
        assert_eq!(flags(Presence::Computed), (false, false, true));
        assert_eq!(flags(Presence::OptionalComputed), (false, true, true));
    }

    #[test]
    fn attribute_has_a_type_or_nested_attributes() {
        let typed = attribute(&Attribute::new("a", Shape::Type(Type::list(Type::String)), Presence::Optional));
        assert_eq!((typed.r#type.as_slice(), typed.nested_type), (br#"["list","string"]"#.as_slice(), None));
        let shape = Shape::Nested(NestedObject { attributes: Vec::new(), nesting: Nesting::Set });
        let nested = attribute(&Attribute::new("a", shape, Presence::Optional));
        assert!(nested.r#type.is_empty());
        assert_eq!(nested.nested_type.unwrap().nesting(), ObjectNesting::Set);
    }

    #[test]
    fn deprecation_message_comes_with_the_flag_only() {
        let mut given = Attribute::new("a", Shape::Type(Type::String), Presence::Optional);
        assert_eq!((attribute(&given).deprecated, attribute(&given).deprecation_message), (false, String::new()));
        given.deprecation = Some("use b".to_owned());
        assert_eq!((attribute(&given).deprecated, attribute(&given).deprecation_message), (true, "use b".to_owned()));
    }
}
