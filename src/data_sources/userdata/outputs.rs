//! Converts rendered user data to attributes.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};

use framework::diagnostics::{Diagnostic, Diagnostics};
use framework::model::{Attr, List};
use framework::path::Path;
use render::mime::Part;
use render::node::{Finding, Place, Rendered, Severity, Step};

use super::inputs;
use super::model::{PartOutput, Userdata};

/// Returns the configuration with its results. `bytes` is the user data that EC2 receives.
pub(super) fn fill(given: Userdata, rendered: &Rendered, bytes: &[u8]) -> Userdata {
    let text = String::from_utf8_lossy(&rendered.bytes).into_owned();
    let size_bytes = Attr::Known(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
    let content_type = rendered.content_type.into();
    if inputs::is_secret(&given) {
        return Userdata { rendered_sensitive: Attr::Known(text), content_type, size_bytes, ..given };
    }
    Userdata {
        rendered: Attr::Known(text),
        rendered_base64: Attr::Known(STANDARD.encode(bytes)),
        content_type,
        size_bytes,
        parts: List::of(rendered.parts.iter().map(part)),
        ..given
    }
}

/// Compresses the bytes. The output is reproducible, because it contains neither a time nor a file name.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzBuilder::new().operating_system(255).write(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    let _ = packed.write_all(bytes);
    packed.finish().unwrap_or_default()
}

fn part(part: &Part) -> PartOutput {
    PartOutput {
        content_type: part.content_type.clone().into(),
        filename: part.filename.clone().into(),
        content: std::str::from_utf8(&part.body).ok().map(str::to_owned).into(),
        content_base64: STANDARD.encode(&part.body).into(),
    }
}

/// Reports the findings as diagnostics.
pub(super) fn report(findings: impl IntoIterator<Item = Finding>, diagnostics: &mut Diagnostics) {
    for Finding { severity, place, text, .. } in findings {
        let summary = match (&severity, place.0.is_empty()) {
            (Severity::Error, true) => "Invalid user data".to_owned(),
            (Severity::Warning, true) => "User data may not work as intended".to_owned(),
            (Severity::Error, false) => format!("Invalid value for {place}"),
            (Severity::Warning, false) => format!("{place} may not work as intended"),
        };
        let message = match severity {
            Severity::Error => Diagnostic::error(summary, text),
            Severity::Warning => Diagnostic::warning(summary, text),
        };
        let path = path(&place);
        diagnostics.push(if path.is_root() { message } else { message.at(path) });
    }
}

fn path(place: &Place) -> Path {
    place.0.iter().fold(Path::root(), |path, step| match step {
        Step::Name(name) => path.then(name),
        Step::Index(index) => path.index(*index),
        Step::Key(key) => path.key(key),
    })
}
