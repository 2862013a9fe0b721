//! PowerShell quoting: quotes values, and checks whether a script is syntactically closed.

/// Quotes a value in single quotes, in which only a single quote has a meaning.
///
/// # Errors
/// Returns the first character that Windows PowerShell does not read unchanged: it treats typographic quotes as quotes,
/// and a file without a byte order mark as encoded in the code page of the machine.
pub(super) fn quoted(value: &str) -> Result<String, char> {
    match value.chars().find(|letter| !matches!(letter, ' '..='~')) {
        Some(letter) => Err(letter),
        None => Ok(format!("'{}'", value.replace('\'', "''"))),
    }
}

/// The open syntax elements while a script is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Brace,
    Parenthesis,
    /// Inside double quotes, in which `$(` starts code.
    Text,
}

/// Returns the error at the end of a script, which follows "the script": an unclosed syntax element.
pub(super) fn unfinished(script: &str) -> Option<&'static str> {
    let mut reader = Reader { rest: script, before: '\n', open: Vec::new() };
    while let Some(letter) = reader.rest.chars().next() {
        let is_text = reader.open.last() == Some(&Open::Text);
        let result = if is_text { reader.in_text(letter) } else { reader.in_code(letter) };
        if let Err(what) = result {
            return Some(what);
        }
    }
    match reader.open.last() {
        Some(Open::Text) => Some("has an unclosed string in double quotes, which would include the following commands"),
        Some(Open::Brace) => Some("has an unclosed block in braces, which would include the following commands"),
        Some(Open::Parenthesis) => {
            Some("has an unclosed expression in parentheses, which would include the following commands")
        }
        None => None,
    }
}

struct Reader<'s> {
    rest: &'s str,
    /// Returns the character before the rest.
    before: char,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn skip(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.before = passed.chars().next_back().unwrap_or(self.before);
        self.rest = rest;
    }

    /// Skips past the end, if it exists.
    fn skip_past(&mut self, start: usize, end: &str, what: &'static str) -> Result<(), &'static str> {
        let found = self.rest.get(start..).and_then(|rest| rest.find(end)).ok_or(what)?;
        self.skip(start + found + end.len());
        Ok(())
    }

    fn in_text(&mut self, letter: char) -> Result<(), &'static str> {
        match letter {
            '`' => self.skip(2),
            '"' if self.rest.starts_with("\"\"") => self.skip(2),
            '"' => {
                self.open.pop();
                self.skip(1);
            }
            '$' if self.rest.starts_with("$(") => {
                self.open.push(Open::Parenthesis);
                self.skip(2);
            }
            other => self.skip(other.len_utf8()),
        }
        Ok(())
    }

    fn in_code(&mut self, letter: char) -> Result<(), &'static str> {
        // Inside a word, it has no meaning.
        let begins_token = self.before.is_whitespace() || "(){};|&,=".contains(self.before);
        match letter {
            '`' if self.rest.trim_end().len() == 1 => return Err("ends with a line that continues on the next line"),
            '`' => self.skip(2),
            '\'' => self.skip_past(
                1,
                "'",
                "has an unclosed string in single quotes, which would include the following commands",
            )?,
            '"' => {
                self.open.push(Open::Text);
                self.skip(1);
            }
            '@' if is_here_text(self.rest, '\'') => self.skip_past(
                2,
                "\n'@",
                "has an unclosed here-string (@' … '@), which would include the following commands",
            )?,
            '@' if is_here_text(self.rest, '"') => self.skip_past(
                2,
                "\n\"@",
                "has an unclosed here-string (@\" … \"@), which would include the following commands",
            )?,
            '<' if self.rest.starts_with("<#") => self.skip_past(
                2,
                "#>",
                "has an unclosed comment (<# … #>), which would include the following commands",
            )?,
            '#' if begins_token => self.skip(self.rest.find('\n').unwrap_or(self.rest.len())),
            '-' if begins_token && self.rest.starts_with("--% ") => {
                self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
            }
            '{' | '(' => {
                self.open.push(if letter == '{' { Open::Brace } else { Open::Parenthesis });
                self.skip(1);
            }
            '}' | ')' => {
                let expected = if letter == '}' { Open::Brace } else { Open::Parenthesis };
                if self.open.pop() != Some(expected) {
                    return Err("closes a brace or parenthesis that is not open");
                }
                self.skip(1);
            }
            other => self.skip(other.len_utf8()),
        }
        Ok(())
    }
}

/// Returns whether it is `@` and a quote at the end of a line.
fn is_here_text(rest: &str, quote: char) -> bool {
    let line = rest.lines().next().unwrap_or_default();
    line.strip_prefix('@').and_then(|line| line.strip_prefix(quote)).is_some_and(|line| line.trim().is_empty())
}
