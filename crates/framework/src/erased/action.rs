//! An action with dynamic values.

use std::sync::OnceLock;

use async_trait::async_trait;

use super::{asked, decode, guarded, validate};
use crate::action::{Action, Progress};
use crate::context::Context;
use crate::diagnostics::Diagnostics;
use crate::model::Model;
use crate::plan;
use crate::schema::Schema;
use crate::value::Value;

/// See [`Action`]. Uses dynamic values.
#[async_trait]
pub(crate) trait AnyAction<C: 'static>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Value) -> Diagnostics;
    async fn plan(&self, context: &Context<C>, config: &Value) -> Result<(), Diagnostics>;
    async fn invoke(&self, context: &Context<C>, config: &Value, progress: &Progress) -> Result<(), Diagnostics>;
}

/// An [`Action`] as an [`AnyAction`].
pub(crate) struct ErasedAction<A> {
    action: A,
    schema: OnceLock<Schema>,
}

impl<A: Action> ErasedAction<A> {
    pub(crate) fn new(action: A) -> Self {
        Self { action, schema: OnceLock::new() }
    }
}

#[async_trait]
impl<A: Action> AnyAction<A::Clients> for ErasedAction<A> {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| Schema { version: 0, block: A::Model::block() })
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate(&self.schema().block, config, decode, |model, diagnostics| self.action.validate(model, diagnostics))
    }

    async fn plan(&self, context: &Context<A::Clients>, config: &Value) -> Result<(), Diagnostics> {
        let model = decode(&plan::normal(&self.schema().block, config))?;
        asked(context.cancellation(), self.action.plan(context, &model)).await
    }

    async fn invoke(
        &self,
        context: &Context<A::Clients>,
        config: &Value,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        let model = decode(&plan::normal(&self.schema().block, config))?;
        guarded(self.action.invoke(context, model, progress)).await
    }
}
