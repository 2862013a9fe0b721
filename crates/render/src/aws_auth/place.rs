//! Positions in the text: lines, columns, and dashes.

use std::ops::Range;

use super::Refusal;
use super::tree::Node;

/// Returns the first line ending, or a line feed if the text has only one line.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.find(['\r', '\n']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        Some(at) if text[at..].starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// Returns the start of the line that contains the byte.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let start = text[..at].rfind(['\r', '\n']).map_or(0, |end| end + 1);
    // A byte order mark does not have a column.
    if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8().min(at) } else { start }
}

/// Returns the start of the line after the one that contains the byte.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    match text[at..].find(['\r', '\n']) {
        Some(offset) if text[at + offset..].starts_with("\r\n") => at + offset + 2,
        Some(offset) => at + offset + 1,
        None => text.len(),
    }
}

/// Returns the number of characters before this byte on its line.
pub(super) fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().count()
}

/// Returns the byte after the last byte of a node that is neither whitespace nor a line break.
pub(super) fn content_end(text: &str, node: &Node) -> usize {
    node.span.start + text[node.span.clone()].trim_end().len()
}

/// An item of a block list: its dash, and the end of its content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) dash: usize,
    pub(super) end: usize,
}

/// Returns the items of a block list that starts after this byte. Only whitespace and comments are between two items,
/// so the dash is the next token.
pub(super) fn items(text: &str, mut from: usize, nodes: &[Node]) -> Result<Vec<Item>, Refusal> {
    let mut items = Vec::with_capacity(nodes.len());
    for node in nodes {
        let dash = skip_comments(text, from);
        if !text[dash..].starts_with('-') || dash > node.span.end {
            return Err(Refusal::Unproven);
        }
        // The parser places a missing item at the next token.
        let end =
            if node.span.is_empty() && node.anchor == 0 { dash + 1 } else { content_end(text, node).max(dash + 1) };
        items.push(Item { dash, end });
        from = end;
    }
    Ok(items)
}

/// Returns the next byte that is neither whitespace nor in a comment.
pub(super) fn skip_comments(text: &str, mut at: usize) -> usize {
    loop {
        at += text[at..].len() - text[at..].trim_start_matches([' ', '\t', '\r', '\n']).len();
        if !text[at..].starts_with('#') {
            return at;
        }
        at = next_line(text, at);
    }
}

/// Returns the lines of an item, from its dash to the end of its content. Subsequent comments that are indented deeper
/// than the dash describe the item and are included.
pub(super) fn item_lines(text: &str, item: Item) -> Range<usize> {
    let indent = column(text, item.dash);
    let mut end = next_line(text, item.end);
    let mut look = end;
    while look < text.len() {
        let line = &text[look..next_line(text, look)];
        let body = line.trim_start_matches([' ', '\t']);
        let after = next_line(text, look);
        if !body.starts_with('#') || line.len() - body.len() <= indent {
            break;
        }
        end = after;
        look = after;
    }
    line_start(text, item.dash)..end
}

/// Returns the byte after the colon of a key.
pub(super) fn after_colon(text: &str, key: &Node) -> Result<usize, Refusal> {
    let end = content_end(text, key);
    let colon = text[end..].find(':').ok_or(Refusal::Unproven)?;
    if text[end..end + colon].trim().is_empty() { Ok(end + colon + 1) } else { Err(Refusal::Unproven) }
}
