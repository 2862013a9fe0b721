//! Finds the programs that a shell script runs, as far as its text shows, to detect the few that must not run twice.

/// Words before a command that are not commands.
const BEFORE: [&str; 20] = [
    "!", "bash", "command", "do", "elif", "else", "env", "eval", "exec", "if", "nice", "nohup", "sh", "source", "sudo",
    "then", "time", "until", "while", ".",
];

/// Returns whether the script runs `/etc/eks/bootstrap.sh`. Reading or changing the file does not match.
#[must_use]
pub(crate) fn calls_bootstrap(script: &str) -> bool {
    runs(script, |program, _| program == "/etc/eks/bootstrap.sh")
}

/// Returns whether the script runs `nodeadm init`.
#[must_use]
pub(crate) fn calls_nodeadm(script: &str) -> bool {
    runs(script, |program, argument| program.rsplit('/').next() == Some("nodeadm") && argument == "init")
}

/// Returns whether the predicate holds for the program and first argument of any command.
fn runs(script: &str, is_it: impl Fn(&str, &str) -> bool) -> bool {
    let joined = script.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim_start).filter(|line| !line.starts_with('#'));
    lines.flat_map(commands).any(|words| {
        let mut words = words.iter().map(String::as_str).skip_while(|word| is_before(word));
        // A quoted string can be a command for another shell.
        let mut inside = words.next().unwrap_or_default().split_whitespace();
        let program = inside.next().unwrap_or_default();
        let argument = inside.next().or_else(|| words.next()).unwrap_or_default();
        is_it(program, argument)
    })
}

fn is_before(word: &str) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let program = word.rsplit('/').next().unwrap_or_default();
    word.starts_with('-') || BEFORE.contains(&program) || word.split_once('=').is_some_and(|(name, _)| is_name(name))
}

/// Returns the commands of a line, each as its words without quotes.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    let mut word = String::new();
    let mut quote = None;
    for letter in line.chars().chain([';']) {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ' ' | '\t' | ';' | '&' | '|' | '(' | ')' | '{' | '}' | '`' | '<' | '>') => {
                if let Some(words) = all.last_mut().filter(|_| !word.is_empty()) {
                    words.push(std::mem::take(&mut word));
                }
                match letter {
                    ' ' | '\t' => {}
                    // The next word is a file.
                    '<' | '>' => {
                        if let Some(words) = all.last_mut() {
                            words.push(letter.to_string());
                        }
                    }
                    _ => all.push(Vec::new()),
                }
            }
            _ => word.push(letter),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("/etc/eks/bootstrap.sh prod", true)]
    #[case::in_quotes("\"/etc/eks/bootstrap.sh\" prod", true)]
    #[case::with_variables("A=1 B='2 3' /etc/eks/bootstrap.sh prod", true)]
    #[case::after_another("set -e; /etc/eks/bootstrap.sh prod", true)]
    #[case::under_a_condition("if true; then /etc/eks/bootstrap.sh prod; fi", true)]
    #[case::by_another("sudo -E bash -x /etc/eks/bootstrap.sh prod", true)]
    #[case::by_a_shell("bash -c '/etc/eks/bootstrap.sh prod'", true)]
    #[case::over_lines("exec \\\n  /etc/eks/bootstrap.sh prod", true)]
    #[case::in_a_substitution("out=$(/etc/eks/bootstrap.sh prod)", true)]
    #[case::comment("# /etc/eks/bootstrap.sh prod", false)]
    #[case::changed("sed -i 's/a/b/' /etc/eks/bootstrap.sh", false)]
    #[case::read("cat </etc/eks/bootstrap.sh", false)]
    #[case::named("echo '/etc/eks/bootstrap.sh runs later'", false)]
    #[case::looked_for("test -x /etc/eks/bootstrap.sh && echo there", false)]
    #[case::another("/opt/bootstrap.sh", false)]
    fn call_of_bootstrap_is_found(#[case] line: &str, #[case] is_call: bool) {
        assert_eq!(calls_bootstrap(&format!("#!/bin/bash\n  {line}\n")), is_call);
    }

    #[rstest]
    #[case("nodeadm init -c file:///a", true)]
    #[case("sudo /usr/bin/nodeadm init", true)]
    #[case("nodeadm config check", false)]
    #[case("echo nodeadm init", false)]
    fn call_of_nodeadm_is_found(#[case] line: &str, #[case] is_call: bool) {
        assert_eq!(calls_nodeadm(line), is_call);
    }
}
