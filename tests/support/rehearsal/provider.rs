//! The provider block, and everything that is served.

use async_trait::async_trait;
use framework::context::Configured;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, Map, Model, Set};
use framework::provider::{Provider, Registry};
use framework::tags::TagPolicy;
use framework::validators;

use crate::actor::Actor;
use crate::applause::Applause;
use crate::costume::Costume;
use crate::extra::Extra;
use crate::functions::{Describe, Join, Stumble};
use crate::pass::Pass;
use crate::store::Store;
use crate::stunt::Stunt;

/// Made-up objects, stored as files.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct Theatre {
    /// The folder with the objects.
    #[attribute(required, validate = [validators::text_that("be an absolute path", |path| path.starts_with('/'))])]
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
pub(crate) struct Rehearsal;

#[async_trait]
impl Provider for Rehearsal {
    type Model = Theatre;
    type Clients = Clients;

    async fn configure(
        &self,
        config: Theatre,
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
            diagnostics.warning("A wide stage", "The objects are stored in the root directory.");
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
            .resource("rehearsal_costume", Costume)
            .resource("rehearsal_actor", Actor)
            .resource("rehearsal_extra", Extra)
            .resource("rehearsal_stunt", Stunt)
            .data_source("rehearsal_actor", Actor)
            .list_resource("rehearsal_actor", Actor)
            .ephemeral_resource("rehearsal_pass", Pass)
            .action("rehearsal_applause", Applause)
            .function("join", Join)
            .function("describe", Describe)
            .function("stumble", Stumble)
    }
}
