//! Block scalars of YAML: the value of `password: |` is in the following lines.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::MASK;
use super::names::is_secret;
use super::program::{Start, start};

/// Masks the lines of a block, which are indented more than its name. Other programs can write lines between them.
pub(super) fn block_scalars(text: &str) -> Cow<'_, str> {
    if !text.lines().any(|line| header(line).is_some()) {
        return Cow::Borrowed(text);
    }
    // The column of the name of the block that each program writes.
    let mut blocks: BTreeMap<Start<'_>, usize> = BTreeMap::new();
    let lines = text.split('\n').map(|line| {
        let (program, at) = start(line);
        let body = &line[at..];
        let indentation = body.len() - body.trim_start().len();
        match blocks.get(&program) {
            _ if body.trim().is_empty() => Cow::Borrowed(line),
            Some(column) if indentation > *column => Cow::Owned(format!("{}{MASK}", &line[..at + indentation])),
            _ => {
                match header(line) {
                    Some(column) => blocks.insert(program, column),
                    None => blocks.remove(&program),
                };
                Cow::Borrowed(line)
            }
        }
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// The column of the name if the line is the start of a block with a secret, such as `- password: |-`.
fn header(line: &str) -> Option<usize> {
    if !line.contains(['|', '>']) {
        return None;
    }
    let (_, at) = start(line);
    let body = &line[at..];
    let mut text = body.trim_start();
    while let Some(rest) = text.strip_prefix("- ").or_else(|| text.strip_prefix("? ")) {
        text = rest.trim_start();
    }
    let column = body.len() - text.len();
    let (name, value) = text.split_once(':')?;
    let name = name.trim_end().trim_matches(['"', '\'']);
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    (is_name && is_secret(name) && is_block(value)).then_some(column)
}

/// `|` or `>` with indicators, after a tag or an anchor, and before a comment.
fn is_block(value: &str) -> bool {
    let is_property = |word: &&str| word.starts_with(['!', '&']);
    let mut words = value.split_whitespace().skip_while(is_property);
    let is_style = words.next().and_then(|word| word.strip_prefix(['|', '>'])).is_some_and(|indicators| {
        indicators.len() <= 2 && indicators.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9'))
    });
    value.starts_with([' ', '\t']) && is_style && words.next().is_none_or(|comment| comment.starts_with('#'))
}
