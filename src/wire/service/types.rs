//! The types by which the values of a request are read, found by the name in it.

use std::collections::BTreeMap;

use crate::framework::diagnostics::Diagnostics;
use crate::framework::function::FunctionDefinition;
use crate::framework::provider::Provider;
use crate::framework::schema::Schema;
use crate::framework::server::{ResourceSchema, Server, no_such};
use crate::framework::types::Type;

/// The schema of a managed resource.
pub(super) fn resource<'s, P: Provider>(server: &'s Server<P>, name: &str) -> Result<&'s ResourceSchema, Diagnostics> {
    server.schemas().resources.get(name).ok_or_else(|| no_such("resource", name))
}

/// The type of the identity of a managed resource.
pub(super) fn identity(resource: &ResourceSchema) -> Option<Type> {
    resource.identity.as_ref().map(|identity| identity.ty())
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

/// The types of the arguments of a call with that many of them.
pub(super) fn arguments(function: &FunctionDefinition, count: usize) -> impl Iterator<Item = &Type> {
    let further = function.variadic.iter().cycle();
    function.parameters.iter().chain(further).map(|parameter| &parameter.ty).take(count)
}

fn of(schemas: &BTreeMap<String, Schema>, kind: &str, name: &str) -> Result<Type, Diagnostics> {
    schemas.get(name).map(|schema| schema.block.ty()).ok_or_else(|| no_such(kind, name))
}
