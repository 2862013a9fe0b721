//! PlanAction and InvokeAction.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Server, no_such};
use crate::framework::action::Progress;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::provider::Provider;
use crate::framework::value::Value;

/// One event of an invocation. Exactly one `Completed` comes last.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionEvent {
    /// What is being done.
    Progress(String),
    /// The end, with errors if it failed.
    Completed(Diagnostics),
}

impl<P: Provider> Server<P> {
    /// PlanAction.
    pub async fn plan_action(&self, name: &str, config: &Value) -> Diagnostics {
        let Some(action) = self.registry.actions.get(name) else { return no_such("action", name) };
        action.plan(&self.context(), config).await.err().unwrap_or_default()
    }

    /// InvokeAction. What was begun is finished even if nobody listens any more.
    pub fn invoke_action(self: &Arc<Self>, name: String, config: Value) -> mpsc::UnboundedReceiver<ActionEvent> {
        let (events, receiver) = mpsc::unbounded_channel();
        let server = Arc::clone(self);
        tokio::spawn(async move {
            let diagnostics = match server.registry.actions.get(&name) {
                None => no_such("action", &name),
                Some(action) => {
                    let (lines, mut reported) = mpsc::unbounded_channel();
                    let progress = Progress::new(lines);
                    let context = server.context();
                    let invoke = async move {
                        let result = action.invoke(&context, &config, &progress).await;
                        drop(progress);
                        result.err().unwrap_or_default()
                    };
                    let forward = async {
                        while let Some(line) = reported.recv().await {
                            let _ = events.send(ActionEvent::Progress(line));
                        }
                    };
                    futures::join!(invoke, forward).0
                }
            };
            let _ = events.send(ActionEvent::Completed(diagnostics));
        });
        receiver
    }
}
