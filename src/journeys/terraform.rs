//! A reimplementation of the behavior of Terraform core for one resource block that is visible to a provider:
//! `node_resource_abstract_instance`.

use std::cell::RefCell;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::ignore;
use super::process::OneResource;
use framework::diagnostics::{Diagnostics, Severity};
use framework::path::Path;
use framework::private::Private;
use framework::rules;
use framework::schema::{Attribute, Block, NestedBlock, Presence};
use framework::server::{ApplyRequest, ImportRequest, MoveRequest, PlanRequest, PlanResponse, ReadRequest, Server};
use framework::testing::proposed;
use framework::value::Value;
use wire::codec::{Leniency, value_from_json};

/// An object in the state.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    pub(super) value: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Value>,
    pub(super) tainted: bool,
}

/// The state of one block.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Slot {
    pub(super) current: Option<Object>,
    /// Objects that were replaced and not yet deleted.
    pub(super) deposed: Vec<Object>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Keep,
    Create,
    Update,
    Replace,
    Delete,
}

/// The plan of one block.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) action: Action,
    pub(super) config: Value,
    pub(super) ignored: Vec<Path>,
    pub(super) create_first: bool,
    /// The refreshed object. Null if it does not exist or is replaced.
    pub(super) prior: Value,
    pub(super) value: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Value>,
}

/// The reason why a step failed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// The provider returned errors.
    Refused(String),
    /// The provider violated a rule of Terraform core.
    Broken(String),
    /// The process was killed, or the user interrupted the walk.
    Ended,
}

/// The provider of one walk, and its resource type.
pub(super) struct Walk {
    pub(super) server: Arc<Server<OneResource>>,
    pub(super) type_name: &'static str,
    /// Cancelled when the process is killed. Later responses are discarded.
    pub(super) killed: CancellationToken,
    /// Cancelled when the user interrupts. New operations are not started.
    pub(super) interrupted: CancellationToken,
    /// Whether the client has protocol 6.11 and returns the private data of the first plan in the plan of the apply.
    pub(super) keeps_planned_private: bool,
    /// All diagnostics of the walk.
    pub(super) told: RefCell<String>,
}

fn checked(diagnostics: &Diagnostics) -> Result<(), Failure> {
    let errors = diagnostics.iter().filter(|each| each.severity == Severity::Error);
    let words: Vec<_> = errors.map(|each| format!("{}\n{}", each.summary, each.detail)).collect();
    match words
        .iter()
        .any(|text| text.starts_with("Bug in the provider") || text.contains("This is a bug in the provider"))
    {
        true => Err(Failure::Broken(words.join("\n"))),
        false if words.is_empty() => Ok(()),
        false => Err(Failure::Refused(words.join("\n"))),
    }
}

fn kept(breaches: &[rules::RuleViolation], what: &str) -> Result<(), Failure> {
    let words = |breach: &rules::RuleViolation| format!("{}: {}", breach.path, breach.rule);
    let words: Vec<_> = breaches.iter().map(words).collect();
    if words.is_empty() { Ok(()) } else { Err(Failure::Broken(format!("{what}: {}", words.join("\n")))) }
}

impl Walk {
    /// Records the diagnostics. Responses of a killed process are discarded.
    fn checked(&self, diagnostics: &Diagnostics) -> Result<(), Failure> {
        if self.killed.is_cancelled() {
            return Err(Failure::Ended);
        }
        let mut told = self.told.borrow_mut();
        diagnostics.iter().for_each(|each| told.push_str(&format!("{}\n{}\n", each.summary, each.detail)));
        checked(diagnostics)
    }

    /// Returns the response of a call, unless the process is killed first. A killed process does not continue, even if
    /// the failed call runs in a separate task.
    async fn alive<T>(&self, call: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.killed.cancelled() => Err(Failure::Ended),
            answer = call => Ok(answer),
        }
    }

    fn is_ended(&self) -> bool {
        self.killed.is_cancelled() || self.interrupted.is_cancelled()
    }

    pub(super) fn block(&self) -> Block {
        self.server.schemas().resources[self.type_name].schema.block.clone()
    }

    /// Arguments of a configuration, a state, or a response, in JSON.
    pub(super) fn decode(&self, document: &serde_json::Value) -> Value {
        let block = self.block();
        let value = value_from_json(document, &block.ty(), Leniency::Stored);
        block.with_blocks(&value.unwrap_or_else(|error| panic!("{document}: {error}")))
    }

    /// ReadResource. Returns `None` if the object does not exist.
    pub(super) async fn read(&self, object: &Object) -> Result<Option<Object>, Failure> {
        let request = ReadRequest {
            type_name: self.type_name.to_owned(),
            state: object.value.clone(),
            private: object.private.clone(),
            identity: object.identity.clone(),
            deferral_allowed: false,
        };
        let response = self.server.read_resource(request).await;
        self.checked(&response.diagnostics)?;
        let (value, private, identity) = (response.state, response.private, response.identity);
        Ok((!value.is_null()).then_some(Object { value, private, identity, tainted: object.tainted }))
    }

    async fn plan_once(
        &self,
        prior: &Value,
        config: &Value,
        (private, earlier): (&[u8], &[u8]),
        identity: Option<Value>,
    ) -> Result<PlanResponse, Failure> {
        let block = self.block();
        let request = PlanRequest {
            type_name: self.type_name.to_owned(),
            prior: prior.clone(),
            proposed: proposed(&block, prior, config),
            config: config.clone(),
            private: private.to_vec(),
            planned_private: if self.keeps_planned_private { earlier.to_vec() } else { Vec::new() },
            identity,
            deferral_allowed: false,
        };
        let response = self.server.plan_resource_change(request).await;
        self.checked(&response.diagnostics)?;
        let planned = response.planned.clone().unwrap_or_default();
        kept(&rules::planned(&block, config, prior, &planned), "the plan is not valid")?;
        Ok(response)
    }

    /// Plans a configured block, or plans it again during apply.
    pub(super) async fn plan(
        &self,
        current: Option<&Object>,
        config: &Value,
        ignored: &[Path],
        earlier: &[u8],
        create_first: bool,
    ) -> Result<Planned, Failure> {
        // Terraform core checks that required arguments are set.
        let missing =
            |each: &&Attribute| each.presence == Presence::Required && config.member(&each.name) == Some(&Value::Null);
        if let Some(attribute) = self.block().attributes.iter().find(missing) {
            return Err(Failure::Refused(format!("{} is required", attribute.name)));
        }
        let few = |each: &&NestedBlock| {
            let blocks = config.member(&each.name).and_then(Value::elements).map_or(0, <[Value]>::len);
            blocks < each.min_items as usize
        };
        if let Some(nested) = self.block().blocks.iter().find(few) {
            return Err(Failure::Refused(format!("{} is required", nested.name)));
        }
        self.checked(&self.server.validate_resource_config(self.type_name, config, true))?;
        // A tainted object is planned as if it did not exist.
        let known = current.filter(|object| !object.tainted);
        let mut prior = known.map_or(Value::Null, |object| object.value.clone());
        let private = known.map(|object| object.private.clone()).unwrap_or_default();
        let planned_with = ignore::apply(config, &prior, ignored);
        let identity = known.and_then(|object| object.identity.clone());
        let mut response = self.plan_once(&prior, &planned_with, (&private, earlier), identity).await?;
        let is_same = response.planned.as_ref() == Some(&prior);
        let action = match (prior.is_null(), response.requires_replace.is_empty()) {
            (true, _) if current.is_some() => Action::Replace,
            (true, _) => Action::Create,
            _ if is_same => Action::Keep,
            (false, false) => Action::Replace,
            (false, true) => Action::Update,
        };
        if action == Action::Replace && !prior.is_null() {
            prior = Value::Null;
            // A new object has no prior values, so nothing is ignored.
            response = self.plan_once(&prior, config, (&response.private, earlier), response.identity).await?;
        }
        Ok(Planned {
            action,
            config: config.clone(),
            ignored: ignored.to_vec(),
            create_first,
            prior,
            value: response.planned.unwrap_or_default(),
            private: response.private,
            identity: response.identity,
        })
    }

    /// Plans a block that was removed from the configuration, or an object that a replacement left.
    pub(super) async fn plan_destroy(&self, object: &Object) -> Result<Planned, Failure> {
        let request = PlanRequest {
            type_name: self.type_name.to_owned(),
            prior: object.value.clone(),
            proposed: Value::Null,
            config: Value::Null,
            private: object.private.clone(),
            planned_private: Vec::new(),
            identity: object.identity.clone(),
            deferral_allowed: false,
        };
        let response = self.server.plan_resource_change(request).await;
        self.checked(&response.diagnostics)?;
        Ok(Planned {
            action: Action::Delete,
            config: Value::Null,
            ignored: Vec::new(),
            create_first: false,
            prior: object.value.clone(),
            value: Value::Null,
            private: response.private,
            identity: response.identity,
        })
    }

    /// Applies a plan. The slot contains the stored state, even if the apply fails.
    pub(super) async fn apply(&self, slot: &mut Slot, plan: &Planned) -> Result<(), Failure> {
        while let Some(deposed) = slot.deposed.pop() {
            let gone = self.delete(&deposed, &deposed.private).await;
            if let Err(failure) = gone {
                slot.deposed.push(deposed);
                return Err(failure);
            }
        }
        match plan.action {
            Action::Keep => Ok(()),
            Action::Create | Action::Update => self.change(slot, plan).await,
            Action::Delete => self.delete_current(slot, &plan.private).await,
            Action::Replace if plan.create_first => {
                slot.deposed.extend(slot.current.take());
                let created = self.change(slot, plan).await;
                if slot.current.is_none() {
                    // The replacement was not created, so the old object becomes the current one again.
                    slot.current = slot.deposed.pop();
                }
                created?;
                while let Some(deposed) = slot.deposed.first().cloned() {
                    self.delete(&deposed, &plan.private).await?;
                    slot.deposed.remove(0);
                }
                Ok(())
            }
            Action::Replace => {
                self.delete_current(slot, &plan.private).await?;
                self.change(slot, plan).await
            }
        }
    }

    async fn delete_current(&self, slot: &mut Slot, private: &[u8]) -> Result<(), Failure> {
        let Some(object) = slot.current.clone() else { return Ok(()) };
        self.delete(&object, private).await?;
        slot.current = None;
        Ok(())
    }

    async fn delete(&self, object: &Object, private: &[u8]) -> Result<(), Failure> {
        if self.is_ended() {
            return Err(Failure::Ended);
        }
        let request = ApplyRequest {
            type_name: self.type_name.to_owned(),
            prior: object.value.clone(),
            planned: Value::Null,
            config: Value::Null,
            planned_private: private.to_vec(),
            planned_identity: object.identity.clone(),
        };
        let response = self.alive(self.server.apply_resource_change(request)).await?;
        self.checked(&response.diagnostics)
    }

    /// Creates or updates. Terraform core plans again, and known values of the first plan must not change.
    async fn change(&self, slot: &mut Slot, plan: &Planned) -> Result<(), Failure> {
        if self.is_ended() {
            return Err(Failure::Ended);
        }
        let current = slot.current.clone();
        let again = self.plan(current.as_ref(), &plan.config, &plan.ignored, &plan.private, plan.create_first).await?;
        kept(&rules::consistent(&plan.value, &again.value), "the plan changes during apply")?;
        let expected = if plan.action == Action::Update { Action::Update } else { Action::Create };
        if again.action == Action::Keep && expected == Action::Update {
            return Ok(());
        }
        if again.action != expected {
            return Err(Failure::Broken(format!(
                "{:?} was planned, and is {:?} during apply",
                plan.action, again.action
            )));
        }
        let request = ApplyRequest {
            type_name: self.type_name.to_owned(),
            prior: current.map_or(Value::Null, |object| object.value),
            planned: again.value.clone(),
            // Terraform core applies ignore_changes only during plan.
            config: plan.config.clone(),
            planned_private: again.private,
            planned_identity: again.identity,
        };
        let response = self.alive(self.server.apply_resource_change(request)).await?;
        let result = self.checked(&response.diagnostics);
        if self.killed.is_cancelled() {
            return result;
        }
        let tainted = result.is_err() && expected == Action::Create;
        let (value, private, identity) = (response.state, response.private, response.identity);
        slot.current = (!value.is_null()).then_some(Object { value: value.clone(), private, identity, tainted });
        result?;
        kept(&rules::applied(&self.block(), &again.value, &value), "the result is not what was planned")
    }

    /// `import`: reads the object for an ID or an identity.
    pub(super) async fn import(&self, id: &str, identity: Option<Value>) -> Result<Option<Object>, Failure> {
        let request = ImportRequest {
            type_name: self.type_name.to_owned(),
            id: id.to_owned(),
            identity,
            deferral_allowed: false,
        };
        let response = self.server.import_resource_state(request).await;
        self.checked(&response.diagnostics)?;
        let value = response.state.unwrap_or_default();
        let private = Private::before_first_read().to_bytes();
        self.read(&Object { value, private, identity: response.identity, tainted: false }).await
    }

    /// `moved` from a resource type of another provider.
    pub(super) fn moved(&self, (provider, kind, state): (&str, &str, serde_json::Value)) -> Result<Object, Failure> {
        let request = MoveRequest {
            source_provider_address: format!("registry.terraform.io/{provider}"),
            source_type_name: kind.to_owned(),
            source_schema_version: 0,
            source_state: state,
            target_type_name: self.type_name.to_owned(),
        };
        let moved = self.server.move_resource_state(request);
        let (moved, _) = moved.map_err(|errors| checked(&errors).expect_err("a move fails with an error"))?;
        let private = Private::before_first_read().to_bytes();
        Ok(Object { value: self.decode(&moved), private, identity: None, tainted: false })
    }
}
