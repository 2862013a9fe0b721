//! `test_basic`: identity, import, state of an older version, taken-over states, a list and a data source.

use async_trait::async_trait;
use framework::context::Context;
use framework::data_source::DataSource;
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::identity::Identity;
use framework::list::{ListResource, ListSink, Listed};
use framework::model::{Attr, Model};
use framework::moved::lost_nothing;
use framework::resource::{Change, ImportTarget, MoveFrom, Record, Resource};
use framework::validators;
use serde_json::{Value as Json, json};

use crate::provider::Clients;

/// The kind of its files.
pub(crate) const KIND: &str = "basic";

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A basic object.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct BasicModel {
    /// The name.
    #[attribute(required, replace, validate = [validators::string_matching("have only small letters, digits and -", is_name)])]
    pub(crate) name: Attr<String>,
    /// The id.
    #[attribute(computed, stable)]
    pub(crate) id: Attr<String>,
    /// What is played.
    #[attribute(optional)]
    pub(crate) role: Attr<String>,
    /// The age in years.
    #[attribute(optional, computed, default = 30, validate = [validators::between(1..=120)])]
    pub(crate) age: Attr<i64>,
    /// The name of the role before it was called so.
    #[attribute(optional, deprecated = "Use role.")]
    pub(crate) part: Attr<String>,
}

/// What identifies a basic object.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct BasicIdentity {
    /// The name.
    #[attribute(required)]
    pub(crate) name: Attr<String>,
    /// The kind of session, which is always the same.
    #[attribute(optional)]
    pub(crate) session: Attr<String>,
}

impl Identity for BasicIdentity {}

/// The search for objects.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct BasicListConfig {
    /// How the names begin.
    #[attribute(optional)]
    pub(crate) prefix: Attr<String>,
}

/// `test_basic`.
pub(crate) struct Basic;

fn identity(model: &BasicModel) -> BasicIdentity {
    BasicIdentity { name: model.name.clone(), session: "wooden".into() }
}

fn name(model: &BasicModel) -> &str {
    model.name.text().unwrap_or_default()
}

#[async_trait]
impl Resource for Basic {
    type Clients = Clients;
    type Model = BasicModel;
    type Identity = BasicIdentity;

    fn version(&self) -> i64 {
        1
    }

    async fn create(
        &self,
        context: &Context<Clients>,
        change: &Change<BasicModel>,
        record: &mut Record<BasicModel>,
    ) -> Result<(), Diagnostics> {
        let basic =
            BasicModel { id: Attr::Known(format!("basic-{}", name(&change.planned))), ..change.planned.clone() };
        context.clients()?.store.put(KIND, name(&basic), &basic)?;
        record.save(basic);
        Ok(())
    }

    async fn read(&self, context: &Context<Clients>, record: &mut Record<BasicModel>) -> Result<(), Diagnostics> {
        let stored = record.state().map(name).unwrap_or_default();
        match context.clients()?.store.get(KIND, stored)? {
            Some(basic) => record.save(basic),
            None => record.gone(),
        }
        Ok(())
    }

    async fn update(
        &self,
        context: &Context<Clients>,
        change: &Change<BasicModel>,
        record: &mut Record<BasicModel>,
    ) -> Result<(), Diagnostics> {
        context.clients()?.store.put(KIND, name(&change.planned), &change.planned)?;
        record.save(change.planned.clone());
        Ok(())
    }

    async fn delete(&self, context: &Context<Clients>, record: &mut Record<BasicModel>) -> Result<(), Diagnostics> {
        context.clients()?.store.delete(KIND, record.state().map(name).unwrap_or_default())
    }

    async fn import(
        &self,
        _context: &Context<Clients>,
        target: ImportTarget<BasicIdentity>,
    ) -> Result<BasicModel, Diagnostics> {
        let name = match target {
            ImportTarget::Id(id) => Attr::Known(id.trim_start_matches("basic-").to_owned()),
            ImportTarget::Identity(identity) => identity.name,
        };
        Ok(BasicModel { name, ..BasicModel::default() })
    }

    fn identity(&self, _context: &Context<Clients>, model: &BasicModel) -> Option<BasicIdentity> {
        model.name.is_known().then(|| identity(model))
    }

    /// Version 0 called the role a title, and stored the age as a text.
    fn upgrade(&self, version: i64, state: Json) -> Result<Json, Diagnostics> {
        if version != 0 {
            let detail = format!("The state has version {version}, this provider knows 0 and 1.");
            return Err(Diagnostic::error("Unknown version of a basic object", detail).into());
        }
        let age = state["age"].as_str().and_then(|age| age.parse::<i64>().ok());
        Ok(json!({ "name": state["name"], "id": state["id"], "role": state["title"], "age": age }))
    }

    fn moves(&self) -> Vec<MoveFrom> {
        vec![
            MoveFrom {
                provider: "ekscompute/test",
                type_name: "test_legacy",
                convert: |_, state| Ok(json!({ "name": state["nickname"], "id": state["id"] })),
                lost: lost_nothing,
            },
            MoveFrom {
                provider: "builtin/terraform",
                type_name: "terraform_data",
                convert: |_, state| Ok(json!({ "name": state["output"]["value"], "id": state["id"] })),
                lost: lost_nothing,
            },
        ]
    }

    fn tidy_generated_config(&self, config: &mut BasicModel) {
        if config.role.text() == Some("") {
            config.role = Attr::Null;
        }
    }
}

#[async_trait]
impl DataSource for Basic {
    type Clients = Clients;
    type Model = BasicLookup;

    async fn read(
        &self,
        context: &Context<Clients>,
        config: BasicLookup,
        diagnostics: &mut Diagnostics,
    ) -> Result<BasicLookup, Diagnostics> {
        let name = config.name.text().unwrap_or_default();
        let found = context.clients()?.store.get::<BasicModel>(KIND, name)?;
        let basic = found.ok_or_else(|| {
            Diagnostics::from(Diagnostic::error("No such basic", format!("There is no basic {name}. Check the name.")))
        })?;
        if basic.role.is_null() {
            diagnostics.warning("Idle basic", format!("{name} has no role."));
        }
        Ok(BasicLookup { id: basic.id, role: basic.role, name: config.name })
    }
}

/// A basic object to look up.
#[derive(Debug, Clone, PartialEq, Default, Model)]
pub(crate) struct BasicLookup {
    /// The name.
    #[attribute(required)]
    pub(crate) name: Attr<String>,
    /// The id.
    #[attribute(computed)]
    pub(crate) id: Attr<String>,
    /// What is played.
    #[attribute(computed)]
    pub(crate) role: Attr<String>,
}

#[async_trait]
impl ListResource for Basic {
    type Resource = Self;
    type Config = BasicListConfig;

    async fn list(
        &self,
        context: &Context<Clients>,
        config: BasicListConfig,
        sink: &mut ListSink<Self>,
    ) -> Result<(), Diagnostics> {
        let store = &context.clients()?.store;
        let prefix = config.prefix.text().unwrap_or_default();
        for name in store.names(KIND)?.iter().filter(|name| name.starts_with(prefix)) {
            let Some(basic) = store.get::<BasicModel>(KIND, name)? else { continue };
            let object = sink.wants_object().then(|| basic.clone());
            let listed = Listed { identity: identity(&basic), display_name: format!("Basic {name}"), object };
            if !sink.send(listed).await {
                break;
            }
        }
        Ok(())
    }
}
