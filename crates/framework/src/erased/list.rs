//! A list resource with dynamic values.

use std::sync::OnceLock;

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{asked, decode, validate};
use crate::context::Context;
use crate::diagnostics::Diagnostics;
use crate::list::{ListResource, ListSink, ListedValue};
use crate::model::Model;
use crate::plan;
use crate::resource::Resource;
use crate::schema::Schema;
use crate::value::Value;

/// See [`ListResource`]. Uses dynamic values.
#[async_trait]
pub(crate) trait AnyListResource<C: 'static>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Value) -> Diagnostics;
    async fn list(
        &self,
        context: &Context<C>,
        config: &Value,
        limit: u64,
        include_object: bool,
        found: mpsc::Sender<ListedValue>,
    ) -> Result<(), Diagnostics>;
}

/// A [`ListResource`] as an [`AnyListResource`].
pub(crate) struct ErasedListResource<L> {
    list: L,
    schema: OnceLock<Schema>,
}

impl<L: ListResource> ErasedListResource<L> {
    pub(crate) fn new(list: L) -> Self {
        Self { list, schema: OnceLock::new() }
    }
}

#[async_trait]
impl<L: ListResource> AnyListResource<<L::Resource as Resource>::Clients> for ErasedListResource<L> {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| Schema { version: 0, block: L::Config::block() })
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate(&self.schema().block, config, decode, |model, diagnostics| self.list.validate(model, diagnostics))
    }

    async fn list(
        &self,
        context: &Context<<L::Resource as Resource>::Clients>,
        config: &Value,
        limit: u64,
        include_object: bool,
        found: mpsc::Sender<ListedValue>,
    ) -> Result<(), Diagnostics> {
        let config = decode(&plan::normal(&self.schema().block, config))?;
        // A single slot: the search runs at the speed of the receiver, and stops when the receiver is dropped.
        let (sender, mut receiver) = mpsc::channel(1);
        let mut sink = ListSink::<L::Resource>::new(sender, limit, include_object);
        let find = async {
            let result = asked(context.cancellation(), self.list.list(context, config, &mut sink)).await;
            drop(sink);
            result
        };
        let forward = async move {
            while let Some(listed) = receiver.recv().await {
                let value = ListedValue {
                    identity: listed.identity.to_value(),
                    display_name: listed.display_name,
                    object: listed.object.map(|object| object.to_value()),
                };
                if found.send(value).await.is_err() {
                    return;
                }
            }
        };
        let (result, ()) = futures::join!(find, forward);
        result
    }
}
