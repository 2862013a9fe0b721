//! GetProviderSchema, GetMetadata, GetFunctions, and GetResourceIdentitySchemas.

use std::collections::BTreeMap;

use super::Server;
use crate::function::FunctionDefinition;
use crate::identity::IdentitySchema;
use crate::model::Model;
use crate::provider::Provider;
use crate::schema::Schema;
use crate::types::Type;

/// The schemas of all types that a provider serves.
#[derive(Debug, Clone, Default)]
pub struct Schemas {
    /// The provider block.
    pub provider: Schema,
    /// Managed resources.
    pub resources: BTreeMap<String, ResourceSchema>,
    /// Data sources.
    pub data_sources: BTreeMap<String, Schema>,
    /// Ephemeral resources.
    pub ephemeral_resources: BTreeMap<String, Schema>,
    /// The configurations of list resources.
    pub list_resources: BTreeMap<String, Schema>,
    /// Actions.
    pub actions: BTreeMap<String, Schema>,
    /// Functions.
    pub functions: BTreeMap<String, FunctionDefinition>,
}

/// The schema of a managed resource, with the types of its values in the protocol.
#[derive(Debug, Clone)]
pub struct ResourceSchema {
    /// The schema.
    pub schema: Schema,
    /// The object type of the schema.
    pub ty: Type,
    /// The schema of the identity.
    pub identity: Option<IdentitySchema>,
}

impl<P: Provider> Server<P> {
    /// The schemas of all types, created once.
    pub fn schemas(&self) -> &Schemas {
        self.schemas.get_or_init(|| {
            let registry = &self.registry;
            Schemas {
                provider: Schema { version: 0, block: P::Model::block() },
                resources: registry
                    .resources
                    .iter()
                    .map(|(name, resource)| {
                        let schema = resource.schema().clone();
                        let ty = schema.block.ty();
                        (name.clone(), ResourceSchema { schema, ty, identity: resource.identity_schema().cloned() })
                    })
                    .collect(),
                data_sources: schemas(registry.data_sources.iter().map(|(name, source)| (name, source.schema()))),
                ephemeral_resources: schemas(
                    registry.ephemeral_resources.iter().map(|(name, ephemeral)| (name, ephemeral.schema())),
                ),
                list_resources: schemas(registry.list_resources.iter().map(|(name, list)| (name, list.schema()))),
                actions: schemas(registry.actions.iter().map(|(name, action)| (name, action.schema()))),
                functions: registry
                    .functions
                    .iter()
                    .map(|(name, function)| (name.clone(), function.definition()))
                    .collect(),
            }
        })
    }
}

fn schemas<'s>(named: impl Iterator<Item = (&'s String, &'s Schema)>) -> BTreeMap<String, Schema> {
    named.map(|(name, schema)| (name.clone(), schema.clone())).collect()
}
