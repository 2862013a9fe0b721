//! The trait for managed resources.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::context::{Configured, Context};
use super::diagnostics::Diagnostics;
use super::identity::Identity;
use super::model::Model;
use super::path::Path;
use super::plan_facts::PlanFacts;
use super::plan_marker::PlanMarker;
use super::private::Private;
use super::schema::Block;
use super::tags::TagAttributes;
use super::value::Value;

/// A managed resource.
///
/// Every operation receives typed models. Operations that change an object save it with [`Record::save`] as soon as it
/// exists. What was saved is stored in state even if the operation then fails, panics, or is interrupted.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// The clients that the provider configuration creates.
    type Clients: Configured;
    /// The model of the schema.
    type Model: Model;
    /// The identity, or [`NoIdentity`](super::identity::NoIdentity) if the resource has none.
    type Identity: Identity;

    /// Returns the attributes and blocks. Resources that share a model can each omit some of its attributes and blocks.
    /// Omitted ones are null in every model, and are never stored.
    fn block(&self) -> Block {
        Self::Model::block()
    }

    /// The schema version, incremented when the stored shape changes.
    fn version(&self) -> i64 {
        0
    }

    /// Validates the configuration beyond the validators of the schema. Any value can be unknown.
    fn validate(&self, _config: &Self::Model, _diagnostics: &mut Diagnostics) {}

    /// Refines the plan after the engine has applied configuration, defaults, and computed values. It runs again during
    /// apply, so it must make the same decisions for the same inputs.
    async fn plan(&self, _context: &Context<Self::Clients>, _plan: &mut Plan<Self::Model>) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Called if the object is planned to be deleted without a replacement. Can reject the deletion.
    fn plan_destroy(&self, _context: &Context<Self::Clients>, _prior: &Self::Model) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Creates the object.
    async fn create(
        &self,
        context: &Context<Self::Clients>,
        change: &Change<Self::Model>,
        record: &mut Record<Self::Model>,
    ) -> Result<(), Diagnostics>;

    /// Reads the object into the record, or marks it as deleted. After an import, only the identifying attributes are
    /// known.
    async fn read(&self, context: &Context<Self::Clients>, record: &mut Record<Self::Model>)
    -> Result<(), Diagnostics>;

    /// Updates the object in place. The record contains the prior state until another state is saved.
    async fn update(
        &self,
        context: &Context<Self::Clients>,
        change: &Change<Self::Model>,
        record: &mut Record<Self::Model>,
    ) -> Result<(), Diagnostics>;

    /// Deletes the object, which may already be missing. The record contains the prior state, and no other values are
    /// known.
    async fn delete(
        &self,
        context: &Context<Self::Clients>,
        record: &mut Record<Self::Model>,
    ) -> Result<(), Diagnostics>;

    /// Returns the state that [`Resource::read`] requires to find an object to import.
    async fn import(
        &self,
        context: &Context<Self::Clients>,
        target: ImportTarget<Self::Identity>,
    ) -> Result<Self::Model, Diagnostics>;

    /// Returns the identity of an object, or `None` while it is not completely known.
    fn identity(&self, _context: &Context<Self::Clients>, _model: &Self::Model) -> Option<Self::Identity> {
        None
    }

    /// Returns the tag attributes, for planning and default tags.
    fn tags<'m>(&self, _model: &'m mut Self::Model) -> Option<TagAttributes<'m>> {
        None
    }

    /// Upgrades a state of an older schema version to the current one, without remote calls.
    fn upgrade(&self, _version: i64, state: Json) -> Result<Json, Diagnostics> {
        Ok(state)
    }

    /// Returns the types from which `moved` can move state.
    fn moves(&self) -> Vec<MoveFrom> {
        Vec::new()
    }

    /// Removes conflicting or redundant values from a generated configuration.
    fn tidy_generated_config(&self, _config: &mut Self::Model) {}
}

/// A plan under construction.
#[derive(Debug)]
pub struct Plan<M> {
    /// The configuration. Values can be unknown.
    pub config: M,
    /// The state. `None` if the object is created.
    pub prior: Option<M>,
    /// The current plan.
    pub planned: M,
    /// The private data of the plan, which is passed to the operation that applies it.
    pub private: Private,
    /// Identifies the resource. Both calls that plan a replacement have the same marker, and a copy of the block has a
    /// different one.
    pub marker: PlanMarker,
    /// The facts of an earlier plan of the resource, and the facts for later plans.
    pub facts: PlanFacts,
    /// Warnings for the user.
    pub diagnostics: Diagnostics,
    /// Paths of attributes whose planned change requires replacement.
    pub replace: Vec<Path>,
}

impl<M> Plan<M> {
    /// Creates a plan of a resource that no other call has planned yet.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn new(config: M, prior: Option<M>, planned: M) -> Self {
        let (private, marker, facts) = (Private::default(), PlanMarker::random(), PlanFacts::default());
        let (diagnostics, replace) = (Diagnostics::new(), Vec::new());
        Self { config, prior, planned, private, marker, facts, diagnostics, replace }
    }

    /// Whether the object is created.
    pub fn is_create(&self) -> bool {
        self.prior.is_none()
    }

    /// Whether the planned change requires replacement.
    pub fn is_replace(&self) -> bool {
        self.prior.is_some() && !self.replace.is_empty()
    }

    /// Returns the paths of values whose change requires replacement.
    pub fn replaced_by(&self) -> &[Path] {
        &self.replace
    }

    /// Marks a change to the value as requiring replacement.
    pub fn replace(&mut self, path: Path) {
        if !self.replace.contains(&path) {
            self.replace.push(path);
        }
    }
}

/// A change to apply. Every configured value is known; computed values may be unknown in `planned`.
///
/// The configuration is not included: Terraform does not apply `ignore_changes` to the configuration that it passes to
/// an apply, so a configured value could revert a change that the user wants to ignore. An update sends the difference
/// between `prior` and `planned` (see [`difference`](super::difference)).
#[derive(Debug, Default)]
pub struct Change<M> {
    /// The state before the change. `None` on create.
    pub prior: Option<M>,
    /// The planned value.
    pub planned: M,
    /// The write-only values of the configuration. All other values in it are null.
    pub write_only: M,
    /// The private data of the plan.
    pub private: Private,
}

impl<M: Model> Change<M> {
    /// Returns the object to store after success. Known planned values are kept, and values that were unknown in the
    /// plan come from the live object. Terraform core rejects any other result, such as a configured value in the
    /// notation of an API.
    pub fn complete(&self, live: &M) -> M {
        let value = complete(&self.planned.to_value(), &live.to_value());
        // Both values have the shape of the schema, so their combination has it as well.
        M::from_value(&value, &Path::root()).unwrap_or_else(|_| live.clone())
    }
}

fn complete(planned: &Value, live: &Value) -> Value {
    let members = |planned: &BTreeMap<String, Value>, live: &BTreeMap<String, Value>| {
        let each = |(name, planned): (&String, &Value)| {
            (name.clone(), live.get(name).map_or_else(|| planned.clone(), |live| complete(planned, live)))
        };
        planned.iter().map(each).collect()
    };
    match (planned, live) {
        (Value::Unknown(_), live) => live.clone(),
        (planned, _) if planned.is_wholly_known() => planned.clone(),
        (Value::Object(planned), Value::Object(live)) => Value::Object(members(planned, live)),
        (Value::Map(planned), Value::Map(live)) => Value::Map(members(planned, live)),
        (Value::List(planned), Value::List(live)) if planned.len() == live.len() => {
            Value::List(planned.iter().zip(live).map(|(planned, live)| complete(planned, live)).collect())
        }
        (_, live) => live.clone(),
    }
}

/// The recorded state of the object, which is stored even if a later step fails.
#[derive(Debug)]
pub struct Record<M> {
    state: Option<M>,
    /// The private data.
    pub private: Private,
    /// Warnings for the user.
    pub diagnostics: Diagnostics,
}

impl<M> Record<M> {
    /// Creates a record that starts with the given state.
    #[must_use]
    pub fn new(state: Option<M>, private: Private) -> Self {
        Self { state, private, diagnostics: Diagnostics::new() }
    }

    /// Returns the recorded state.
    pub fn state(&self) -> Option<&M> {
        self.state.as_ref()
    }

    /// Records the current state of the object.
    pub fn save(&mut self, model: M) {
        self.state = Some(model);
    }

    /// Records that the object does not exist.
    pub fn gone(&mut self) {
        self.state = None;
    }

    /// Returns the recorded state and removes it from the record.
    pub fn into_state(self) -> Option<M> {
        self.state
    }
}

/// The user input that identifies an object to import.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportTarget<I> {
    /// An import ID.
    Id(String),
    /// An identity.
    Identity(I),
}

/// A type of another provider whose state can be moved.
#[derive(Debug, Clone)]
pub struct MoveFrom {
    /// Namespace and type of the provider, such as `hashicorp/aws`. The registry host is ignored.
    pub provider: &'static str,
    /// The resource type, such as `aws_eks_node_group`.
    pub type_name: &'static str,
    /// Converts the source state of a schema version to a state of this resource, in JSON, without remote calls.
    pub convert: fn(version: i64, state: Json) -> Result<Json, Diagnostics>,
    /// Returns the non-empty fields of the source state that the conversion drops, by full path. Converted members that
    /// are not in the target schema are detected separately.
    pub lost: fn(state: &Json) -> Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_keeps_the_plan_and_fills_what_was_left_open() {
        let object = |name: Value, size: Value| Value::object([("name", name), ("sizes", Value::List(vec![size]))]);
        let planned = object("Given".into(), Value::unknown());
        assert_eq!(complete(&planned, &object("given".into(), 3.into())), object("Given".into(), 3.into()));
        assert_eq!(complete(&Value::Null, &"live".into()), Value::Null);
    }
}
