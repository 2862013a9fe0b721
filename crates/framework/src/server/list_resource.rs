//! ListResource: streams existing objects.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Server, no_such};
use crate::context::Context;
use crate::diagnostics::Diagnostics;
use crate::list::ListedValue;
use crate::provider::Provider;
use crate::rules;
use crate::value::Value;

/// A list request of Terraform core.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// The resource type.
    pub type_name: String,
    /// The configuration of the `list` block.
    pub config: Value,
    /// Whether whole objects are requested.
    pub include_object: bool,
    /// Maximum number of objects.
    pub limit: u64,
}

/// One event of the stream.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one event at a time is in memory")]
pub enum ListEvent {
    /// An object.
    Found(ListedValue),
    /// Errors, which end the stream, or warnings.
    Diagnostics(Diagnostics),
}

impl<P: Provider> Server<P> {
    /// ListResource. The search ends when the receiver is dropped, at any point.
    pub fn list_resource(self: &Arc<Self>, request: ListRequest) -> mpsc::Receiver<ListEvent> {
        let (events, receiver) = mpsc::channel(1);
        let server = Arc::clone(self);
        // The cancellation applies from the start of the call.
        let context = self.context();
        tokio::spawn(async move {
            let diagnostics = tokio::select! {
                diagnostics = server.list(&context, &request, &events) => diagnostics,
                () = events.closed() => return,
            };
            if !diagnostics.is_empty() {
                let _ = events.send(ListEvent::Diagnostics(diagnostics)).await;
            }
        });
        receiver
    }

    async fn list(
        &self,
        context: &Context<P::Clients>,
        request: &ListRequest,
        events: &mpsc::Sender<ListEvent>,
    ) -> Diagnostics {
        let name = &request.type_name;
        let (Some(list), Some(resource)) = (self.registry.list_resources.get(name), self.registry.resources.get(name))
        else {
            return no_such("list resource", name);
        };
        if request.limit == 0 {
            return Diagnostics::new();
        }
        let (found, mut listed) = mpsc::channel(1);
        let find = list.list(context, &request.config, request.limit, request.include_object, found);
        // This task owns the receiver and drops it at the first invalid object, which stops the search.
        let forward = async move {
            while let Some(mut object) = listed.recv().await {
                let breaches = rules::listed(&object, request.include_object);
                if !breaches.is_empty() {
                    return rules::report(name, "list result", breaches);
                }
                let block = &resource.schema().block;
                let wanted = object.object.filter(|_| request.include_object);
                object.object = wanted.map(|object| rules::storable(block, &block.without_others(object)));
                if events.send(ListEvent::Found(object)).await.is_err() {
                    break;
                }
            }
            Diagnostics::new()
        };
        let (result, mut diagnostics) = futures::join!(find, forward);
        diagnostics.extend(result.err().unwrap_or_default());
        diagnostics
    }
}
