//! What happened, one line an event, in the file that `TEST_PROVIDER_LOG` names, for things that leave no other trace.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Adds a line, if there is a journal.
pub(crate) fn note(line: &str) {
    let Ok(path) = std::env::var("TEST_PROVIDER_LOG") else { return };
    let journal = OpenOptions::new().create(true).append(true).open(&path);
    // One write a line: lines of several processes do not mix.
    if let Err(error) = journal.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())) {
        tracing::error!("the journal {path} cannot be written: {error}");
    }
}
