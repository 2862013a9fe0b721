//! A managed resource with dynamic values.

use std::sync::OnceLock;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::{asked, catch_panic, decode, guarded, validate};
use crate::context::{Configured, Context};
use crate::diagnostics::Diagnostics;
use crate::identity::{Identity, IdentitySchema};
use crate::located::located;
use crate::model::{Attr, Model};
use crate::path::Path;
use crate::plan_facts::PlanFacts;
use crate::plan_marker::PlanMarker;
use crate::private::Private;
use crate::resource::{Change, ImportTarget, MoveFrom, Plan, Record, Resource};
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// See [`Resource`]. Uses dynamic values.
#[async_trait]
pub(crate) trait AnyResource<C: 'static>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn identity_schema(&self) -> Option<&IdentitySchema>;
    fn validate(&self, config: &Value) -> Diagnostics;
    fn plan_tags(&self, context: &Context<C>, planned: &Value) -> Result<Value, Diagnostics>;
    async fn plan(&self, context: &Context<C>, plan: RawPlan) -> Result<RawPlan, Diagnostics>;
    fn plan_destroy(&self, context: &Context<C>, prior: &Value) -> Result<(), Diagnostics>;
    async fn apply_change(&self, context: &Context<C>, verb: Verb, change: RawChange) -> RawRecord;
    async fn read(&self, context: &Context<C>, state: Value, private: Private) -> RawRecord;
    async fn import(
        &self,
        context: &Context<C>,
        target: ImportTarget<Value>,
    ) -> Result<(Value, Option<Value>), Diagnostics>;
    fn identity(&self, context: &Context<C>, state: &Value) -> Result<Option<Value>, Diagnostics>;
    fn upgrade(&self, version: i64, state: Json) -> Result<Json, Diagnostics>;
    fn moves(&self) -> Vec<MoveFrom>;
    fn tidy_generated_config(&self, config: &Value) -> Result<Value, Diagnostics>;
}

/// A plan under construction, with dynamic values.
#[derive(Debug, Clone)]
pub(crate) struct RawPlan {
    pub(crate) config: Value,
    pub(crate) prior: Value,
    pub(crate) planned: Value,
    pub(crate) private: Private,
    pub(crate) marker: PlanMarker,
    pub(crate) facts: PlanFacts,
    pub(crate) replace: Vec<Path>,
    pub(crate) diagnostics: Diagnostics,
}

/// A change to apply, with dynamic values.
#[derive(Debug, Clone)]
pub(crate) struct RawChange {
    pub(crate) prior: Value,
    pub(crate) planned: Value,
    pub(crate) write_only: Value,
    pub(crate) private: Private,
}

/// The object after an operation, as dynamic values. `diagnostics` contains its errors.
#[derive(Debug)]
pub(crate) struct RawRecord {
    pub(crate) state: Value,
    pub(crate) identity: Option<Value>,
    pub(crate) private: Private,
    pub(crate) diagnostics: Diagnostics,
}

/// The CRUD operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Update,
    Delete,
}

/// A [`Resource`] as an [`AnyResource`].
pub(crate) struct ErasedResource<R: Resource> {
    resource: R,
    schema: OnceLock<Schema>,
    identity: OnceLock<Option<IdentitySchema>>,
    left_out: OnceLock<Vec<String>>,
}

impl<R: Resource> ErasedResource<R> {
    pub(crate) fn new(resource: R) -> Self {
        Self { resource, schema: OnceLock::new(), identity: OnceLock::new(), left_out: OnceLock::new() }
    }

    /// Returns the model of a value. Members that are not in the schema are null.
    fn model(&self, value: &Value) -> Result<R::Model, Diagnostics> {
        match value {
            Value::Object(members) => {
                let mut members = members.clone();
                for name in self.left_out() {
                    members.entry(name.clone()).or_default();
                }
                decode(&Value::Object(members))
            }
            other => decode(other),
        }
    }

    fn optional_model(&self, value: &Value) -> Result<Option<R::Model>, Diagnostics> {
        if value.is_null() { Ok(None) } else { self.model(value).map(Some) }
    }

    /// Returns the value of a model, without the members that are not in the schema.
    fn value(&self, model: &R::Model) -> Value {
        self.schema().block.without_others(model.to_value())
    }

    /// Returns the names of model members that are not in the schema.
    fn left_out(&self) -> &[String] {
        self.left_out.get_or_init(|| {
            let (model, served) = (R::Model::block().ty(), self.schema().block.ty());
            let (Type::Object(all), Type::Object(served)) = (model, served) else { return Vec::new() };
            all.into_keys().filter(|name| !served.contains_key(name)).collect()
        })
    }

    fn record(
        &self,
        context: &Context<R::Clients>,
        record: Record<R::Model>,
        result: Result<(), Diagnostics>,
    ) -> RawRecord {
        let private = record.private.clone();
        let mut diagnostics = record.diagnostics.clone();
        diagnostics.extend(result.err().unwrap_or_default());
        let state = record.into_state();
        let identified = state.as_ref().map_or(Ok(None), |model| self.identity_of(context, model));
        let identity = identified.unwrap_or_else(|panic| {
            diagnostics.extend(panic);
            None
        });
        RawRecord { state: state.map_or(Value::Null, |model| self.value(&model)), identity, private, diagnostics }
    }

    /// Returns the identity of an object, or `None` while it is not completely known.
    fn identity_of(&self, context: &Context<R::Clients>, model: &R::Model) -> Result<Option<Value>, Diagnostics> {
        let identity = catch_panic(|| self.resource.identity(context, model))?;
        let identity = identity.filter(|_| R::Identity::EXISTS).map(|identity| identity.to_value());
        Ok(identity.filter(Value::is_wholly_known))
    }

    async fn try_carry_out(
        &self,
        context: &Context<R::Clients>,
        verb: Verb,
        change: &RawChange,
        record: &mut Record<R::Model>,
    ) -> Result<(), Diagnostics> {
        if verb == Verb::Delete {
            guarded(self.resource.delete(context, record)).await?;
            record.gone();
            return Ok(());
        }
        let change = Change {
            prior: self.optional_model(&change.prior)?,
            planned: self.model(&change.planned)?,
            write_only: self.model(&change.write_only)?,
            private: change.private.clone(),
        };
        match verb {
            Verb::Create => guarded(self.resource.create(context, &change, record)).await,
            Verb::Update | Verb::Delete => guarded(self.resource.update(context, &change, record)).await,
        }
    }
}

#[async_trait]
impl<R: Resource> AnyResource<R::Clients> for ErasedResource<R> {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| Schema { version: self.resource.version(), block: self.resource.block() })
    }

    fn identity_schema(&self) -> Option<&IdentitySchema> {
        self.identity.get_or_init(IdentitySchema::of::<R::Identity>).as_ref()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate(
            &self.schema().block,
            config,
            |value| self.model(value),
            |model, diagnostics| self.resource.validate(model, diagnostics),
        )
    }

    fn plan_tags(&self, context: &Context<R::Clients>, planned: &Value) -> Result<Value, Diagnostics> {
        let mut model = self.model(planned)?;
        catch_panic(|| {
            let Some(attributes) = self.resource.tags(&mut model) else { return planned.clone() };
            *attributes.tags_all = match context.configured() {
                Some(clients) => clients.tag_policy().tags_all(attributes.tags),
                None => Attr::Unknown,
            };
            self.value(&model)
        })
    }

    async fn plan(&self, context: &Context<R::Clients>, raw: RawPlan) -> Result<RawPlan, Diagnostics> {
        let mut plan = Plan {
            config: self.model(&raw.config)?,
            prior: self.optional_model(&raw.prior)?,
            planned: self.model(&raw.planned)?,
            private: raw.private,
            marker: raw.marker,
            facts: raw.facts,
            diagnostics: raw.diagnostics,
            replace: raw.replace,
        };
        if let Err(errors) = asked(context.cancellation(), self.resource.plan(context, &mut plan)).await {
            plan.diagnostics.extend(errors);
            return Err(located(plan.diagnostics, &self.schema().block, &raw.config));
        }
        let diagnostics = located(plan.diagnostics, &self.schema().block, &raw.config);
        Ok(RawPlan {
            config: raw.config,
            prior: raw.prior,
            planned: self.value(&plan.planned),
            private: plan.private,
            marker: plan.marker,
            facts: plan.facts,
            replace: plan.replace,
            diagnostics,
        })
    }

    fn plan_destroy(&self, context: &Context<R::Clients>, prior: &Value) -> Result<(), Diagnostics> {
        // An unreadable state does not prevent the deletion, which reports the error.
        let Ok(Some(prior)) = self.optional_model(prior) else { return Ok(()) };
        catch_panic(|| self.resource.plan_destroy(context, &prior))?
    }

    async fn apply_change(&self, context: &Context<R::Clients>, verb: Verb, change: RawChange) -> RawRecord {
        let prior = match self.optional_model(&change.prior) {
            Ok(prior) => prior,
            Err(diagnostics) => {
                return RawRecord { state: change.prior, identity: None, private: change.private, diagnostics };
            }
        };
        let mut record = Record::new(prior, change.private.clone());
        let result = self.try_carry_out(context, verb, &change, &mut record).await;
        let result = result.map_err(|errors| located(errors, &self.schema().block, &change.planned));
        self.record(context, record, result)
    }

    async fn read(&self, context: &Context<R::Clients>, state: Value, private: Private) -> RawRecord {
        let model = match self.model(&state) {
            Ok(model) => model,
            Err(diagnostics) => return RawRecord { state, identity: None, private, diagnostics },
        };
        let mut record = Record::new(Some(model), private);
        let result = asked(context.cancellation(), self.resource.read(context, &mut record)).await;
        self.record(context, record, result)
    }

    async fn import(
        &self,
        context: &Context<R::Clients>,
        target: ImportTarget<Value>,
    ) -> Result<(Value, Option<Value>), Diagnostics> {
        let (target, given) = match target {
            ImportTarget::Id(id) => (ImportTarget::Id(id), None),
            ImportTarget::Identity(identity) => {
                (ImportTarget::Identity(decode::<R::Identity>(&identity)?), Some(identity))
            }
        };
        let model = asked(context.cancellation(), self.resource.import(context, target)).await?;
        let identity = self.identity_of(context, &model)?.or(given);
        Ok((self.value(&model), identity))
    }

    fn identity(&self, context: &Context<R::Clients>, state: &Value) -> Result<Option<Value>, Diagnostics> {
        self.identity_of(context, &self.model(state)?)
    }

    fn upgrade(&self, version: i64, state: Json) -> Result<Json, Diagnostics> {
        if version == self.schema().version {
            return Ok(state);
        }
        catch_panic(|| self.resource.upgrade(version, state)).flatten()
    }

    fn moves(&self) -> Vec<MoveFrom> {
        self.resource.moves()
    }

    fn tidy_generated_config(&self, config: &Value) -> Result<Value, Diagnostics> {
        let mut model = self.model(config)?;
        catch_panic(|| self.resource.tidy_generated_config(&mut model))?;
        Ok(self.value(&model))
    }
}
