//! PlanAction and InvokeAction.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::sync::mpsc::UnboundedReceiver;

use super::call::Answer as _;
use super::types;
use crate::convert;
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::invoke_action::Event;
use crate::proto::tfplugin6::invoke_action::event::{Progress, Type};
use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::provider::Provider;
use framework::secrets::masked;
use framework::server::{ActionEvent, Server};
use framework::value::Value;

pub(super) async fn plan_action<P: Provider>(
    server: Arc<Server<P>>,
    request: proto::plan_action::Request,
) -> proto::plan_action::Response {
    let name = &request.action_type;
    let diagnostics = match config(&server, name, request.config.as_ref()) {
        Ok(config) => server.plan_action(name, &config).await,
        Err(errors) => errors,
    };
    proto::plan_action::Response { diagnostics: convert::diagnostics(diagnostics), deferred: None }
}

pub(super) fn invoke_action<P: Provider>(
    server: &Arc<Server<P>>,
    request: proto::invoke_action::Request,
) -> BoxStream<'static, Event> {
    match config(server, &request.action_type, request.config.as_ref()) {
        Ok(config) => events(server.invoke_action(request.action_type, config)).boxed(),
        Err(errors) => stream::iter([completed(errors)]).boxed(),
    }
}

fn config<P: Provider>(
    server: &Server<P>,
    name: &str,
    config: Option<&proto::DynamicValue>,
) -> Result<Value, Diagnostics> {
    let ty = types::action(server, name)?;
    convert::given_value(config, &ty, "configuration")
}

/// Returns the events up to and including the completion. Without a completion, the task of the action has failed, and
/// Terraform core would treat the end of the stream as success.
fn events(events: UnboundedReceiver<ActionEvent>) -> impl futures::Stream<Item = Event> {
    stream::unfold(Some(events), async |events| {
        let mut events = events?;
        Some(match events.recv().await {
            Some(ActionEvent::Progress(message)) => {
                let message = masked(&message).into_owned();
                (Event { r#type: Some(Type::Progress(Progress { message })) }, Some(events))
            }
            Some(ActionEvent::Completed(diagnostics)) => (completed(diagnostics), None),
            None => (completed(died().into()), None),
        })
    })
}

fn completed(diagnostics: Diagnostics) -> Event {
    Event::failed(convert::diagnostics(diagnostics))
}

fn died() -> Diagnostic {
    Diagnostic::error(
        "Bug in the provider: the action ended abnormally",
        "The action did not report its result. This is a bug in the provider. Report it, and include the log of a run \
         with TF_LOG=trace.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(given: Vec<ActionEvent>) -> Vec<Event> {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        given.into_iter().for_each(|event| sender.send(event).unwrap());
        drop(sender);
        events(receiver).collect().await
    }

    fn errors(event: &Event) -> Option<usize> {
        if let Some(Type::Completed(completed)) = &event.r#type { Some(completed.diagnostics.len()) } else { None }
    }

    #[tokio::test]
    async fn completion_comes_last() {
        let progress = ActionEvent::Progress("half".to_owned());
        let events = sent(vec![progress, ActionEvent::Completed(Diagnostics::new())]).await;
        assert_eq!(events.iter().map(errors).collect::<Vec<_>>(), [None, Some(0)]);
    }

    #[tokio::test]
    async fn missing_completion_is_an_error() {
        let events = sent(vec![ActionEvent::Progress("half".to_owned())]).await;
        assert_eq!(events.iter().map(errors).collect::<Vec<_>>(), [None, Some(1)]);
    }
}
