//! Quotes strings so that the parsers of the shell and of systemd return them unchanged.

/// Quotes a word for the shell: in single quotes, only the quote itself is special.
#[must_use]
pub fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Returns an assignment for systemd's `Environment=`. The value must not contain control characters.
#[must_use]
pub fn environment(name: &str, value: &str) -> String {
    let value = value.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%");
    format!("Environment=\"{name}={value}\"")
}

/// Quotes one flag in `--kubelet-extra-args`, which `bootstrap.sh` writes in single quotes into a unit, and systemd
/// then splits at whitespace. The flag contains no quotes, backslashes, or control characters.
#[must_use]
pub fn flag(flag: &str) -> String {
    let flag = flag.replace('%', "%%");
    if flag.contains(' ') { format!("\"{flag}\"") } else { flag }
}
