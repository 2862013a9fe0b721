//! What precedes the text of a program on a console: priorities, times, host names, and names of programs.

/// The start of a line, such as `[   12.3] ip-10-0-1-7 cloud-init[123]: text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start<'l> {
    /// The program that wrote the line, with its process ID. Empty if the line has no such name.
    pub(super) program: &'l str,
    /// Whether the line has a priority or a time. Lines of the kernel have a time and no program.
    pub(super) has_time: bool,
}

/// The start of a line, and the position of the text after it. The text keeps its indentation.
pub(super) fn start(line: &str) -> (Start<'_>, usize) {
    let (mut start, mut at, mut is_after_time) = (Start { program: "", has_time: false }, 0, false);
    // A script can print the journal, so that prefixes can follow each other.
    for _ in 0..8 {
        let rest = &line[at..];
        if let Some(length) = priority(rest).or_else(|| kernel_time(rest)).or_else(|| time(rest)) {
            (start.has_time, is_after_time) = (true, true);
            at += length;
        } else if let Some((program, length)) = program(rest, is_after_time) {
            (start.program, is_after_time) = (program, false);
            at += length;
        } else {
            break;
        }
    }
    (start, at)
}

/// `<14>`
fn priority(text: &str) -> Option<usize> {
    let (number, _) = text.strip_prefix('<')?.split_once('>')?;
    is_number(number).then_some(number.len() + 2)
}

/// `[   12.345678] `
fn kernel_time(text: &str) -> Option<usize> {
    const LENGTH: usize = 40;
    let end = text.bytes().take(LENGTH).position(|byte| byte == b']')?;
    let time = text[..end].strip_prefix('[')?;
    let is_time = time.contains(|character: char| character.is_ascii_digit()) && time.bytes().all(is_time_byte);
    (is_time && text[end..].starts_with("] ")).then_some(end + 2)
}

/// A word of a date or a time, such as `May`, `4` after a month, `09:12:46`, or `2026-05-04T09:12:46Z`.
fn time(text: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (word, rest) = text.split_once(' ')?;
    if MONTHS.contains(&word) {
        let day = rest.trim_start_matches(' ');
        let (number, _) = day.split_once(' ')?;
        return (number.len() <= 2 && is_number(number)).then(|| text.len() - day.len() + number.len() + 1);
    }
    let word = word.trim_end_matches([':', ',']);
    let is_time = word.starts_with(|character: char| character.is_ascii_digit())
        && word.contains([':', '-', '/'])
        && word.len() <= 40
        && word.bytes().all(is_time_byte);
    is_time.then(|| text.len() - rest.len())
}

fn is_time_byte(byte: u8) -> bool {
    byte.is_ascii_digit() || b" .:,+-/TZ".contains(&byte)
}

/// `cloud-init[123]: ` or, after a time, `user-data: `. A host name can precede it.
fn program(text: &str, is_after_time: bool) -> Option<(&str, usize)> {
    let (first, rest) = text.split_once(' ')?;
    if let Some(program) = program_name(first, is_after_time) {
        return Some((program, first.len() + 1));
    }
    let (second, _) = rest.split_once(' ').filter(|_| is_host(first))?;
    let program = program_name(second, is_after_time && first.contains('-'))?;
    Some((program, first.len() + second.len() + 2))
}

fn program_name(word: &str, is_after_time: bool) -> Option<&str> {
    const LENGTH: usize = 80;
    let program = word.strip_suffix(':').filter(|program| program.len() <= LENGTH)?;
    let is_name = |name: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./@".contains(&byte);
        name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.bytes().all(is_part)
    };
    match program.strip_suffix(']').and_then(|program| program.split_once('[')) {
        Some((name, pid)) => is_name(name) && is_number(pid),
        // `token: x` is the name of a value.
        None => is_after_time && is_name(program) && !super::names::is_secret(program),
    }
    .then_some(program)
}

/// Whether the word can be a host name, such as `ip-10-0-1-7.ec2.internal`.
pub(super) fn is_host(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit())
}
