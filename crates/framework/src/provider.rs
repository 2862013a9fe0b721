//! The trait for providers, and the registry of all types that a provider serves.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::action::Action;
use super::context::Configured;
use super::data_source::DataSource;
use super::diagnostics::Diagnostics;
use super::ephemeral::EphemeralResource;
use super::erased::{
    AnyAction, AnyDataSource, AnyEphemeralResource, AnyListResource, AnyResource, ErasedAction, ErasedDataSource,
    ErasedEphemeralResource, ErasedListResource, ErasedResource,
};
use super::function::Function;
use super::list::ListResource;
use super::model::Model;
use super::moved::MoveConsent;
use super::resource::Resource;

/// A provider.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The model of the provider block.
    type Model: Model;
    /// The clients that the provider configuration creates.
    type Clients: Configured;

    /// Validates the configuration beyond the validators of the schema. Any value can be unknown.
    fn validate(&self, _config: &Self::Model, _diagnostics: &mut Diagnostics) {}

    /// Creates the clients, if possible without remote calls. Returns `None`, which is not an error, if required values
    /// are unknown.
    async fn configure(
        &self,
        config: Self::Model,
        terraform_version: &str,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Self::Clients>, Diagnostics>;

    /// Returns which fields of moved states the user agrees to drop.
    fn move_consent(&self) -> MoveConsent {
        MoveConsent::default()
    }

    /// Returns all types that the provider serves.
    fn registry(&self) -> Registry<Self::Clients>;
}

type Named<T> = BTreeMap<String, Arc<T>>;

/// All types that a provider serves, by name.
pub struct Registry<C> {
    pub(crate) resources: Named<dyn AnyResource<C>>,
    pub(crate) data_sources: Named<dyn AnyDataSource<C>>,
    pub(crate) ephemeral_resources: Named<dyn AnyEphemeralResource<C>>,
    pub(crate) list_resources: Named<dyn AnyListResource<C>>,
    pub(crate) actions: Named<dyn AnyAction<C>>,
    pub(crate) functions: Named<dyn Function>,
    duplicates: Vec<String>,
}

impl<C> std::fmt::Debug for Registry<C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Registry")
            .field("resources", &self.resources.keys())
            .field("data_sources", &self.data_sources.keys())
            .field("ephemeral_resources", &self.ephemeral_resources.keys())
            .field("list_resources", &self.list_resources.keys())
            .field("actions", &self.actions.keys())
            .field("functions", &self.functions.keys())
            .finish_non_exhaustive()
    }
}

impl<C> Default for Registry<C> {
    fn default() -> Self {
        Self {
            resources: BTreeMap::new(),
            data_sources: BTreeMap::new(),
            ephemeral_resources: BTreeMap::new(),
            list_resources: BTreeMap::new(),
            actions: BTreeMap::new(),
            functions: BTreeMap::new(),
            duplicates: Vec::new(),
        }
    }
}

impl<C: Configured> Registry<C> {
    /// Creates an empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a managed resource.
    #[must_use]
    pub fn resource<R: Resource<Clients = C>>(mut self, name: &str, resource: R) -> Self {
        let erased: Arc<dyn AnyResource<C>> = Arc::new(ErasedResource::new(resource));
        let taken = self.resources.insert(name.to_owned(), erased).is_some();
        self.record_duplicate(name, taken)
    }

    /// Adds a data source.
    #[must_use]
    pub fn data_source<D: DataSource<Clients = C>>(mut self, name: &str, data_source: D) -> Self {
        let erased: Arc<dyn AnyDataSource<C>> = Arc::new(ErasedDataSource::new(data_source));
        let taken = self.data_sources.insert(name.to_owned(), erased).is_some();
        self.record_duplicate(name, taken)
    }

    /// Adds an ephemeral resource.
    #[must_use]
    pub fn ephemeral_resource<E: EphemeralResource<Clients = C>>(mut self, name: &str, ephemeral: E) -> Self {
        let erased: Arc<dyn AnyEphemeralResource<C>> = Arc::new(ErasedEphemeralResource::new(ephemeral));
        let taken = self.ephemeral_resources.insert(name.to_owned(), erased).is_some();
        self.record_duplicate(name, taken)
    }

    /// Adds a list resource. A managed resource with the same name must exist.
    #[must_use]
    pub fn list_resource<L>(mut self, name: &str, list: L) -> Self
    where
        L: ListResource,
        L::Resource: Resource<Clients = C>,
    {
        let erased: Arc<dyn AnyListResource<C>> = Arc::new(ErasedListResource::new(list));
        let taken = self.list_resources.insert(name.to_owned(), erased).is_some();
        self.record_duplicate(name, taken)
    }

    /// Adds an action.
    #[must_use]
    pub fn action<A: Action<Clients = C>>(mut self, name: &str, action: A) -> Self {
        let erased: Arc<dyn AnyAction<C>> = Arc::new(ErasedAction::new(action));
        let taken = self.actions.insert(name.to_owned(), erased).is_some();
        self.record_duplicate(name, taken)
    }

    /// Adds a function.
    #[must_use]
    pub fn function<F: Function>(mut self, name: &str, function: F) -> Self {
        let taken = self.functions.insert(name.to_owned(), Arc::new(function)).is_some();
        self.record_duplicate(name, taken)
    }

    /// Returns names that were added twice, and list resources without a managed resource with an identity. A provider
    /// with such errors does not start.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
        let orphans = self
            .list_resources
            .keys()
            .filter(|name| self.resources.get(*name).is_none_or(|resource| resource.identity_schema().is_none()));
        let duplicates = self.duplicates.iter().map(|name| format!("{name} is registered twice"));
        duplicates.chain(orphans.map(|name| format!("{name} supports listing but has no identity"))).collect()
    }

    /// Returns the names of all types.
    pub(crate) fn type_names(&self) -> impl Iterator<Item = &str> {
        let names = self.resources.keys().chain(self.data_sources.keys()).chain(self.ephemeral_resources.keys());
        names.chain(self.list_resources.keys()).chain(self.actions.keys()).map(String::as_str)
    }

    fn record_duplicate(mut self, name: &str, taken: bool) -> Self {
        if taken {
            self.duplicates.push(name.to_owned());
        }
        self
    }
}
