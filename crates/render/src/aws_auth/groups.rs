//! Changes the groups of an entry in place.

use std::collections::BTreeSet;

use super::place::{after_colon, column, content_end, item_lines, items, line_end, next_line};
use super::splice::{Splice, new_value};
use super::tree::{Kind, Node};
use super::{Refusal, scalar};

/// Returns the groups as a list in brackets.
pub(super) fn in_brackets(groups: &[String]) -> String {
    let groups: Vec<_> = groups.iter().map(|group| scalar::flow(group)).collect();
    format!("[{}]", groups.join(", "))
}

pub(super) fn splices(text: &str, key: &Node, value: &Node, groups: &[String]) -> Result<Vec<Splice>, Refusal> {
    if value.anchor != 0 || value.tag.is_some() {
        return Err(Refusal::Unsupported { reason: "an anchor or tag on groups".into() });
    }
    let end = content_end(text, value);
    match &value.kind {
        Kind::List { flow: false, items } => block_list(text, key, items, groups),
        Kind::Scalar { block: true, .. } | Kind::Map { flow: false, .. } | Kind::Alias(_) => Err(Refusal::Unproven),
        _ if end <= value.span.start => Ok(vec![new_value(text, key, &in_brackets(groups))?]),
        _ => Ok(vec![(value.span.start..end, in_brackets(groups))]),
    }
}

fn block_list(text: &str, key: &Node, nodes: &[Node], groups: &[String]) -> Result<Vec<Splice>, Refusal> {
    let places = items(text, after_colon(text, key)?, nodes)?;
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return Err(Refusal::Unproven) };
    let has: BTreeSet<&str> = nodes.iter().filter_map(|node| kept(node, groups)).collect();
    let ending = line_end(text);
    let indent = " ".repeat(column(text, first.dash));
    let added = groups.iter().filter(|group| !has.contains(group.as_str()));
    let added: String = added.map(|group| format!("{indent}- {}{ending}", scalar::block(group))).collect();
    let gone = nodes.iter().zip(&places).filter(|(node, _)| kept(node, groups).is_none()).map(|(_, place)| *place);
    let mut splices: Vec<Splice> = gone.map(|place| (item_lines(text, place), String::new())).collect();
    if groups.is_empty() {
        splices.push(new_value(text, key, "[]")?);
        return Ok(splices);
    }
    if added.is_empty() {
        return Ok(splices);
    }
    let last_kept =
        nodes.iter().zip(&places).filter(|(node, _)| kept(node, groups).is_some()).map(|(_, place)| *place).next_back();
    // If no line remains, the new lines replace the old ones.
    let at = last_kept.map_or(item_lines(text, *last).end, |place| next_line(text, place.end));
    let open = if text[..at].ends_with(['\r', '\n']) { "" } else { ending };
    splices.push((at..at, format!("{open}{added}")));
    Ok(splices)
}

fn kept<'n>(node: &'n Node, groups: &[String]) -> Option<&'n str> {
    group(node).filter(|group| groups.iter().any(|wanted| wanted == group))
}

/// Returns the text of a group, or `None` for a value that the authenticator reads as an empty string.
fn group(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, plain, .. } if !plain || scalar::resolve(text) == scalar::Plain::String => Some(text),
        _ => None,
    }
}
