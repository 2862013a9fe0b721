//! The types of the values in a request, by the name of the object.

use std::collections::BTreeMap;

use crate::convert;
use crate::proto::tfplugin6 as proto;
use framework::diagnostics::Diagnostics;
use framework::function::FunctionDefinition;
use framework::provider::Provider;
use framework::schema::Schema;
use framework::server::{ResourceSchema, Server, no_such};
use framework::types::Type;
use framework::value::Value;

/// Returns the schema of a managed resource.
pub(super) fn resource<'s, P: Provider>(server: &'s Server<P>, name: &str) -> Result<&'s ResourceSchema, Diagnostics> {
    server.schemas().resources.get(name).ok_or_else(|| no_such("resource", name))
}

/// Returns the identity type of a managed resource.
pub(super) fn identity(resource: &ResourceSchema) -> Option<Type> {
    resource.identity.as_ref().map(|identity| identity.ty())
}

/// Encodes an object and its identity. Values that cannot be encoded are omitted and become errors.
pub(super) fn object(
    resource: &ResourceSchema,
    state: &Value,
    identity: Option<&Value>,
    diagnostics: &mut Diagnostics,
) -> (Option<proto::DynamicValue>, Option<proto::ResourceIdentityData>) {
    let ty = self::identity(resource);
    let state = convert::dynamic_value(state, &resource.ty, "state");
    let identity = convert::identity_data(identity, ty.as_ref());
    (convert::kept(state.map(Some), diagnostics), convert::kept(identity, diagnostics))
}

pub(super) fn data_source<P: Provider>(server: &Server<P>, name: &str) -> Result<Type, Diagnostics> {
    of(&server.schemas().data_sources, "data source", name)
}

pub(super) fn ephemeral_resource<P: Provider>(server: &Server<P>, name: &str) -> Result<Type, Diagnostics> {
    of(&server.schemas().ephemeral_resources, "ephemeral resource", name)
}

pub(super) fn list_resource<P: Provider>(server: &Server<P>, name: &str) -> Result<Type, Diagnostics> {
    of(&server.schemas().list_resources, "list resource", name)
}

pub(super) fn action<P: Provider>(server: &Server<P>, name: &str) -> Result<Type, Diagnostics> {
    of(&server.schemas().actions, "action", name)
}

/// Returns the types for this number of arguments.
pub(super) fn arguments(function: &FunctionDefinition, count: usize) -> impl Iterator<Item = &Type> {
    let further = function.variadic.iter().cycle();
    function.parameters.iter().chain(further).map(|parameter| &parameter.ty).take(count)
}

fn of(schemas: &BTreeMap<String, Schema>, kind: &str, name: &str) -> Result<Type, Diagnostics> {
    schemas.get(name).map(|schema| schema.block.ty()).ok_or_else(|| no_such(kind, name))
}
