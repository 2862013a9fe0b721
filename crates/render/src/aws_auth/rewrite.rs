//! Changes the username or the groups of an entry.

use super::entries::{Entry, Listing};
use super::place::{column, content_end, line_end, next_line};
use super::splice::{Splice, new_value};
use super::tree::{Kind, Node};
use super::values::folds_to;
use super::{Refusal, groups, scalar};

pub(super) fn rewrite(text: &str, listing: &Listing, index: usize, entry: &Entry) -> Result<String, Refusal> {
    let item = listing.alone(index, &entry.arn)?;
    let Kind::Map { flow, pairs } = &item.kind else { return Err(Refusal::Unproven) };
    let found = listing.entries().get(index).ok_or(Refusal::Unproven)?;
    let mut splices = Vec::new();
    let mut missing = Vec::new();
    if found.username != entry.username {
        match field(pairs, "username")? {
            Some((key, value)) => splices.push(scalar_splice(text, key, value, *flow, &entry.username)?),
            None => missing.push(("username", written(*flow, &entry.username))),
        }
    }
    if !found.has_groups(entry) {
        match field(pairs, "groups")? {
            Some((key, value)) => splices.extend(groups::splices(text, key, value, &entry.groups)?),
            None => missing.push(("groups", groups::in_brackets(&entry.groups))),
        }
    }
    for (name, value) in missing.iter().rev() {
        splices.push(added_field(text, item, *flow, pairs, name, value)?);
    }
    spliced(text, splices)
}

fn written(flow: bool, text: &str) -> String {
    if flow { scalar::flow(text) } else { scalar::block(text) }
}

/// Returns the only field with this name. A field with several spellings cannot be changed in place.
fn field<'n>(pairs: &'n [(Node, Node)], name: &str) -> Result<Option<(&'n Node, &'n Node)>, Refusal> {
    let named = |key: &Node| matches!(&key.kind, Kind::Scalar { text, .. } if folds_to(text, name));
    let mut fields = pairs.iter().filter(|(key, _)| named(key));
    match (fields.next(), fields.next()) {
        (Some((key, value)), None) => Ok(Some((key, value))),
        (None, _) => Ok(None),
        _ => Err(Refusal::Unsupported { reason: format!("an entry with duplicate {name} fields") }),
    }
}

fn scalar_splice(text: &str, key: &Node, value: &Node, flow: bool, new: &str) -> Result<Splice, Refusal> {
    if value.anchor != 0 || value.tag.is_some() {
        return Err(Refusal::Unsupported { reason: "an anchor or tag on a username".into() });
    }
    let end = content_end(text, value);
    match &value.kind {
        // The value is on the lines below its header, and its replacement requires another indentation.
        Kind::Scalar { block: true, .. } => {
            Err(Refusal::Unsupported { reason: "a username that spans several lines".into() })
        }
        _ if end <= value.span.start => new_value(text, key, &written(flow, new)),
        Kind::Scalar { .. } => Ok((value.span.start..end, written(flow, new))),
        Kind::List { flow: true, .. } | Kind::Map { flow: true, .. } => Ok((value.span.start..end, written(flow, new))),
        _ => Err(Refusal::Unproven),
    }
}

/// Adds a field after the last line of the entry, or before its closing brace.
fn added_field(
    text: &str,
    item: &Node,
    flow: bool,
    pairs: &[(Node, Node)],
    name: &str,
    value: &str,
) -> Result<Splice, Refusal> {
    let Some(((first, _), (last_key, last))) = pairs.first().zip(pairs.last()) else { return Err(Refusal::Unproven) };
    let end = content_end(text, last_key).max(content_end(text, last));
    if flow {
        return Ok((end..end, format!(", \"{name}\": {value}")));
    }
    let ending = line_end(text);
    let at = next_line(text, content_end(text, item).max(end));
    let open = if text[..at].ends_with(['\r', '\n']) { "" } else { ending };
    Ok((at..at, format!("{open}{}{name}: {value}{ending}", " ".repeat(column(text, first.span.start)))))
}

/// Replaces from the back, so that preceding positions remain valid. At the same position, insertions precede removals.
fn spliced(text: &str, mut splices: Vec<Splice>) -> Result<String, Refusal> {
    splices.sort_by_key(|(range, _)| (range.start, range.end));
    let apart = splices.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start);
    if !apart {
        return Err(Refusal::Unproven);
    }
    let mut edited = text.to_owned();
    for (range, new) in splices.into_iter().rev() {
        edited.replace_range(range, &new);
    }
    Ok(edited)
}
