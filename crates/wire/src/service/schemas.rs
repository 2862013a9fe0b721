//! GetProviderSchema, GetMetadata, GetFunctions, and GetResourceIdentitySchemas.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::convert;
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::get_metadata::{
    ActionMetadata, DataSourceMetadata, EphemeralMetadata, FunctionMetadata, ListResourceMetadata, ResourceMetadata,
};
use framework::provider::Provider;
use framework::server::{Schemas, Server};

pub(super) async fn get_provider_schema<P: Provider>(
    server: Arc<Server<P>>,
    _request: proto::get_provider_schema::Request,
) -> proto::get_provider_schema::Response {
    let schemas = server.schemas();
    let resources = schemas.resources.iter().map(|(name, resource)| (name.clone(), convert::schema(&resource.schema)));
    proto::get_provider_schema::Response {
        provider: Some(convert::schema(&schemas.provider)),
        resource_schemas: resources.collect(),
        data_source_schemas: by_name(&schemas.data_sources, convert::schema),
        ephemeral_resource_schemas: by_name(&schemas.ephemeral_resources, convert::schema),
        list_resource_schemas: by_name(&schemas.list_resources, convert::schema),
        action_schemas: by_name(&schemas.actions, convert::action_schema),
        functions: functions(schemas),
        server_capabilities: Some(capabilities()),
        ..Default::default()
    }
}

pub(super) async fn get_metadata<P: Provider>(
    server: Arc<Server<P>>,
    _request: proto::get_metadata::Request,
) -> proto::get_metadata::Response {
    let schemas = server.schemas();
    proto::get_metadata::Response {
        server_capabilities: Some(capabilities()),
        diagnostics: Vec::new(),
        data_sources: names(&schemas.data_sources, |type_name| DataSourceMetadata { type_name }),
        resources: names(&schemas.resources, |type_name| ResourceMetadata { type_name }),
        functions: names(&schemas.functions, |name| FunctionMetadata { name }),
        ephemeral_resources: names(&schemas.ephemeral_resources, |type_name| EphemeralMetadata { type_name }),
        list_resources: names(&schemas.list_resources, |type_name| ListResourceMetadata { type_name }),
        state_stores: Vec::new(),
        actions: names(&schemas.actions, |type_name| ActionMetadata { type_name }),
    }
}

pub(super) async fn get_functions<P: Provider>(
    server: Arc<Server<P>>,
    _request: proto::get_functions::Request,
) -> proto::get_functions::Response {
    proto::get_functions::Response { functions: functions(server.schemas()), diagnostics: Vec::new() }
}

pub(super) async fn get_resource_identity_schemas<P: Provider>(
    server: Arc<Server<P>>,
    _request: proto::get_resource_identity_schemas::Request,
) -> proto::get_resource_identity_schemas::Response {
    let resources = server.schemas().resources.iter();
    let identities = resources.filter_map(|(name, resource)| {
        let identity = resource.identity.as_ref()?;
        Some((name.clone(), convert::identity_schema(identity)))
    });
    proto::get_resource_identity_schemas::Response { identity_schemas: identities.collect(), diagnostics: Vec::new() }
}

/// The supported features of the protocol beyond its first version. Calls do not depend on a previous schema call.
fn capabilities() -> proto::ServerCapabilities {
    proto::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}

fn functions(schemas: &Schemas) -> HashMap<String, proto::Function> {
    by_name(&schemas.functions, convert::function)
}

fn names<T, M>(named: &BTreeMap<String, T>, metadata: impl Fn(String) -> M) -> Vec<M> {
    named.keys().cloned().map(metadata).collect()
}

fn by_name<T, U>(named: &BTreeMap<String, T>, convert: impl Fn(&T) -> U) -> HashMap<String, U> {
    named.iter().map(|(name, given)| (name.clone(), convert(given))).collect()
}
