//! A data source with dynamic values.

use std::sync::OnceLock;

use async_trait::async_trait;

use super::{asked, decode, validate};
use crate::context::Context;
use crate::data_source::DataSource;
use crate::diagnostics::Diagnostics;
use crate::model::Model;
use crate::plan;
use crate::schema::Schema;
use crate::value::Value;

/// See [`DataSource`]. Uses dynamic values.
#[async_trait]
pub(crate) trait AnyDataSource<C: 'static>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Value) -> Diagnostics;
    async fn read(
        &self,
        context: &Context<C>,
        config: &Value,
        diagnostics: &mut Diagnostics,
    ) -> Result<Value, Diagnostics>;
}

/// A [`DataSource`] as an [`AnyDataSource`].
pub(crate) struct ErasedDataSource<D> {
    data_source: D,
    schema: OnceLock<Schema>,
}

impl<D: DataSource> ErasedDataSource<D> {
    pub(crate) fn new(data_source: D) -> Self {
        Self { data_source, schema: OnceLock::new() }
    }
}

#[async_trait]
impl<D: DataSource> AnyDataSource<D::Clients> for ErasedDataSource<D> {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| Schema { version: 0, block: D::Model::block() })
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate(&self.schema().block, config, decode, |model, diagnostics| {
            self.data_source.validate(model, diagnostics)
        })
    }

    async fn read(
        &self,
        context: &Context<D::Clients>,
        config: &Value,
        diagnostics: &mut Diagnostics,
    ) -> Result<Value, Diagnostics> {
        let block = &self.schema().block;
        let model = decode(&plan::normal(block, config))?;
        let read = asked(context.cancellation(), self.data_source.read(context, model, diagnostics)).await?;
        Ok(plan::in_form_of(block, config, &read.to_value()))
    }
}
