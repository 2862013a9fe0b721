//! Quotes strings so that the parsers of the shell and of systemd return them unchanged.

/// One word of a shell: nothing is special between single quotes but the quote itself.
#[must_use]
pub fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// One assignment of systemd's `Environment=`. The value has no control characters.
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
