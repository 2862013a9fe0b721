//! Arguments of commands that contain passwords, also if a shell does not trace the command.

use std::borrow::Cow;

use super::Edits;
use super::values::argument;

/// Commands, and their flags with a secret.
struct Command {
    names: &'static [&'static str],
    /// Flags whose value is attached (`-px`), or the next argument.
    flags: &'static [&'static str],
    /// Whether the value can be the next argument. `mysql -p x` asks for the password of the database `x`.
    is_next: bool,
    /// The subcommand that has the flags.
    subcommand: Option<&'static str>,
}

const COMMANDS: [Command; 9] = [
    Command {
        names: &[
            "mysql",
            "mysqladmin",
            "mysqlcheck",
            "mysqldump",
            "mysqlimport",
            "mysqlpump",
            "mysqlsh",
            "mysqlshow",
            "mariadb",
            "mariadb-admin",
            "mariadb-check",
            "mariadb-dump",
            "mariadb-import",
            "mariadb-show",
        ],
        flags: &["-p"],
        is_next: false,
        subcommand: None,
    },
    Command { names: &["sshpass"], flags: &["-p"], is_next: true, subcommand: None },
    Command {
        names: &["curl"],
        flags: &["-u", "-U", "--user", "--proxy-user", "--oauth2-bearer"],
        is_next: true,
        subcommand: None,
    },
    Command { names: &["wget"], flags: &["--user"], is_next: true, subcommand: None },
    Command {
        names: &["buildah", "crane", "docker", "helm", "nerdctl", "oras", "podman", "skopeo", "az"],
        flags: &["-p"],
        is_next: true,
        subcommand: Some("login"),
    },
    Command { names: &["redis-cli"], flags: &["-a"], is_next: true, subcommand: None },
    Command {
        names: &["mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport"],
        flags: &["-p"],
        is_next: true,
        subcommand: None,
    },
    Command {
        names: &["ldapadd", "ldapdelete", "ldapmodify", "ldappasswd", "ldapsearch"],
        flags: &["-w"],
        is_next: true,
        subcommand: None,
    },
    Command { names: &["bcp", "sqlcmd"], flags: &["-P"], is_next: true, subcommand: None },
];

/// Flags of curl without a value, which can precede `u` in one argument, such as `-fsSLu`.
const CURL: &str = "fgikLnNsSvOJRI";

pub(super) fn arguments(line: &str) -> Cow<'_, str> {
    let (mut edits, mut at) = (Edits::new(line), 0);
    let (mut command, mut is_active): (Option<&Command>, bool) = (None, false);
    while let Some((start, end)) = next_argument(line, at) {
        at = end;
        let word = line[start..end].trim_matches(['"', '\'', '`', '(', ')', '[', ']', '{', '}', '$', ',', '\\']);
        let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.strip_suffix(".exe").unwrap_or(name);
        if let Some(found) = COMMANDS.iter().find(|command| command.names.contains(&name)) {
            (command, is_active) = (Some(found), found.subcommand.is_none());
        } else if matches!(word, "|" | "||" | "&&" | ";") {
            command = None;
        } else if let Some(command) = command {
            is_active = is_active || command.subcommand == Some(word);
            if let Some(value) = value(command, word, line, start, end).filter(|_| is_active) {
                let secret = argument(line, value);
                if secret.end > secret.start {
                    secret.mask(&mut edits);
                    at = secret.end.max(end);
                }
            }
        }
        if line[start..end].ends_with(';') {
            command = None;
        }
    }
    edits.finish()
}

/// The start of the secret, if the argument is a flag with one.
fn value(command: &Command, word: &str, line: &str, start: usize, end: usize) -> Option<usize> {
    let offset = line[start..end].find('-')? + start;
    let is_cluster = || {
        let flags = word.strip_prefix('-').and_then(|word| word.strip_suffix('u'));
        command.names == ["curl"] && flags.is_some_and(|flags| flags.chars().all(|flag| CURL.contains(flag)))
    };
    if command.is_next && (command.flags.contains(&word) || is_cluster()) {
        let (next, _) = next_argument(line, end)?;
        return Some(next).filter(|next| !line[*next..].starts_with('-'));
    }
    let flag = command.flags.iter().find(|flag| word.len() > flag.len() && word.starts_with(**flag))?;
    let value = offset + flag.len();
    match line[value..].strip_prefix('=') {
        Some(_) if flag.starts_with("--") => Some(value + 1),
        _ => (!flag.starts_with("--")).then_some(value),
    }
}

/// The next argument, or the next element of a list in JSON or Python.
fn next_argument(line: &str, at: usize) -> Option<(usize, usize)> {
    let bytes = line.as_bytes();
    let is_quote = |at: usize| bytes.get(at).is_some_and(|byte| matches!(byte, b'"' | b'\''));
    let is_space = |at: usize| bytes[at].is_ascii_whitespace();
    let is_list = |at: usize| bytes[at] == b',' && at > 0 && is_quote(at - 1) && is_quote(at + 1);
    let start = (at..bytes.len()).find(|at| !is_space(*at) && !is_list(*at))?;
    let end = (start..bytes.len()).find(|at| is_space(*at) || is_list(*at)).unwrap_or(bytes.len());
    Some((start, end))
}
