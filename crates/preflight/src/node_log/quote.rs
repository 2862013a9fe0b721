//! Lines of a console output in a diagnostic.

use super::log::ConsoleLog;

/// The maximum number of lines of a quote.
pub(super) const LINES: usize = 8;

/// The maximum number of characters of a line.
pub(super) const WIDTH: usize = 300;

/// What is between the parts of a shortened line.
const GAP: &str = " … ";

/// What the essential part of a long line begins with. Otherwise, it is the end: errors of Go end with the innermost
/// one.
const ESSENTIAL: [&str; 6] =
    ["api error ", "An error occurred ", "cannot unmarshal ", "rror parsing ", "deserialize error", "dispatch failure"];

/// The lines in the order of the output. Of more lines than fit, the last ones remain.
pub(super) fn quote(log: &ConsoleLog, lines: &[usize]) -> Vec<String> {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    lines.dedup();
    let last = lines.into_iter().rev().take(LINES).rev();
    last.filter_map(|index| log.lines().get(index)).map(|line| shorten(&line.to_string())).collect()
}

fn shorten(line: &str) -> String {
    let characters: Vec<char> = line.chars().collect();
    if characters.len() <= WIDTH {
        return line.to_owned();
    }
    let room = WIDTH - GAP.chars().count();
    let last = characters.len() - room / 3;
    let essential = ESSENTIAL.iter().filter_map(|text| Some(line[..line.find(text)?].chars().count())).max();
    let from = essential.map_or(last, |essential| essential.min(last));
    let start = from.min(room / 2).max(room.saturating_sub(characters.len() - from)).min(from);
    let end = characters.iter().skip(from).take(room - start);
    match from == start {
        true => characters.iter().take(WIDTH - 1).copied().chain(['…']).collect(),
        false => characters.iter().take(start).copied().chain(GAP.chars()).chain(end.copied()).collect(),
    }
}
