//! Texts that come out of a shell's and of systemd's parser as they went in.

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

/// One flag among those of `--kubelet-extra-args`, which `bootstrap.sh` puts between single quotes into a unit, and
/// systemd then splits at white space. The flag has no quotes, backslashes and control characters.
#[must_use]
pub fn flag(flag: &str) -> String {
    let flag = flag.replace('%', "%%");
    if flag.contains(' ') { format!("\"{flag}\"") } else { flag }
}
