//! The messages of an error and its sources.

use std::error::Error;
use std::iter::successors;

/// Returns an error and its sources, outermost first.
pub(super) fn chain<'a>(error: Option<&'a (dyn Error + 'static)>) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(error, |error: &&'a (dyn Error + 'static)| (**error).source())
}

/// Returns the messages of an error and its sources, outermost first, without repetitions.
pub(super) fn causes(error: Option<&(dyn Error + 'static)>) -> String {
    let mut messages: Vec<String> = Vec::new();
    for cause in chain(error) {
        let message = cause.to_string();
        let empty = ["other", "io error", "user error", "dispatch failure", "service error", ""];
        if !empty.contains(&message.as_str()) && !messages.iter().any(|known| known.contains(&message)) {
            messages.push(message);
        }
    }
    if messages.is_empty() { "no reason given".to_owned() } else { messages.join(": ") }
}
