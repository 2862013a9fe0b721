//! The JSON that `terraform providers schema -json` prints, format version 1.0.

use serde_json::{Map, Value as Json, json};

use super::Provider;
use super::facts;
use crate::function::{FunctionDefinition, Parameter};
use crate::identity::IdentitySchema;
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Schema, Shape};
use crate::server::Schemas;

/// Returns the schemas of a provider. Tools that require them, such as tfplugindocs, then do not require Terraform.
#[must_use]
pub fn provider_schemas(provider: Provider<'_>, schemas: &Schemas) -> Json {
    let mut members = Map::new();
    members.insert("provider".to_owned(), schema(&schemas.provider));
    let resources = schemas.resources.iter().map(|(name, resource)| (name, schema(&resource.schema)));
    put(&mut members, "resource_schemas", resources);
    let identities = schemas
        .resources
        .iter()
        .filter_map(|(name, resource)| resource.identity.as_ref().map(|schema| (name, identity(schema))));
    put(&mut members, "resource_identity_schemas", identities);
    let of = |(name, found)| (name, schema(found));
    put(&mut members, "data_source_schemas", schemas.data_sources.iter().map(of));
    put(&mut members, "ephemeral_resource_schemas", schemas.ephemeral_resources.iter().map(of));
    put(&mut members, "list_resource_schemas", schemas.list_resources.iter().map(of));
    let actions = schemas.actions.iter().map(|(name, schema)| (name, json!({ "block": block(&schema.block) })));
    put(&mut members, "action_schemas", actions);
    put(&mut members, "functions", schemas.functions.iter().map(|(name, definition)| (name, function(definition))));
    json!({ "format_version": "1.0", "provider_schemas": { provider.source: members } })
}

fn put<'n>(members: &mut Map<String, Json>, key: &str, named: impl Iterator<Item = (&'n String, Json)>) {
    let named: Map<_, _> = named.map(|(name, value)| (name.clone(), value)).collect();
    if !named.is_empty() {
        members.insert(key.to_owned(), Json::Object(named));
    }
}

fn schema(schema: &Schema) -> Json {
    json!({ "version": schema.version, "block": block(&schema.block) })
}

fn block(block: &Block) -> Json {
    described(block, &block.description)
}

fn described(block: &Block, description: &str) -> Json {
    let mut members = Map::new();
    put(&mut members, "attributes", block.attributes.iter().map(|member| (&member.name, attribute(member))));
    put(&mut members, "block_types", block.blocks.iter().map(|member| (&member.name, nested(member))));
    describe(&mut members, description);
    flag(&mut members, "deprecated", block.deprecation.is_some());
    Json::Object(members)
}

fn attribute(attribute: &Attribute) -> Json {
    let mut members = Map::new();
    match &attribute.shape {
        Shape::Type(ty) => members.insert("type".to_owned(), ty.to_json()),
        Shape::Nested(nested) => {
            let mut inside = Map::new();
            put(
                &mut inside,
                "attributes",
                nested.attributes.iter().map(|member| (&member.name, self::attribute(member))),
            );
            inside.insert("nesting_mode".to_owned(), json!(mode(nested.nesting)));
            members.insert("nested_type".to_owned(), Json::Object(inside))
        }
    };
    describe(&mut members, &facts::attribute(attribute));
    let configurable = attribute.presence.is_configurable();
    let required = attribute.presence == crate::schema::Presence::Required;
    flag(&mut members, "required", required);
    flag(&mut members, "optional", configurable && !required);
    flag(&mut members, "computed", attribute.is_computed());
    flag(&mut members, "sensitive", attribute.sensitive);
    flag(&mut members, "write_only", attribute.write_only);
    flag(&mut members, "deprecated", attribute.deprecation.is_some());
    Json::Object(members)
}

fn nested(nested: &NestedBlock) -> Json {
    let mut members = Map::new();
    members.insert("nesting_mode".to_owned(), json!(mode(nested.nesting)));
    members.insert("block".to_owned(), described(&nested.block, &facts::block(nested)));
    // As in the protocol, zero for groups and maps. For a single block, both values indicate whether it is required.
    let (min, max) = match nested.nesting {
        Nesting::List | Nesting::Set => (nested.min_items, nested.max_items),
        Nesting::Single => (nested.min_items.min(1), nested.min_items.min(1)),
        Nesting::Group | Nesting::Map => (0, 0),
    };
    for (key, limit) in [("min_items", min), ("max_items", max)] {
        if limit > 0 {
            members.insert(key.to_owned(), json!(limit));
        }
    }
    Json::Object(members)
}

fn identity(schema: &IdentitySchema) -> Json {
    let attributes = schema.attributes.iter().map(|attribute| {
        let mut members = Map::new();
        members.insert("type".to_owned(), attribute.ty.to_json());
        members.insert("description".to_owned(), json!(attribute.description));
        let key = if attribute.required_for_import { "required_for_import" } else { "optional_for_import" };
        flag(&mut members, key, true);
        (attribute.name.clone(), Json::Object(members))
    });
    json!({ "version": schema.version, "attributes": attributes.collect::<Map<_, _>>() })
}

fn function(definition: &FunctionDefinition) -> Json {
    let mut members = Map::new();
    members.insert("description".to_owned(), json!(definition.description));
    members.insert("summary".to_owned(), json!(definition.summary));
    members.insert("return_type".to_owned(), definition.result.to_json());
    if !definition.parameters.is_empty() {
        members.insert("parameters".to_owned(), definition.parameters.iter().map(parameter).collect());
    }
    if let Some(variadic) = &definition.variadic {
        members.insert("variadic_parameter".to_owned(), parameter(variadic));
    }
    if let Some(deprecation) = &definition.deprecation {
        members.insert("deprecation_message".to_owned(), json!(deprecation));
    }
    Json::Object(members)
}

fn parameter(parameter: &Parameter) -> Json {
    let mut members = Map::new();
    members.insert("name".to_owned(), json!(parameter.name));
    members.insert("description".to_owned(), json!(parameter.description));
    flag(&mut members, "is_nullable", parameter.allow_null);
    members.insert("type".to_owned(), parameter.ty.to_json());
    Json::Object(members)
}

fn describe(members: &mut Map<String, Json>, description: &str) {
    if !description.is_empty() {
        members.insert("description".to_owned(), json!(description));
    }
    members.insert("description_kind".to_owned(), json!("markdown"));
}

fn flag(members: &mut Map<String, Json>, key: &str, set: bool) {
    if set {
        members.insert(key.to_owned(), json!(true));
    }
}

fn mode(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}
