//! Scripts, and strings that look like secrets.

use crate::node::{Family, Finding, Node, Place};

/// Strings that indicate private keys and credentials.
const SECRETS: [(&str, &str); 4] = [
    ("PRIVATE KEY-----", "a private key"),
    ("aws_secret_access_key", "a secret access key"),
    ("AWS_SECRET_ACCESS_KEY", "a secret access key"),
    ("aws_session_token", "a session token"),
];

pub(super) fn check(node: &Node, found: &mut Vec<Finding>) {
    let moments = [
        ("pre_bootstrap_scripts", &node.pre_bootstrap_scripts),
        ("post_bootstrap_scripts", &node.post_bootstrap_scripts),
    ];
    for (input, scripts) in moments {
        for (index, script) in scripts.iter().enumerate() {
            let place = Place::of(input).index(index);
            if let Some(why) = wrong(node.family, script) {
                found.push(Finding::error(place.clone(), why));
            }
            secrets(&place, script, found);
        }
    }
    for (index, document) in node.node_configs.iter().enumerate() {
        secrets(&Place::of("node_configs").index(index), document, found);
    }
}

pub(super) fn wrong(family: Family, script: &str) -> Option<&'static str> {
    let is_shell = matches!(family, Family::AmazonLinux2 | Family::AmazonLinux2023);
    if script.trim().is_empty() {
        return Some("The script is empty. Remove it.");
    }
    // PowerShell supports both line endings, and LF is written.
    if script.contains('\r') && family != Family::Windows {
        return Some(
            "The script has CRLF line endings, which Linux does not support. Save it with LF, or use replace(…, \
             \"\\r\", \"\").",
        );
    }
    if script.contains('\0') {
        return Some("The script has a NUL character.");
    }
    if is_shell && !script.starts_with("#!") {
        return Some("The script cannot be run: its first line must specify the program, for example \"#!/bin/bash\".");
    }
    None
}

/// Returns whether it contains an access key ID: 20 uppercase letters and digits with a known prefix.
fn has_access_key(text: &str) -> bool {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    words.into_iter().any(|word| {
        word.len() == 20 && (word.starts_with("AKIA") || word.starts_with("ASIA")) && word.bytes().all(is_capital)
    })
}

pub(super) fn secrets(place: &Place, text: &str, found: &mut Vec<Finding>) {
    let known = SECRETS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, what)| *what);
    if let Some(what) = known.or_else(|| has_access_key(text).then_some("an access key")) {
        let text = format!(
            "This looks like {what}. Any pod that can reach the instance metadata service can read the user data, and \
             so can any principal that can describe the launch template or read the state. Fetch secrets on the node \
             instead, using its role."
        );
        found.push(Finding::warning(place.clone(), text));
    }
}
