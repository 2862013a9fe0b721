//! Common parts of all RPCs: a separate task, log lines before and after, and a response even in case of a bug.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _};
use tracing::{Instrument as _, Span, field};

use crate::convert;
use crate::logging::{Caught, Guarded};
use crate::proto::tfplugin6 as proto;
use crate::proto::tfplugin6::attribute_path::step::Selector;
use crate::proto::tfplugin6::diagnostic::Severity;
use framework::diagnostics::Diagnostic;

/// The parts of a request for the log.
pub(super) trait Request: Send + 'static {
    /// The name of the RPC.
    const RPC: &'static str;

    /// Returns the log key for the kind of object, and the type of the object.
    fn subject(&self) -> Option<(&'static str, &str)>;
}

/// A response that can contain errors.
pub(super) trait Answer: Send + 'static {
    /// Returns the response to a call that failed.
    fn failed(diagnostics: Vec<proto::Diagnostic>) -> Self;

    /// Returns the diagnostics of the response.
    fn diagnostics(&self) -> &[proto::Diagnostic];
}

/// Handles a request in a separate task, so that it is not cancelled at an arbitrary point if the host disconnects.
pub(super) async fn answer<A: Answer>(
    rpc: &'static str,
    span: Span,
    work: impl Future<Output = A> + Send + 'static,
) -> Result<tonic::Response<A>, tonic::Status> {
    let task = async move {
        let clock = Clock::start();
        let answer = Guarded::new(work).await;
        let answer = answer.unwrap_or_else(|caught| A::failed(vec![convert::diagnostic(&bug(rpc, &caught))]));
        clock.stop(answer.diagnostics());
        answer
    };
    let answered = tokio::spawn(task.instrument(span)).await;
    answered.map(tonic::Response::new).map_err(|_| tonic::Status::unavailable("the plugin is shutting down"))
}

/// Handles a request with a stream of events. A panic becomes the last event.
pub(super) fn events<E: Answer>(
    rpc: &'static str,
    span: Span,
    events: impl Stream<Item = E> + Send + 'static,
) -> BoxStream<'static, Result<E, tonic::Status>> {
    let clock = span.in_scope(Clock::start);
    let end = span.clone();
    let end = stream::once(async move { end.in_scope(|| clock.stop(&[])) }).filter_map(async |()| None);
    let caught = AssertUnwindSafe(events).catch_unwind().map(move |event| {
        event.unwrap_or_else(|panic| E::failed(vec![convert::diagnostic(&bug(rpc, &Caught::of(panic.as_ref())))]))
    });
    let logged = caught.inspect(move |event| span.in_scope(|| event.diagnostics().iter().for_each(log)));
    logged.chain(end).map(Ok).boxed()
}

/// Returns the span for all log lines of the request, with the field names of the Go SDK.
pub(super) fn span<Q: Request>(request: &Q, provider: &str) -> Span {
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let span = tracing::error_span!(
        "rpc",
        tf_rpc = Q::RPC,
        tf_req_id = field::Empty,
        tf_proto_version = "6.11",
        tf_provider_addr = provider,
        tf_resource_type = field::Empty,
        tf_data_source_type = field::Empty,
        tf_ephemeral_resource_type = field::Empty,
        tf_list_resource_type = field::Empty,
        tf_action_type = field::Empty,
        tf_function_name = field::Empty,
    );
    if !span.is_disabled() {
        let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
        span.record("tf_req_id", format!("{}-{number}", std::process::id()));
        if let Some((key, subject)) = request.subject() {
            span.record(key, subject);
        }
    }
    span
}

/// Measures the duration of a call and logs its start and end, in the current span.
pub(super) struct Clock(Instant);

impl Clock {
    /// Called when the request arrives.
    pub(super) fn start() -> Self {
        tracing::trace!("received request");
        Self(Instant::now())
    }

    /// Called before the response is sent.
    pub(super) fn stop(self, diagnostics: &[proto::Diagnostic]) {
        diagnostics.iter().for_each(log);
        let milliseconds = u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(tf_req_duration_ms = milliseconds, "served request");
    }
}

fn log(diagnostic: &proto::Diagnostic) {
    let attribute = diagnostic.attribute.as_ref().map(attribute_text).unwrap_or_default();
    let (summary, detail) = (&diagnostic.summary, &diagnostic.detail);
    if diagnostic.severity() == Severity::Warning {
        tracing::warn!(
            diagnostic_severity = "WARNING",
            diagnostic_summary = summary,
            diagnostic_detail = detail,
            diagnostic_attribute = attribute,
            "responded with a warning"
        );
    } else {
        tracing::error!(
            diagnostic_severity = "ERROR",
            diagnostic_summary = summary,
            diagnostic_detail = detail,
            diagnostic_attribute = attribute,
            "responded with an error"
        );
    }
}

/// Formats the path as in configuration.
fn attribute_text(path: &proto::AttributePath) -> String {
    let mut text = String::new();
    for selector in path.steps.iter().filter_map(|step| step.selector.as_ref()) {
        match selector {
            Selector::AttributeName(name) if text.is_empty() => text.push_str(name),
            Selector::AttributeName(name) => text.extend([".", name]),
            Selector::ElementKeyString(key) => text.push_str(&format!("[{key:?}]")),
            Selector::ElementKeyInt(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// Returns the error for a panic in a call.
fn bug(rpc: &str, caught: &Caught) -> Diagnostic {
    Diagnostic::error(
        format!("Bug in the provider: {rpc} ended abnormally"),
        format!(
            "{} ({}). This is a bug in the provider, not in the configuration. Report it, and include the log of a \
             run with TF_LOG=trace.",
            caught.message, caught.place
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn panic_is_an_error_in_the_answer() {
        let work = async {
            if attribute_text(&proto::AttributePath::default()).is_empty() {
                panic!("out of {}", "nothing");
            }
            proto::read_resource::Response::default()
        };
        let answer = answer("ReadResource", Span::none(), work).await.unwrap().into_inner();
        let [diagnostic] = answer.diagnostics.as_slice() else { panic!("{answer:?}") };
        assert_eq!(diagnostic.severity(), Severity::Error);
        assert_eq!(diagnostic.summary, "Bug in the provider: ReadResource ended abnormally");
        assert!(diagnostic.detail.starts_with("out of nothing"), "{}", diagnostic.detail);
    }

    #[tokio::test]
    async fn panic_is_the_last_event() {
        let work = stream::iter(0..3).map(|number| {
            assert!(number < 1, "not more than one");
            proto::list_resource::Event::default()
        });
        let events: Vec<_> = events("ListResource", Span::none(), work).collect().await;
        let diagnostics: Vec<_> = events.iter().map(|event| event.as_ref().unwrap().diagnostic.len()).collect();
        assert_eq!(diagnostics, [0, 1]);
    }

    #[tokio::test]
    async fn work_continues_after_caller_disconnects() {
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (finish, finished) = tokio::sync::oneshot::channel();
        let (go_on, gone_on) = tokio::sync::oneshot::channel::<()>();
        let work = async move {
            let _ = begin.send(());
            let _ = gone_on.await;
            let _ = finish.send(());
            proto::apply_resource_change::Response::default()
        };
        let call = tokio::spawn(answer("ApplyResourceChange", Span::none(), work));
        begun.await.unwrap();
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        go_on.send(()).unwrap();
        finished.await.unwrap();
    }
}
