//! Additional MIME parts.

use super::scripts::{secrets, wrong};
use crate::cloud_config;
use crate::mime::{MimeError, Part};
use crate::node::{Family, Finding, Node, Place};
use crate::userdata::type_by_beginning;

/// The media types that cloud-init processes.
const OF_CLOUD_INIT: [&str; 12] = [
    "text/x-shellscript",
    "text/cloud-config",
    "text/cloud-boothook",
    "text/part-handler",
    "text/x-include-url",
    "text/x-include-once-url",
    "text/cloud-config-archive",
    "text/cloud-config-jsonp",
    "text/jinja2",
    "text/x-shellscript-per-boot",
    "text/x-shellscript-per-instance",
    "text/x-shellscript-per-once",
];

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    // Other consumers have no parts, which is reported once.
    let has_parts = matches!(node.family, Family::AmazonLinux2 | Family::AmazonLinux2023);
    for (index, part) in node.extra_parts.iter().enumerate().filter(|_| has_parts) {
        let place = Place::of("extra_part").index(index);
        headers(part, &place, found);
        if let Err(why) = body(part) {
            found.push(Finding::error(place.clone(), why));
        }
        secrets(&place, &String::from_utf8_lossy(&part.body), found);
    }
}

/// Returns the media type that cloud-init uses for a part. For plain text, it depends on the first characters.
fn kind(part: &Part) -> &str {
    let kind = part.content_type.as_deref().unwrap_or_default();
    let by_beginning = || type_by_beginning(&part.body).unwrap_or(kind);
    if kind == "text/plain" { by_beginning() } else { kind }
}

/// Returns the warning for a part that no software on Amazon Linux reads.
pub(crate) fn ignored(part: &Part) -> Option<String> {
    (!OF_CLOUD_INIT.contains(&kind(part))).then(|| {
        format!(
            "No software on the node processes the type {:?}. cloud-init supports {}.",
            part.content_type.as_deref().unwrap_or_default(),
            OF_CLOUD_INIT.join(", ")
        )
    })
}

fn headers(part: &Part, place: &Place, found: &mut Vec<Finding>) {
    for wrong in part.wrong_headers() {
        let (name, text) = match &wrong {
            MimeError::ContentType(given) if given.contains(';') => (
                "content_type",
                format!(
                    "{given:?} has parameters. Set only the media type. The parameters are derived from the content."
                ),
            ),
            MimeError::ContentType(_) => ("content_type", format!("{}.", capital(&wrong.to_string()))),
            _ => ("filename", format!("{}.", capital(&wrong.to_string()))),
        };
        found.push(Finding::error(place.then(name), text));
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn body(part: &Part) -> Result<(), String> {
    let kind = kind(part);
    if !kind.starts_with("text/") {
        return Ok(());
    }
    // cloud-init reads every text part as UTF-8, and fails at the part otherwise.
    let Ok(text) = std::str::from_utf8(&part.body) else {
        return Err("The part is text, but its bytes are not valid UTF-8, which cloud-init requires. Encode it in \
                    UTF-8."
            .to_owned());
    };
    if text.contains('\r') {
        let text = "The part has CRLF line endings, but user data requires LF. Save it with LF, or use replace(…, \
                    \"\\r\", \"\").";
        return Err(text.to_owned());
    }
    if kind.starts_with("text/x-shellscript") {
        return wrong(Family::AmazonLinux2023, text).map_or(Ok(()), |why| Err(why.to_owned()));
    }
    cloud_config::check(kind, text)
        .map_err(|why| format!("cloud-init cannot read this as {kind} and ignores it: {why}."))
}
