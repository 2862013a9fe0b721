//! Panic handling. A panic is a bug in the provider. During a call of the host, it is caught and becomes the error of
//! that call. Otherwise, it ends the process, with output in the format that the host shows to its user.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::pin::Pin;
use std::task::{Context, Poll};

use framework::secrets;

thread_local! {
    /// Whether the current code of this thread is inside a [`Guarded`] future.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// The location of the panic that is being caught on this thread.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
#[derive(Debug)]
pub(crate) struct Caught {
    /// The message of the panic.
    pub(crate) message: String,
    /// File and line of the panic.
    pub(crate) place: String,
}

impl Caught {
    /// Returns the panic with this payload, which has just been caught on this thread.
    pub(crate) fn of(payload: &(dyn Any + Send)) -> Self {
        Self {
            message: secrets::masked(text(payload)).into_owned(),
            place: PLACE.take().unwrap_or_else(|| "unknown location".to_owned()),
        }
    }
}

/// A future that returns panics as errors.
pub(crate) struct Guarded<F>(Pin<Box<F>>);

impl<F: Future> Guarded<F> {
    pub(crate) fn new(future: F) -> Self {
        Self(Box::pin(future))
    }
}

impl<F: Future> Future for Guarded<F> {
    type Output = Result<F::Output, Caught>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outer = GUARDED.replace(true);
        // After a panic, the state of the future is not used again. It is only dropped.
        let polled = panic::catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context)));
        GUARDED.set(outer);
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(Caught::of(payload.as_ref()))),
        }
    }
}

/// Installs the panic hook.
pub(super) fn install() {
    panic::set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    let message = secrets::masked(text(info.payload()));
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let trace = Backtrace::force_capture();
    // A panic in a task ends only this task. The task that joins it receives the panic as an error.
    if GUARDED.get() || tokio::task::try_id().is_some() {
        tracing::error!(%place, backtrace = %trace, "bug in the provider: {message}");
        PLACE.set(Some(place));
    } else {
        // The host shows the text after this word when the command fails.
        let _ = writeln!(io::stderr().lock(), "panic: {message}\n\n{place}\n{trace}");
    }
}

/// Returns the message that was passed to `panic!`.
fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn panics_are_results() {
        let caught = Guarded::new(async {
            if GUARDED.get() {
                panic!("at {}", 7)
            }
        })
        .await;
        assert_eq!(caught.unwrap_err().message, "at 7");
        assert!(!GUARDED.get());
    }

    #[tokio::test]
    async fn results_pass() {
        assert_eq!(Guarded::new(async { 7 }).await.unwrap(), 7);
    }
}
