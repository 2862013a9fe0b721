//! More MIME parts.

use super::scripts::{secrets, wrong};
use crate::render::cloud_config;
use crate::render::mime::{MimeError, Part};
use crate::render::node::{Family, Finding, Node, Place};

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    // Elsewhere there are no parts, which is said once.
    let has_parts = matches!(node.family, Family::AmazonLinux2 | Family::AmazonLinux2023);
    for (index, part) in node.extra_parts.iter().enumerate().filter(|_| has_parts) {
        let place = Place::of("extra_parts").index(index);
        headers(part, &place, found);
        if let Err(why) = body(part) {
            found.push(Finding::error(place.clone(), why));
        }
        secrets(&place, &String::from_utf8_lossy(&part.body), found);
    }
}

fn headers(part: &Part, place: &Place, found: &mut Vec<Finding>) {
    for wrong in part.wrong_headers() {
        let (name, text) = match &wrong {
            MimeError::ContentType(given) if given.contains(';') => (
                "content_type",
                format!("{given:?} has parameters. Give the media type alone; the rest follows from the content."),
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
    let kind = part.content_type.as_deref().unwrap_or_default();
    if !kind.starts_with("text/") {
        return Ok(());
    }
    // cloud-init takes every text part for UTF-8, and fails at the part otherwise.
    let Ok(text) = std::str::from_utf8(&part.body) else {
        return Err("The part is text, and its bytes are not UTF-8, which cloud-init cannot take. Encode it in UTF-8."
            .to_owned());
    };
    if kind.starts_with("text/x-shellscript") {
        return wrong(Family::AmazonLinux2023, text).map_or(Ok(()), |why| Err(why.to_owned()));
    }
    cloud_config::check(kind, text)
        .map_err(|why| format!("cloud-init cannot read this as {kind}, and would leave it out: {why}."))
}
