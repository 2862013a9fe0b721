//! Secrets in URLs and in addresses without a scheme.

use std::borrow::Cow;

use super::MASK;
use super::webhooks::{secret_path, secret_path_of_any_host};

/// User information and query strings. Addresses end at whitespace, quotes, and brackets.
pub(super) fn addresses(line: &str) -> Cow<'_, str> {
    if !["@", "://", "hooks.", "webhook"].iter().any(|text| line.contains(text)) {
        return Cow::Borrowed(line);
    }
    let is_end = |character: char| character.is_whitespace() || "\"'`\\<>{}|".contains(character);
    let mut masked = String::with_capacity(line.len());
    for word in line.split_inclusive(is_end) {
        let end = word.chars().next_back().filter(|last| is_end(*last)).map_or(0, char::len_utf8);
        let (word, end) = word.split_at(word.len() - end);
        masked.push_str(&address(word));
        masked.push_str(end);
    }
    Cow::Owned(masked)
}

fn address(word: &str) -> Cow<'_, str> {
    let Some(scheme) = word.find("://") else { return without_scheme(word) };
    let (scheme, rest) = word.split_at(scheme + 3);
    // The path of a webhook can contain any character, too.
    if let Some(secret) = secret_path(rest) {
        return Cow::Owned(format!("{scheme}{}{MASK}{}", &rest[..secret.start], &rest[secret.end..]));
    }
    // A password can contain any character, so that the last @ is decisive.
    let (user, rest) = match rest.rfind('@') {
        Some(at) => (MASK, &rest[at..]),
        None if has_port(rest) => ("", rest),
        None => (MASK, ""),
    };
    // A fragment without a value is a part of a page.
    let query = rest.find('?').or_else(|| rest.find('#').filter(|fragment| rest[*fragment..].contains('=')));
    let (rest, query) = match query {
        Some(query) => (&rest[..query], format!("{}{MASK}", &rest[query..=query])),
        None => (rest, String::new()),
    };
    let host = rest.strip_prefix('@').unwrap_or(rest);
    let rest = match secret_path(host).or_else(|| secret_path_of_any_host(host)) {
        Some(secret) => format!("{}{MASK}{}", &rest[..rest.len() - host.len() + secret.start], &host[secret.end..]),
        None => rest.to_owned(),
    };
    Cow::Owned(format!("{scheme}{user}{rest}{query}"))
}

/// Whether the address begins with a host and at most a port. Otherwise, it can be the beginning of a password.
fn has_port(address: &str) -> bool {
    let host = address.split(['/', '?', '#', ',', ';', ')', ']']).next().unwrap_or_default();
    host.starts_with('[')
        || host
            .split_once(':')
            .is_none_or(|(_, port)| port.trim_end_matches(['.', ':']).bytes().all(|byte| byte.is_ascii_digit()))
}

/// `user:password@host`, as in a proxy variable, and webhooks.
fn without_scheme(word: &str) -> Cow<'_, str> {
    let after = |separator: usize| separator + 1;
    let starts = [word.find(['=', ',', '(']).map_or(0, after), word.rfind('@').map_or(0, after)];
    for start in starts {
        if let Some(secret) = secret_path(&word[start..]) {
            return Cow::Owned(format!("{}{MASK}{}", &word[..start + secret.start], &word[start + secret.end..]));
        }
    }
    let Some(at) = word.rfind('@') else { return Cow::Borrowed(word) };
    let start = word[..at].rfind(['=', ',', '(']).map_or(0, |separator| separator + 1);
    match word[start..at].contains(':') {
        true => Cow::Owned(format!("{}{MASK}{}", &word[..start], &word[at..])),
        false => Cow::Borrowed(word),
    }
}
