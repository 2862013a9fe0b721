//! ListResource: a stream of existing objects.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Server, no_such};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::list::ListedValue;
use crate::framework::provider::Provider;
use crate::framework::value::Value;

/// What core asks to list.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// The resource type.
    pub type_name: String,
    /// The configuration of the `list` block.
    pub config: Value,
    /// Whether the whole objects are wanted.
    pub include_object: bool,
    /// The greatest number of objects wanted.
    pub limit: u64,
}

/// One event of the stream.
#[derive(Debug, Clone, PartialEq)]
pub enum ListEvent {
    /// An object.
    Found(ListedValue),
    /// Errors, which end the stream, or warnings.
    Diagnostics(Diagnostics),
}

impl<P: Provider> Server<P> {
    /// ListResource. The search ends when the receiver is dropped.
    pub fn list_resource(self: &Arc<Self>, request: ListRequest) -> mpsc::Receiver<ListEvent> {
        let (events, receiver) = mpsc::channel(1);
        let server = Arc::clone(self);
        tokio::spawn(async move {
            let Some(list) = server.registry.list_resources.get(&request.type_name) else {
                let _ = events.send(ListEvent::Diagnostics(no_such("list resource", &request.type_name))).await;
                return;
            };
            let (found, mut listed) = mpsc::channel(1);
            let context = server.context();
            let find = list.list(&context, &request.config, request.limit, request.include_object, found);
            let forward_to = events.clone();
            // Owning the receiver, this drops it when nobody listens any more, which stops the finder.
            let forward = async move {
                while let Some(object) = listed.recv().await {
                    if forward_to.send(ListEvent::Found(object)).await.is_err() {
                        return;
                    }
                }
            };
            let (result, ()) = futures::join!(find, forward);
            if let Err(diagnostics) = result {
                let _ = events.send(ListEvent::Diagnostics(diagnostics)).await;
            }
        });
        receiver
    }
}
