//! Commands that a shell prints before it runs them (`set -x`).

use std::borrow::Cow;

use super::MASK;
use super::program::{is_host, start};

/// Any argument can be a secret, such as in `curl -u`, so only the name of the command or of the variable remains.
pub(super) fn traced(line: &str) -> Cow<'_, str> {
    let Some(start) = command(line) else { return Cow::Borrowed(line) };
    let command = &line[start..];
    let name = command.find([' ', '=']).unwrap_or(command.len());
    if matches!(command[name..].trim_start_matches([' ', '=']), "" | MASK) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(format!("{}{}{MASK}", &line[..start], &command[..=name]))
}

/// The position of the traced command. A line that only contains ` + ` is not one.
fn command(line: &str) -> Option<usize> {
    let (_, body) = start(line);
    after_pluses(line, body)
        .or_else(|| line.match_indices("]: ").find_map(|(index, prefix)| after_pluses(line, index + prefix.len())))
        .or_else(|| after_word(line, body))
}

/// The command after the value of `PS4`: `+ `, `++ `, or with a location, such as `+(script.sh:3): `.
fn after_pluses(line: &str, at: usize) -> Option<usize> {
    let text = line[at..].trim_start_matches(' ');
    let rest = text.trim_start_matches('+');
    if rest.len() == text.len() {
        return None;
    }
    let (location, command) = rest.split_once(' ')?;
    let command = match location {
        // `PS4='+ script.sh:3: '` has a space before the location.
        "" => command.split_once(' ').filter(|(word, _)| is_location(word)).map_or(command, |(_, command)| command),
        _ if is_location(location) => command,
        _ => return None,
    };
    Some(line.len() - command.len())
}

/// Whether the word has the number of a line, as in `script.sh:3:`, `(script.sh:3):`, and `script.sh:3>`, or is a time.
fn is_location(word: &str) -> bool {
    const LENGTH: usize = 200;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_ended = word.ends_with([':', ')', '>', ']', '}']);
    let is_time = word.contains(':') && word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    word.len() <= LENGTH
        && (is_time || is_ended && word.split([':', '(', ')', '[', ']', '{', '}', '>', '@']).any(is_number))
}

/// The command after one word in front of the pluses, such as a host name, or a tag without a time.
fn after_word(line: &str, body: usize) -> Option<usize> {
    let text = line[body..].trim_start_matches(' ');
    let (word, _) = text.split_once(' ')?;
    let start = after_pluses(line, line.len() - text.len() + word.len() + 1)?;
    let command = &line[start..];
    let is_tag = word.ends_with([':', ']', '>', '$', '#']);
    let is_certain = word.starts_with("ip-") || is_tag && command.starts_with(|first: char| !first.is_ascii_digit());
    (is_certain || is_host(word) && is_command(command)).then_some(start)
}

/// Commands with arguments that are often secrets, or that scripts often call.
const COMMANDS: [&str; 40] = [
    "apt-get",
    "aws",
    "az",
    "cat",
    "chpasswd",
    "crictl",
    "ctr",
    "curl",
    "dnf",
    "docker",
    "echo",
    "export",
    "gcloud",
    "git",
    "helm",
    "htpasswd",
    "kubectl",
    "mariadb",
    "mount",
    "mysql",
    "mysqldump",
    "nerdctl",
    "npm",
    "openssl",
    "pip",
    "pip3",
    "podman",
    "printf",
    "psql",
    "python3",
    "redis-cli",
    "scp",
    "ssh",
    "sshpass",
    "sudo",
    "systemctl",
    "tee",
    "vault",
    "wget",
    "yum",
];

/// Whether the text is a command with arguments: a known name, a path, an assignment, or a name with a flag.
fn is_command(text: &str) -> bool {
    let (name, arguments) = text.split_at(text.find([' ', '=']).unwrap_or(text.len()));
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    let mut words = arguments.split(' ').skip(1);
    let is_flag = |word: &str| word.trim_start_matches('-').starts_with(|first: char| first.is_ascii_alphabetic());
    is_name
        && (COMMANDS.contains(&name)
            || name.starts_with(['/', '.'])
            || arguments.starts_with('=') && !name.contains(|character: char| character.is_ascii_lowercase())
            || words.any(|word| word.starts_with('-') && is_flag(word)))
}
