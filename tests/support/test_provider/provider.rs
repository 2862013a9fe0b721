//! The provider block, and everything that is served.

use async_trait::async_trait;
use framework::context::Configured;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, Map, Model, Set};
use framework::provider::{Provider, Registry};
use framework::tags::TagPolicy;
use framework::validators;

use crate::all_types::AllTypes;
use crate::basic::Basic;
use crate::faulty::Faulty;
use crate::functions::{Describe, Join, Stumble};
use crate::legacy::Legacy;
use crate::notify::Notify;
use crate::store::Store;
use crate::token::Token;

/// Made-up objects, stored as files.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct Settings {
    /// The folder with the objects.
    #[attribute(required, validate = [validators::string_matching("be an absolute path", |path| path.starts_with('/'))])]
    pub(crate) directory: Attr<String>,
    /// Tags that every object gets.
    #[attribute(optional)]
    pub(crate) default_tags: Map<String>,
    /// Prefixes of tags that others own.
    #[attribute(optional)]
    pub(crate) ignore_tag_prefixes: Set<String>,
}

/// The configured provider.
#[derive(Debug)]
pub(crate) struct Clients {
    /// The objects.
    pub(crate) store: Store,
    tags: TagPolicy,
}

impl Configured for Clients {
    fn tag_policy(&self) -> TagPolicy {
        self.tags.clone()
    }
}

/// The provider.
pub(crate) struct TestProvider;

#[async_trait]
impl Provider for TestProvider {
    type Model = Settings;
    type Clients = Clients;

    async fn configure(
        &self,
        config: Settings,
        terraform_version: &str,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Clients>, Diagnostics> {
        tracing::debug!(terraform_version, "configuring");
        let directory = match &config.directory {
            Attr::Unknown => return Ok(None),
            Attr::Known(directory) => directory,
            Attr::Null => return Err(Diagnostic::error("No directory", "Give a directory.").into()),
        };
        if directory == "/" {
            diagnostics.warning("A wide session", "The objects are stored in the root directory.");
        }
        let tags = TagPolicy {
            defaults: config.default_tags.known_members().map(|(key, value)| (key.clone(), value.clone())).collect(),
            ignored_prefixes: config.ignore_tag_prefixes.known_elements().cloned().collect(),
            ..TagPolicy::default()
        };
        Ok(Some(Clients { store: Store::of(directory), tags }))
    }

    fn registry(&self) -> Registry<Clients> {
        Registry::new()
            .resource("test_all_types", AllTypes)
            .resource("test_basic", Basic)
            .resource("test_legacy", Legacy)
            .resource("test_faulty", Faulty)
            .data_source("test_basic", Basic)
            .list_resource("test_basic", Basic)
            .ephemeral_resource("test_token", Token)
            .action("test_notify", Notify)
            .function("join", Join)
            .function("describe", Describe)
            .function("stumble", Stumble)
    }
}
