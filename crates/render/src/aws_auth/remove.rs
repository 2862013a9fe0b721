//! Removes an entry.

use super::Refusal;
use super::entries::Listing;
use super::place::{content_end, item_lines, items, line_end};
use super::tree::Node;

pub(super) fn remove(text: &str, listing: &Listing, index: usize, arn: &str) -> Result<String, Refusal> {
    listing.alone(index, arn)?;
    let (nodes, flow) = listing.items();
    let Some(root) = &listing.root else { return Err(Refusal::Unproven) };
    if flow {
        return from_brackets(text, root, nodes, index);
    }
    let places = items(text, root.span.start, nodes)?;
    let lines = item_lines(text, *places.get(index).ok_or(Refusal::Unproven)?);
    let empty = if nodes.len() == 1 { format!("[]{}", line_end(text)) } else { String::new() };
    Ok(format!("{}{empty}{}", &text[..lines.start], &text[lines.end..]))
}

/// Removes the item with the comma after it and the space up to the next item. The last item is removed with the comma
/// before it.
fn from_brackets(text: &str, root: &Node, nodes: &[Node], index: usize) -> Result<String, Refusal> {
    let item = nodes.get(index).ok_or(Refusal::Unproven)?;
    let end = content_end(text, item);
    let cut = match (index.checked_sub(1).and_then(|before| nodes.get(before)), nodes.get(index + 1)) {
        (_, Some(_)) => {
            let comma = end + text[end..root.span.end].find(',').ok_or(Refusal::Unproven)? + 1;
            let space = text[comma..].len() - text[comma..].trim_start().len();
            item.span.start..comma + space
        }
        (Some(before), None) => {
            let before = content_end(text, before);
            before + text[before..item.span.start].find(',').ok_or(Refusal::Unproven)?..end
        }
        (None, None) => return Ok(format!("{}[]{}", &text[..root.span.start], &text[root.span.end..])),
    };
    Ok(format!("{}{}", &text[..cut.start], &text[cut.end..]))
}
