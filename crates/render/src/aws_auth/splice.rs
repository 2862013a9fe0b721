//! Replaces parts of a string.

use std::ops::Range;

use super::Refusal;
use super::place::after_colon;
use super::tree::Node;

/// Bytes to replace.
pub(super) type Splice = (Range<usize>, String);

/// Writes a value after the colon of a key without a value.
pub(super) fn new_value(text: &str, key: &Node, value: &str) -> Result<Splice, Refusal> {
    let at = after_colon(text, key)?;
    Ok((at..at, format!(" {value}")))
}
