//! An ephemeral resource with dynamic values.

use std::sync::OnceLock;

use async_trait::async_trait;

use super::{asked, decode, guarded, validate};
use crate::context::Context;
use crate::diagnostics::Diagnostics;
use crate::ephemeral::{EphemeralResource, Lease};
use crate::model::Model;
use crate::plan;
use crate::schema::Schema;
use crate::value::Value;

/// See [`EphemeralResource`]. Uses dynamic values.
#[async_trait]
pub(crate) trait AnyEphemeralResource<C: 'static>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Value) -> Diagnostics;
    async fn open(&self, context: &Context<C>, config: &Value, lease: &mut Lease) -> Result<Value, Diagnostics>;
    async fn renew(&self, context: &Context<C>, lease: &mut Lease) -> Result<(), Diagnostics>;
    async fn close(&self, context: &Context<C>, lease: &Lease) -> Result<(), Diagnostics>;
}

/// An [`EphemeralResource`] as an [`AnyEphemeralResource`].
pub(crate) struct ErasedEphemeralResource<E> {
    ephemeral: E,
    schema: OnceLock<Schema>,
}

impl<E: EphemeralResource> ErasedEphemeralResource<E> {
    pub(crate) fn new(ephemeral: E) -> Self {
        Self { ephemeral, schema: OnceLock::new() }
    }
}

#[async_trait]
impl<E: EphemeralResource> AnyEphemeralResource<E::Clients> for ErasedEphemeralResource<E> {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| Schema { version: 0, block: E::Model::block() })
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate(&self.schema().block, config, decode, |model, diagnostics| self.ephemeral.validate(model, diagnostics))
    }

    async fn open(
        &self,
        context: &Context<E::Clients>,
        config: &Value,
        lease: &mut Lease,
    ) -> Result<Value, Diagnostics> {
        let block = &self.schema().block;
        let model = decode(&plan::normal(block, config))?;
        let opened = asked(context.cancellation(), self.ephemeral.open(context, model, lease)).await?;
        Ok(plan::in_form_of(block, config, &opened.to_value()))
    }

    async fn renew(&self, context: &Context<E::Clients>, lease: &mut Lease) -> Result<(), Diagnostics> {
        guarded(self.ephemeral.renew(context, lease)).await
    }

    async fn close(&self, context: &Context<E::Clients>, lease: &Lease) -> Result<(), Diagnostics> {
        guarded(self.ephemeral.close(context, lease)).await
    }
}
