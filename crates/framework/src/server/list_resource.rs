//! ListResource: a stream of existing objects.

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
    /// Whether the whole objects are wanted.
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
    /// ListResource. The search ends when the receiver is dropped, wherever it is.
    pub fn list_resource(self: &Arc<Self>, request: ListRequest) -> mpsc::Receiver<ListEvent> {
        let (events, receiver) = mpsc::channel(1);
        let server = Arc::clone(self);
        // The word to stop counts from the moment of the call.
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
        // Owning the receiver, this drops it at the first unusable object, which stops the finder.
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
