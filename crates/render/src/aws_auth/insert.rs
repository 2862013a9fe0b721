//! Inserts an entry.

use super::entries::{Entry, Listing, is_empty_document};
use super::place::{column, content_end, items, line_end, line_start, next_line, skip_comments};
use super::tree::Kind;
use super::{Mapping, Refusal, scalar};

/// Returns the canonical block text of an entry, which EKS, eksctl, and the library of the authenticator print. It ends
/// with a line break.
fn block(entry: &Entry, mapping: Mapping, indent: usize, line_end: &str) -> String {
    let mut lines = Vec::new();
    if entry.groups.is_empty() {
        lines.push("- groups: []".to_owned());
    } else {
        lines.push("- groups:".to_owned());
        lines.extend(entry.groups.iter().map(|group| format!("  - {}", scalar::block(group))));
    }
    lines.push(format!("  {}: {}", mapping.arn_field(), scalar::block(&entry.arn)));
    let username = format!("  username: {}", scalar::block(&entry.username));
    // Lists are sorted by key: "userarn" and "rolearn" are both before "username".
    lines.push(username);
    let indent = " ".repeat(indent);
    lines.iter().map(|line| format!("{indent}{line}{line_end}")).collect()
}

fn flow(entry: &Entry, mapping: Mapping) -> String {
    let groups: Vec<_> = entry.groups.iter().map(|group| scalar::flow(group)).collect();
    format!(
        "{{\"groups\": [{}], \"{}\": {}, \"username\": {}}}",
        groups.join(", "),
        mapping.arn_field(),
        scalar::flow(&entry.arn),
        scalar::flow(&entry.username)
    )
}

pub(super) fn insert(text: &str, listing: &Listing, entry: &Entry) -> Result<String, Refusal> {
    let line_end = line_end(text);
    let mapping = listing.mapping;
    if is_empty_document(text) {
        return Ok(block(entry, mapping, 0, "\n"));
    }
    let Some(root) = &listing.root else {
        return Ok(append(text, text.len(), &block(entry, mapping, 0, line_end), line_end));
    };
    match &root.kind {
        Kind::List { flow: true, items } if !items.is_empty() => {
            let at = items.last().map_or(root.span.end, |item| content_end(text, item));
            Ok(format!("{}, {}{}", &text[..at], flow(entry, mapping), &text[at..]))
        }
        Kind::List { flow: false, items: nodes } => {
            let places = items(text, root.span.start, nodes)?;
            let (Some(first), Some(last)) = (places.first(), places.last()) else { return Err(Refusal::Unproven) };
            let entry = block(entry, mapping, column(text, first.dash), line_end);
            Ok(append(text, end_of_document(text, last.end), &entry, line_end))
        }
        // Returns whether it is an empty list in brackets, or null in any spelling.
        _ if root.span.is_empty() => {
            let at = end_of_document(text, root.span.end);
            Ok(append(text, at, &block(entry, mapping, 0, line_end), line_end))
        }
        _ => Ok(replace(text, root.span.clone(), |indent| block(entry, mapping, indent, line_end), line_end)),
    }
}

/// Inserts the lines at the start of a line, after a line break if the preceding text does not end with one.
fn append(text: &str, at: usize, lines: &str, line_end: &str) -> String {
    let (before, after) = text.split_at(at);
    let open = !before.is_empty() && !before.ends_with(['\r', '\n']) && before != "\u{feff}";
    format!("{before}{}{lines}{after}", if open { line_end } else { "" })
}

/// Replaces a token with the lines.
fn replace(text: &str, token: std::ops::Range<usize>, lines: impl Fn(usize) -> String, line_end: &str) -> String {
    let before = &text[..token.start];
    let after = &text[token.end..];
    let start = line_start(text, token.start);
    // After a document marker, the list must start on a new line.
    let (open, indent) =
        if text[start..token.start].trim().is_empty() { ("", column(text, token.start)) } else { (line_end, 0) };
    let lines = lines(indent);
    let followed = after.trim_start_matches([' ', '\t']).starts_with(['\r', '\n', '#']);
    let lines = if followed { lines.trim_end_matches(line_end) } else { &lines };
    // The first line replaces the token, after its indentation.
    let lines = if open.is_empty() { lines.trim_start_matches(' ') } else { lines };
    format!("{}{open}{lines}{after}", if open.is_empty() { before } else { before.trim_end_matches([' ', '\t']) })
}

/// Returns the end of the text, or the start of the line that ends the document.
fn end_of_document(text: &str, from: usize) -> usize {
    let mut at = next_line(text, from);
    while at < text.len() {
        let next = skip_comments(text, at);
        if next < text.len() && line_start(text, next) == next && text[next..].starts_with("...") {
            return next;
        }
        if next >= text.len() {
            break;
        }
        at = next_line(text, next);
    }
    text.len()
}
