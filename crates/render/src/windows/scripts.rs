//! The commands of the user, which share a PowerShell block with the call that joins the node.

use super::quoting::unfinished;
use crate::node::{Finding, Node, Place};

/// The tags that EC2Launch detects anywhere in the user data.
const TAGS: [&str; 5] = ["powershell", "script", "persist", "powershellArguments", "runAsLocalSystem"];

/// The finding for a script that [`leaves`].
pub(crate) const LEAVES: &str =
    "A line starts with \"exit\" or \"return\": the following commands do not run, and the node does not join.";

pub(super) fn check(node: &Node, findings: &mut Vec<Finding>) {
    let all = [
        ("pre_bootstrap_scripts", &node.pre_bootstrap_scripts),
        ("post_bootstrap_scripts", &node.post_bootstrap_scripts),
    ];
    for (input, scripts) in all {
        for (index, script) in scripts.iter().enumerate() {
            let place = Place::of(input).index(index);
            if let Some(why) = wrong(script) {
                findings.push(Finding::error(place.clone(), why));
            }
            if input == "pre_bootstrap_scripts" && leaves(&with_lf(script)) {
                findings.push(Finding::warning(place, LEAVES));
            }
        }
    }
}

/// Returns the script with LF line breaks.
pub(crate) fn with_lf(script: &str) -> String {
    script.replace("\r\n", "\n")
}

fn wrong(script: &str) -> Option<String> {
    let script = with_lf(script);
    let script = script.as_str();
    let call = || {
        let text = "The script calls Start-EKSBootstrap.ps1, which is already called and must run only once. Remove \
                    the call, and set its parameters with arguments.";
        calls_bootstrap(script).then(|| text.to_owned())
    };
    beyond_ascii(script).or_else(|| tag(script)).or_else(call).or_else(|| unfinished_end(script))
}

/// Returns the finding for a script with non-ASCII characters.
pub(crate) fn beyond_ascii(script: &str) -> Option<String> {
    let letter = script.chars().find(|letter| !matches!(letter, '\t' | '\n' | ' '..='~'))?;
    Some(format!(
        "The script contains the character {letter:?}. Windows PowerShell reads only ASCII characters unchanged. Write \
         other characters as numbers, such as [char]0x00E9."
    ))
}

/// Returns the finding for a script with an EC2Launch tag.
pub(crate) fn tag(script: &str) -> Option<String> {
    let lower = script.to_ascii_lowercase();
    let tag = TAGS.iter().find(|tag| {
        let tag = tag.to_ascii_lowercase();
        lower.contains(&format!("<{tag}>")) || lower.contains(&format!("</{tag}>"))
    })?;
    Some(format!(
        "The script contains the tag <{tag}> or its end, which EC2Launch would interpret. Specify the commands without \
         tags. In a string, split the tag into two parts."
    ))
}

/// Returns whether the script calls the bootstrap script.
pub(crate) fn calls_bootstrap(script: &str) -> bool {
    script.to_ascii_lowercase().contains("start-eksbootstrap")
}

/// Returns the finding for a script that includes the commands after it.
pub(crate) fn unfinished_end(script: &str) -> Option<String> {
    if let Some(what) = unfinished(script) {
        return Some(format!("The script {what}."));
    }
    let last = script.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with('#'));
    if last.is_some_and(|line| line.ends_with(['|', ',', '`', '='])) {
        return Some(
            "The last line of the script continues on the next line, which is not part of the script.".to_owned(),
        );
    }
    None
}

/// Returns whether the script ends the entire block, outside of any braces.
pub(crate) fn leaves(script: &str) -> bool {
    let is_word = |line: &str, word: &str| {
        line.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ';']))
    };
    script.lines().any(|line| is_word(line, "exit") || is_word(line, "return"))
}
