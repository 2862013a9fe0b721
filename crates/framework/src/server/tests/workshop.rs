//! The provider under test. A script determines the results of its operations.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::sync::Notify;

use crate::action::{Action, Progress};
use crate::blocks::SetBlock;
use crate::context::{Configured, Context};
use crate::data_source::DataSource;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::ephemeral::{EphemeralResource, Lease};
use crate::function::{Function, FunctionDefinition, FunctionError, Parameter};
use crate::list::{ListResource, ListSink, Listed};
use crate::model::Attr;
use crate::moved::MoveConsent;
use crate::provider::{Provider, Registry};
use crate::resource::{Change, ImportTarget, MoveFrom, Plan, Record, Resource};
use crate::tags::{TagAttributes, TagPolicy};
use crate::types::Type;
use crate::value::Value;

use super::models::{Bench, BenchId, Lookup, Settings};

type Outcome = Result<(), Diagnostics>;

/// The results of the operations.
#[derive(Clone)]
pub(super) struct Script {
    pub(super) plan: fn(&mut Plan<Bench>) -> Outcome,
    pub(super) create: fn(&Change<Bench>, &mut Record<Bench>) -> Outcome,
    pub(super) read: fn(&mut Record<Bench>) -> Outcome,
    pub(super) update: fn(&Change<Bench>, &mut Record<Bench>) -> Outcome,
    pub(super) delete: fn(&mut Record<Bench>) -> Outcome,
    pub(super) identity: fn(&Bench) -> Option<BenchId>,
    pub(super) lookup: fn(Lookup) -> Result<Lookup, Diagnostics>,
    pub(super) listed: fn(i64) -> Listed<BenchResource>,
    /// Notified when an operation waits for cancellation. Without it, no operation waits.
    pub(super) waiting: Option<Arc<Notify>>,
    /// Notified when an ephemeral resource is closed.
    pub(super) closed: Arc<Notify>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            plan: |_| Ok(()),
            create: |change, record| {
                record.save(built(&change.planned));
                Ok(())
            },
            read: |_| Ok(()),
            update: |change, record| {
                record.save(built(&change.planned));
                Ok(())
            },
            delete: |_| Ok(()),
            identity: |bench| Some(BenchId { name: bench.name.clone(), site: "here".into() }),
            lookup: |lookup| Ok(Lookup { found: "yes".into(), ..lookup }),
            listed: |index| {
                let name = Attr::Known(format!("bench-{index}"));
                let object = Bench { name: name.clone(), ..Bench::default() };
                let identity = BenchId { name: name.clone(), site: "here".into() };
                Listed { identity, display_name: format!("Bench {index}"), object: Some(object) }
            },
            waiting: None,
            closed: Arc::default(),
        }
    }
}

/// Returns the bench that the test provider creates for a plan.
pub(super) fn built(planned: &Bench) -> Bench {
    let mut bench = planned.clone();
    let decided = |attr: &mut Attr<String>, value: &str| {
        if attr.is_unknown() {
            *attr = value.into();
        }
    };
    decided(&mut bench.id, "b-1");
    decided(&mut bench.status, "built");
    for hook in bench.hook.0.known().cloned().into_iter().flatten() {
        let mut done = hook.clone();
        decided(&mut done.serial, "s-1");
        bench.hook = SetBlock::of(
            bench.hook.iter().map(|each| if *each == hook { done.clone() } else { each.clone() }).collect::<Vec<_>>(),
        );
    }
    bench
}

pub(super) struct Clients(TagPolicy);

impl Configured for Clients {
    fn tag_policy(&self) -> TagPolicy {
        self.0.clone()
    }
}

pub(super) struct Workshop {
    pub(super) script: Script,
}

#[async_trait]
impl Provider for Workshop {
    type Model = Settings;
    type Clients = Clients;

    async fn configure(
        &self,
        config: Settings,
        _terraform_version: &str,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Clients>, Diagnostics> {
        match config.site.text() {
            Some("closed") => return Err(Diagnostic::error("The workshop is closed", "Come back.").into()),
            Some("burning") => panic!("fire"),
            Some("windy") => diagnostics.warning("It is windy", "Hold on."),
            _ => {}
        }
        let defaults = config.default_tags.known_members().map(|(key, value)| (key.clone(), value.clone()));
        let policy = TagPolicy { defaults: defaults.collect::<BTreeMap<_, _>>(), ..TagPolicy::default() };
        Ok((!config.site.is_unknown()).then_some(Clients(policy)))
    }

    fn move_consent(&self) -> MoveConsent {
        MoveConsent { variable: "WORKSHOP_MOVE", fields: ["drawer".to_owned()].into() }
    }

    fn registry(&self) -> Registry<Clients> {
        let bench = || BenchResource { script: self.script.clone() };
        Registry::new()
            .resource("workshop_bench", bench())
            .list_resource("workshop_bench", bench())
            .data_source("workshop_bench", bench())
            .ephemeral_resource("workshop_key", bench())
            .action("workshop_sweep", Sweep)
            .function("measure", Measure)
    }
}

pub(super) struct BenchResource {
    script: Script,
}

impl BenchResource {
    async fn wait(&self, context: &Context<Clients>) -> Outcome {
        let Some(waiting) = &self.script.waiting else { return Ok(()) };
        waiting.notify_one();
        context.cancellation().cancelled().await;
        Err(Diagnostic::error("Interrupted", "The wait was cancelled.").into())
    }
}

#[async_trait]
impl Resource for BenchResource {
    type Clients = Clients;
    type Model = Bench;
    type Identity = BenchId;

    fn version(&self) -> i64 {
        2
    }

    fn validate(&self, config: &Bench, diagnostics: &mut Diagnostics) {
        assert_ne!(config.note.text(), Some("panic"), "the note panics");
        if config.height.is_known() && config.mode.text() == Some("plain") {
            diagnostics.warning("Heights are for fancy benches", "Leave the height out.");
        }
    }

    async fn plan(&self, _context: &Context<Clients>, plan: &mut Plan<Bench>) -> Outcome {
        (self.script.plan)(plan)
    }

    async fn create(&self, context: &Context<Clients>, change: &Change<Bench>, record: &mut Record<Bench>) -> Outcome {
        context.clients()?;
        (self.script.create)(change, record)?;
        self.wait(context).await
    }

    async fn read(&self, _context: &Context<Clients>, record: &mut Record<Bench>) -> Outcome {
        (self.script.read)(record)
    }

    async fn update(&self, _context: &Context<Clients>, change: &Change<Bench>, record: &mut Record<Bench>) -> Outcome {
        (self.script.update)(change, record)
    }

    async fn delete(&self, _context: &Context<Clients>, record: &mut Record<Bench>) -> Outcome {
        (self.script.delete)(record)
    }

    async fn import(&self, context: &Context<Clients>, target: ImportTarget<BenchId>) -> Result<Bench, Diagnostics> {
        context.clients()?;
        let name = match target {
            ImportTarget::Id(id) => id.as_str().into(),
            ImportTarget::Identity(identity) => identity.name,
        };
        Ok(Bench { name, status: Attr::Unknown, secret: "leak".into(), ..Bench::default() })
    }

    fn identity(&self, _context: &Context<Clients>, model: &Bench) -> Option<BenchId> {
        (self.script.identity)(model)
    }

    fn tags<'m>(&self, model: &'m mut Bench) -> Option<TagAttributes<'m>> {
        Some(TagAttributes { tags: &mut model.tags, tags_all: &mut model.tags_all })
    }

    fn upgrade(&self, version: i64, mut state: Json) -> Result<Json, Diagnostics> {
        match version {
            0 => panic!("nobody has states that old"),
            1 => {
                state["name"] = state["title"].take();
                Ok(state)
            }
            other => Err(Diagnostic::error("Unknown version", other.to_string()).into()),
        }
    }

    fn moves(&self) -> Vec<MoveFrom> {
        vec![MoveFrom {
            provider: "acme/garage",
            type_name: "garage_table",
            convert: |version, state| {
                assert_ne!(version, 9, "version 9 panics");
                let engraving = &state["engraving"];
                Ok(serde_json::json!({ "name": state["label"], "status": version.to_string(), "engraving": engraving }))
            },
            lost: |state| {
                ["drawer", "shelf"].into_iter().filter(|field| state[field].is_string()).map(str::to_owned).collect()
            },
        }]
    }

    fn tidy_generated_config(&self, config: &mut Bench) {
        assert_ne!(config.note.text(), Some("panic"), "the note panics");
        if config.note.text() == Some("") {
            config.note = Attr::Null;
        }
    }
}

#[async_trait]
impl ListResource for BenchResource {
    type Resource = Self;
    type Config = Settings;

    async fn list(&self, context: &Context<Clients>, config: Settings, sink: &mut ListSink<Self>) -> Outcome {
        if config.site.text() == Some("forever") {
            // No object is sent, and the receiver is dropped. The search still ends.
            let _told = NotifyOnDrop(self.script.closed.clone());
            return self.wait(context).await;
        }
        for index in 0_i64.. {
            if !sink.send((self.script.listed)(index)).await {
                break;
            }
            if config.site.text() == Some("small") && index == 1 {
                return Err(Diagnostic::error("The site is small", "There is no more.").into());
            }
        }
        Ok(())
    }
}

/// Sends a notification when it is dropped.
struct NotifyOnDrop(Arc<Notify>);

impl Drop for NotifyOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[async_trait]
impl DataSource for BenchResource {
    type Clients = Clients;
    type Model = Lookup;

    async fn read(
        &self,
        context: &Context<Clients>,
        config: Lookup,
        diagnostics: &mut Diagnostics,
    ) -> Result<Lookup, Diagnostics> {
        context.clients()?;
        diagnostics.warning("Looked", "It was looked for.");
        (self.script.lookup)(config)
    }
}

#[async_trait]
impl EphemeralResource for BenchResource {
    type Clients = Clients;
    type Model = Lookup;

    async fn open(&self, context: &Context<Clients>, config: Lookup, lease: &mut Lease) -> Result<Lookup, Diagnostics> {
        context.clients()?;
        lease.private.set("key", &"k-1");
        (self.script.lookup)(config)
    }

    async fn renew(&self, _context: &Context<Clients>, lease: &mut Lease) -> Outcome {
        let key: String = lease.private.get("key").unwrap_or_default();
        lease.private.set("key", &format!("{key}+"));
        if key.ends_with("++") { Err(Diagnostic::error("Worn out", "Renewed too often.").into()) } else { Ok(()) }
    }

    async fn close(&self, _context: &Context<Clients>, lease: &Lease) -> Outcome {
        assert!(lease.private.get::<String>("key").is_some_and(|key| key.starts_with("k-1")), "not what was opened");
        self.script.closed.notify_one();
        Ok(())
    }
}

struct Sweep;

#[async_trait]
impl Action for Sweep {
    type Clients = Clients;
    type Model = Settings;

    async fn plan(&self, _context: &Context<Clients>, config: &Settings) -> Outcome {
        if config.site.text() == Some("closed") {
            Err(Diagnostic::error("Closed", "No sweeping.").into())
        } else {
            Ok(())
        }
    }

    async fn invoke(&self, context: &Context<Clients>, config: Settings, progress: &Progress) -> Outcome {
        progress.report("begun");
        match config.site.text() {
            Some("burning") => panic!("fire"),
            Some("forever") => {
                context.cancellation().cancelled().await;
                return Err(Diagnostic::error("Interrupted", "The sweep was cancelled.").into());
            }
            // A background task keeps the sender of the progress and never drops it.
            Some("forgetful") => std::mem::forget(progress.clone()),
            _ => {}
        }
        progress.report("done");
        Ok(())
    }
}

struct Measure;

impl Function for Measure {
    fn definition(&self) -> FunctionDefinition {
        let parameter = |name: &str, allow_null, allow_unknown| Parameter {
            name: name.to_owned(),
            ty: Type::String,
            allow_null,
            allow_unknown,
            description: String::new(),
        };
        FunctionDefinition {
            parameters: vec![parameter("text", false, false), parameter("unit", true, true)],
            variadic: Some(parameter("more", false, true)),
            result: Type::Number,
            summary: "Measures a text.".to_owned(),
            description: String::new(),
            deprecation: None,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let text = arguments[0].as_str().expect("the first argument is a known text");
        match text {
            "panic" => panic!("cannot measure this"),
            "wrong" => Ok("not a number".into()),
            "vague" => Ok(Value::unknown()),
            "" => Err(FunctionError::argument(0, "there is nothing to measure")),
            _ if arguments.iter().any(Value::is_unknown) => Ok(Value::unknown()),
            _ => Ok(i64::try_from(text.len() + arguments.len()).expect("a short text").into()),
        }
    }
}
