//! Secrets in a console output: user data, environment variables, and requests can contain them.

mod addresses;
mod blocks;
mod commands;
mod errors;
mod names;
mod prefixes;
mod private_keys;
mod program;
mod tokens;
mod traced;
mod user_data;
mod values;
mod webhooks;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// What replaces a secret.
const MASK: &str = "***";

/// Masks secrets:
///
/// - values of names such as `token`, `DB_PASSWORD2`, `apiKeys`, and `dbPassValue`, after `=` or `:`, after a space for
///   flags (`--token x`), and in the following lines for block scalars of YAML
/// - `Authorization` and `Cookie` headers, and what follows `Bearer` and `Basic`
/// - arguments of commands, such as `curl -u` and `mysql -p`, and all arguments of commands that a shell traces
///   (`set -x`)
/// - tokens with the prefix of a service, such as `ghp_`
/// - AWS access key IDs, EKS tokens, JSON Web Tokens, and base64 with more than 60 characters
/// - user information and query strings of URLs, user information of addresses without a scheme, and the paths of
///   webhooks
/// - private keys in PEM
/// - user data and environment variables that nodeadm repeats
///
/// Errors after a name, such as `failed to get token: connection refused`, are not masked. Masked text is not changed
/// again. Lines stay lines.
pub fn mask(text: &str) -> String {
    let text = blocks::block_scalars(text);
    let text = private_keys::private_keys(&text);
    let lines = text.split('\n').map(line);
    lines.collect::<Vec<_>>().join("\n")
}

/// A mask can be the end of another secret, such as of a value with a quote in it.
fn line(line: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(line);
    for _ in 0..5 {
        let next = once(&masked);
        if next == masked {
            break;
        }
        masked = Cow::Owned(next.into_owned());
    }
    masked
}

fn once(line: &str) -> Cow<'_, str> {
    let steps: [fn(&str) -> Cow<'_, str>; 7] = [
        traced::traced,
        addresses::addresses,
        prefixes::prefixes,
        tokens::tokens,
        commands::arguments,
        values::values,
        user_data::repeated,
    ];
    steps.into_iter().fold(Cow::Borrowed(line), |line, step| match line {
        Cow::Borrowed(line) => step(line),
        Cow::Owned(line) => Cow::Owned(step(&line).into_owned()),
    })
}

/// A line in which parts are replaced from left to right.
struct Edits<'l> {
    line: &'l str,
    edited: String,
    /// The end of the part of the line that `edited` replaces.
    kept: usize,
}

impl<'l> Edits<'l> {
    fn new(line: &'l str) -> Self {
        Self { line, edited: String::new(), kept: 0 }
    }

    fn replace(&mut self, start: usize, end: usize, with: &str) {
        self.edited.push_str(&self.line[self.kept..start]);
        self.edited.push_str(with);
        self.kept = end;
    }

    fn finish(self) -> Cow<'l, str> {
        match self.kept {
            0 => Cow::Borrowed(self.line),
            _ => Cow::Owned(self.edited + &self.line[self.kept..]),
        }
    }
}
