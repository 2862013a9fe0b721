//! PlanAction and InvokeAction.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Server, no_such};
use crate::action::Progress;
use crate::diagnostics::Diagnostics;
use crate::provider::Provider;
use crate::value::Value;

/// One event of an invocation. Exactly one `Completed` comes last.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionEvent {
    /// The current step.
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

    /// InvokeAction. The action completes even if the receiver is closed.
    pub fn invoke_action(self: &Arc<Self>, name: String, config: Value) -> mpsc::UnboundedReceiver<ActionEvent> {
        let (events, receiver) = mpsc::unbounded_channel();
        let server = Arc::clone(self);
        // The cancellation applies from the start of the call.
        let context = self.context();
        tokio::spawn(async move {
            let diagnostics = match server.registry.actions.get(&name) {
                None => no_such("action", &name),
                Some(action) => {
                    let (lines, reported) = mpsc::unbounded_channel();
                    let progress = Progress::new(lines);
                    let invoke = action.invoke(&context, &config, &progress);
                    forward_until(invoke, reported, &events).await.err().unwrap_or_default()
                }
            };
            let _ = events.send(ActionEvent::Completed(diagnostics));
        });
        receiver
    }
}

/// Forwards the progress until the work ends. Progress that a background task reports later is dropped.
async fn forward_until<T>(
    work: impl Future<Output = T>,
    mut reported: mpsc::UnboundedReceiver<String>,
    events: &mpsc::UnboundedSender<ActionEvent>,
) -> T {
    // If the receiver is closed, the action continues.
    let forward = |line| drop(events.send(ActionEvent::Progress(line)));
    let mut work = pin!(work);
    let result = loop {
        tokio::select! {
            biased;
            Some(line) = reported.recv() => forward(line),
            result = &mut work => break result,
        }
    };
    while let Ok(line) = reported.try_recv() {
        forward(line);
    }
    result
}
