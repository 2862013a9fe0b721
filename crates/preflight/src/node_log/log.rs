//! The lines of a console output, in a form that can be searched and quoted.

use std::fmt;

use super::mask::mask;

/// The console output of an EC2 instance: the decoded `Output` of `GetConsoleOutput`, at most its last 64 KB.
///
/// Escape sequences, control characters, and timestamps are removed, and secrets are masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsoleLog {
    lines: Vec<Line>,
}

/// A line that is not empty, without its timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The program that wrote the line, such as `nodeadm`, if the line has the prefix of the journal.
    pub(super) program: String,
    pub(super) pid: u32,
    pub(super) body: String,
}

/// An operating system family, by what its console output contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    AmazonLinux2023,
    AmazonLinux2,
    Bottlerocket,
    Windows,
}

impl ConsoleLog {
    pub fn from_bytes(output: &[u8]) -> Self {
        Self::from_text(&String::from_utf8_lossy(output))
    }

    pub fn from_text(output: &str) -> Self {
        let text = mask(&without_inserted_times(&printable(output)));
        let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
        Self { lines: lines.map(Line::parse).collect() }
    }

    /// Whether the instance has not written anything, or EC2 has not stored it yet.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The family by the first line that identifies it.
    pub fn os(&self) -> Option<Os> {
        self.lines.iter().find_map(|line| {
            let contains = |text: &str| line.body.contains(text);
            match () {
                () if contains("amzn2023") || contains("Amazon Linux 2023") => Some(Os::AmazonLinux2023),
                () if contains(".amzn2.") => Some(Os::AmazonLinux2),
                () if contains("Bottlerocket OS") => Some(Os::Bottlerocket),
                () if contains("AMI Origin Name: Windows") || contains("OS: Microsoft Windows") => Some(Os::Windows),
                () => None,
            }
        })
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The last line that contains one of the strings.
    pub(super) fn last(&self, texts: &[&str]) -> Option<usize> {
        self.lines.iter().rposition(|line| line.contains_any(texts))
    }

    /// The last line that matches.
    pub(super) fn last_where(&self, matches: impl Fn(&Line) -> bool) -> Option<usize> {
        self.lines.iter().rposition(matches)
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.body.contains(text))
    }
}

impl Line {
    fn parse(line: &str) -> Self {
        let text = without_kernel_time(without_priority(line));
        let Some((program, pid, body)) = journal_prefix(text) else {
            return Self { program: String::new(), pid: 0, body: text.to_owned() };
        };
        // A script in the user data can print the journal: the inner prefix has the program that wrote the line.
        let inner = if starts_with_month(body) { journal_prefix(body) } else { None };
        let (program, pid, body) = inner.unwrap_or((program, pid, body));
        Self { program: program.to_owned(), pid, body: body.to_owned() }
    }

    pub(super) fn contains_any(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.body.contains(text))
    }
}

/// The masked output, line by line.
impl fmt::Display for ConsoleLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.program.as_str() {
            "" => formatter.write_str(&self.body),
            program => write!(formatter, "{program}[{}]: {}", self.pid, self.body),
        }
    }
}

/// The text without ANSI escape sequences and characters that are not printed. A carriage return ends a line.
fn printable(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => kept.push('\n'),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' => kept.push('\n'),
            '\t' => kept.push(' '),
            '\u{1b}' => skip_escape(&mut characters),
            '\u{9b}' => skip_control_sequence(&mut characters),
            _ if character.is_control() || is_invisible(character) => {}
            _ => kept.push(character),
        }
    }
    kept
}

/// Marks of text direction and width, which change how the rest of a line is displayed.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

type Characters<'t> = std::iter::Peekable<std::str::Chars<'t>>;

/// Skips what follows an escape character. The forms are defined by ECMA-48.
fn skip_escape(characters: &mut Characters<'_>) {
    match characters.peek() {
        Some('[') => {
            characters.next();
            skip_control_sequence(characters);
        }
        Some(']' | 'P' | '^' | '_') => skip_control_string(characters),
        _ => {
            while characters.next_if(|next| matches!(next, ' '..='/')).is_some() {}
            characters.next_if(|next| matches!(next, '0'..='~'));
        }
    }
}

fn skip_control_sequence(characters: &mut Characters<'_>) {
    while characters.next_if(|next| matches!(next, ' '..='?')).is_some() {}
    characters.next_if(|next| matches!(next, '@'..='~'));
}

/// Skips a control string, such as a window title, which ends with a bell or a string terminator, or with the line.
fn skip_control_string(characters: &mut Characters<'_>) {
    while let Some(next) = characters.next_if(|next| !matches!(next, '\n' | '\r')) {
        if next == '\u{7}' || (next == '\u{1b}' && characters.next_if_eq(&'\\').is_some()) {
            return;
        }
    }
}

/// The form of the times that EC2 inserts into long lines, anywhere, in the middle of a word, too.
const INSERTED_TIME: &[u8] = b"[0000-00-00T00:00:00.000000]";

fn without_inserted_times(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let is_time = rest.as_bytes().get(start..start + INSERTED_TIME.len()).is_some_and(is_inserted_time);
        let end = if is_time { start + INSERTED_TIME.len() } else { start + 1 };
        kept.push_str(&rest[..if is_time { start } else { end }]);
        rest = &rest[end..];
    }
    kept + rest
}

fn is_inserted_time(bytes: &[u8]) -> bool {
    let matches = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    bytes.iter().zip(INSERTED_TIME).all(matches)
}

/// Without the priority of a line that was written to `/dev/kmsg`, such as `<14>`.
fn without_priority(line: &str) -> &str {
    let after = line.strip_prefix('<').and_then(|rest| rest.split_once('>'));
    after.filter(|(priority, _)| is_number(priority)).map_or(line, |(_, rest)| rest)
}

/// Without the seconds since boot, such as `[   25.123456] `.
fn without_kernel_time(line: &str) -> &str {
    let after = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    let is_time =
        |time: &str| time.trim_start().split_once('.').is_some_and(|(whole, part)| is_number(whole) && is_number(part));
    after.filter(|(time, _)| is_time(time)).map_or(line, |(_, rest)| rest)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The program, the process ID, and the rest of a line such as `nodeadm[2495]: text`. A date and a host name can
/// precede the program.
fn journal_prefix(line: &str) -> Option<(&str, u32, &str)> {
    let (head, body) = line.split_once("]: ").or_else(|| Some((line.strip_suffix("]:")?, "")))?;
    let (before, pid) = head.rsplit_once('[')?;
    let pid = pid.parse().ok()?;
    let (prefix, program) = before.rsplit_once(' ').unwrap_or(("", before));
    let is_program = !program.is_empty() && program.len() <= 64;
    (is_program && (prefix.is_empty() || starts_with_month(prefix))).then_some((program, pid, body))
}

fn starts_with_month(text: &str) -> bool {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    MONTHS.iter().any(|month| text.strip_prefix(month).is_some_and(|rest| rest.starts_with(' ')))
}
