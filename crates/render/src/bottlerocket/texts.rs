//! The string types of Bottlerocket settings, each with the validation of its settings API. Source: Bottlerocket's
//! modeled types (kubernetes.rs and shared.rs of its settings models).

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::mime;

/// A string type.
pub(super) struct Text {
    /// The description, which follows "is not".
    pub(super) what: &'static str,
    /// Whether a string is valid.
    pub(super) is: fn(&str) -> bool,
}

const fn text(what: &'static str, is: fn(&str) -> bool) -> Text {
    Text { what, is }
}

pub(super) static ANY: Text = text("a string", |_| true);
pub(super) static LINE: Text = text("a single-line string without control characters", is_line);
pub(super) static URL: Text = text("a URL, for example \"https://example.com\"", is_url);
pub(super) static IMAGE: Text =
    text("the name of a container image, for example \"public.ecr.aws/team/image:v1\"", is_url);
pub(super) static BASE64: Text = text("base64 (see the base64encode function)", is_base64);
pub(super) static IDENTIFIER: Text = text("a name of 1 to 76 ASCII letters, digits, and hyphens", is_identifier);
pub(super) static CLUSTER_NAME: Text = text(
    "a cluster name of 1 to 100 ASCII letters, digits, hyphens, and underscores that starts with a letter or digit",
    is_cluster_name,
);
pub(super) static DOMAIN: Text = text("a DNS name, for example \"cluster.local\"", is_domain);
pub(super) static HOST_NAME: Text = text(
    "a host name of lowercase letters, digits, hyphens, and dots, with at most 63 characters between dots",
    is_host_name,
);
pub(super) static IP: Text = text("an IP address", |text| text.parse::<IpAddr>().is_ok());
pub(super) static LABEL_KEY: Text = text(
    "a label key: a name of at most 63 letters, digits, hyphens, underscores, and dots that starts and ends with a \
     letter or digit, with an optional prefix and slash",
    is_label_key,
);
pub(super) static LABEL_VALUE: Text = text(
    "a label value: empty, or at most 63 letters, digits, hyphens, underscores, and dots, starting and ending with a \
     letter or digit",
    is_label_value,
);
pub(super) static TAINT: Text =
    text("\"value:Effect\" or \":Effect\" with NoSchedule, PreferNoSchedule, or NoExecute", is_taint);
pub(super) static QUANTITY: Text = text("a quantity, for example \"100m\", \"500Mi\", or \"2\"", is_quantity);
pub(super) static THRESHOLD: Text =
    text("a quantity such as \"500Mi\", or a percentage below 100 such as \"10%\"", is_threshold);
pub(super) static DURATION: Text = text(
    "a duration in hours, minutes, seconds, and milliseconds in this order, for example \"1h30m\" or \"1.5s\"",
    is_duration,
);
pub(super) static CPU_SET: Text = text("a list of CPUs, for example \"0-1,4\"", is_cpu_set);
pub(super) static PERCENT: Text = text("a number between 0 and 100", is_percent);
pub(super) static SYSCTL: Text = text(
    "a sysctl name of at most 128 letters, digits, dots, underscores, hyphens, and slashes, for example \
     \"vm.max_map_count\"",
    is_sysctl,
);
pub(super) static MODULE: Text = text("a kernel module name of letters, digits, hyphens, and underscores", is_bare);
pub(super) static PARAMETER: Text =
    text("a boot parameter name: words of letters, digits, hyphens, and underscores, separated by dots", is_parameter);
pub(super) static GPU_MODEL: Text = text("a GPU model with its memory, for example \"a100.40gb\"", is_gpu_model);
pub(super) static MIG_PROFILE: Text = text(
    "a MIG profile such as \"1g.5gb\", or a number of partitions: \"1\", \"2\", \"3\", \"4\", or \"7\"",
    is_mig_profile,
);
pub(super) static BOOTSTRAP_TOKEN: Text = text("a bootstrap token", is_bootstrap_token);
pub(super) static SIZE: Text = text("a number of bytes, for example \"16mb\"", is_size);

pub(super) static CERTIFICATES_IN_PEM: Text =
    text("base64-encoded PEM with one or more X.509 certificates (see the filebase64 function)", |text| {
        text.trim().is_empty() || is_certificates(text)
    });
pub(super) static CAPABILITY: Text =
    text("a Linux capability in lowercase without \"cap\" and with hyphens, for example \"net-admin\"", |text| {
        CAPABILITIES.contains(&text)
    });
pub(super) static RESOURCE_LIMIT: Text =
    text("a Bottlerocket resource limit, for example \"max-open-files\"", |text| RESOURCE_LIMITS.contains(&text));
pub(super) static HUGE_PAGE_SIZE: Text =
    text("a huge page size that is a power of two, for example \"2Mi\" or \"1Gi\"", is_huge_page_size);
pub(super) static HUGE_PAGE_COUNT: Text = text(
    "a number of huge pages in quotes, or one number per NUMA node, for example \"512\" or \"0:256,1:256\"",
    is_huge_page_count,
);

pub(super) static SIGNAL: Text = text(
    "a Bottlerocket eviction signal: imagefs.available, imagefs.inodesFree, memory.available, nodefs.available, \
     nodefs.inodesFree, or pid.available",
    |text| SIGNALS.contains(&text),
);
pub(super) static RESOURCE: Text =
    text("a resource that can be reserved: cpu, ephemeral-storage, memory, or pid", |text| RESOURCES.contains(&text));

const SIGNALS: [&str; 6] = [
    "imagefs.available",
    "imagefs.inodesFree",
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "pid.available",
];

const RESOURCES: [&str; 4] = ["cpu", "ephemeral-storage", "memory", "pid"];

#[rustfmt::skip]
const CAPABILITIES: [&str; 41] = [
    "audit-control", "audit-read", "audit-write", "block-suspend", "bpf", "checkpoint-restore", "chown", "dac-override",
    "dac-read-search", "fowner", "fsetid", "ipc-lock", "ipc-owner", "kill", "lease", "linux-immutable", "mac-admin",
    "mac-override", "mknod", "net-admin", "net-bind-service", "net-broadcast", "net-raw", "perfmon", "setgid", "setfcap",
    "setpcap", "setuid", "sys-admin", "sys-boot", "sys-chroot", "sys-module", "sys-nice", "sys-pacct", "sys-ptrace",
    "sys-rawio", "sys-resource", "sys-time", "sys-tty-config", "syslog", "wake-alarm",
];

#[rustfmt::skip]
const RESOURCE_LIMITS: [&str; 16] = [
    "max-address-space", "max-core-file-size", "max-cpu-time", "max-data-size", "max-file-locks", "max-file-size",
    "max-locked-memory", "max-msgqueue-size", "max-nice-priority", "max-open-files", "max-pending-signals",
    "max-processes", "max-realtime-priority", "max-realtime-timeout", "max-resident-set", "max-stack-size",
];

/// Returns whether Bottlerocket accepts the string as a single line.
fn is_line(text: &str) -> bool {
    !text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}'))
}

/// A URL, whose scheme can be missing.
fn is_url(text: &str) -> bool {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte);
    // A URL of a node, such as "aws:///eu-west-1a/i-0", has no host.
    let needs_host = ["http", "https", "ntp"].contains(&scheme) || rest.is_empty();
    (!needs_host || !(host.is_empty() || host.starts_with(':'))) && text.bytes().all(is_allowed)
}

fn is_base64(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_whitespace()) && mime::decode(text.as_bytes()).is_some()
}

fn is_identifier(text: &str) -> bool {
    (1..=76).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Returns whether a TOML key requires no quotes.
pub(super) fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_cluster_name(text: &str) -> bool {
    text.len() <= 100 && is_bare(text) && text.starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn is_domain(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.len() <= 63 && is_bare(part);
    text.len() <= 253 && text.split('.').all(is_part) && text.parse::<IpAddr>().is_err()
}

fn is_host_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_part = |part: &str| (1..=63).contains(&part.len()) && !part.starts_with('-') && part.bytes().all(is_allowed);
    text.len() <= 253 && text.split('.').all(is_part)
}

/// A label name: at most 63 characters with a letter or digit at both ends.
fn is_name(text: &str) -> bool {
    let is_end = |letter: Option<u8>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.len() <= 63 && text.bytes().all(is_allowed) && is_end(text.bytes().next()) && is_end(text.bytes().next_back())
}

fn is_label_key(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    is_name(name) && prefix.is_none_or(|prefix| (1..=253).contains(&prefix.len()) && prefix.bytes().all(is_allowed))
}

fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

fn is_taint(text: &str) -> bool {
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    text.rsplit_once(':').is_some_and(|(value, effect)| is_label_value(value) && effects.contains(&effect))
}

fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let has_exponent = suffix.strip_prefix('e').is_some_and(is_digits);
    let units = ["", "n", "u", "m", "k", "K", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    number.parse::<f64>().is_ok() && (has_exponent || units.contains(&suffix))
}

fn is_threshold(text: &str) -> bool {
    match text.strip_suffix('%') {
        Some(number) => {
            let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            is_plain && number.parse::<f32>().is_ok_and(|number| (0.0..100.0).contains(&number))
        }
        None => is_quantity(text),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_duration(text: &str) -> bool {
    let mut rest = text;
    for unit in ["h", "m", "s", "ms"] {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(0);
        let (number, after) = rest.split_at(end);
        let letters = after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len());
        let is_number = match number.split_once('.') {
            Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
            None => is_digits(number),
        };
        if is_number && after[..letters] == *unit {
            rest = &after[letters..];
        }
    }
    !text.is_empty() && rest.is_empty()
}

fn is_cpu_set(text: &str) -> bool {
    let is_range = |range: &str| match range.split_once('-') {
        Some((first, last)) => match (first.parse::<u32>(), last.parse::<u32>()) {
            (Ok(first), Ok(last)) => is_digits(first.to_string().as_str()) && first <= last,
            _ => false,
        },
        None => is_digits(range),
    };
    text.split(',').all(is_range)
}

fn is_percent(text: &str) -> bool {
    is_digits(text) && text.parse::<u8>().is_ok_and(|number| number <= 100)
}

fn is_sysctl(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-".contains(&byte);
    (1..=128).contains(&text.len())
        && text.bytes().all(is_allowed)
        && !text.starts_with(['.', '/'])
        && !text.contains("..")
}

fn is_parameter(text: &str) -> bool {
    text.split('.').all(is_bare)
}

fn is_gpu_model(text: &str) -> bool {
    let Some((model, memory)) = text.split_once('.') else { return false };
    let number = model.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
    number.len() < model.len() && is_digits(number) && memory.strip_suffix("gb").is_some_and(is_digits)
}

fn is_mig_profile(text: &str) -> bool {
    let is_slice = |text: &str| {
        let (slices, memory) = text.split_once("g.")?;
        Some(slices.len() == 1 && is_digits(slices) && memory.strip_suffix("gb").is_some_and(is_digits))
    };
    ["1", "2", "3", "4", "7"].contains(&text) || is_slice(text).unwrap_or(false)
}

fn is_bootstrap_token(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_part = |part: &str, length| part.len() == length && part.bytes().all(is_allowed);
    text.split_once('.').is_some_and(|(id, secret)| is_part(id, 6) && is_part(secret, 16))
}

/// A size in bytes: digits, or a decimal number with a unit.
fn is_size(text: &str) -> bool {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let is_number = match number.split_once('.') {
        Some((whole, part)) => (whole.is_empty() || is_digits(whole)) && is_digits(part),
        None => is_digits(number),
    };
    let units = [
        "", "b", "kb", "mb", "gb", "tb", "pb", "kib", "mib", "gib", "tib", "pib", "k", "m", "g", "t", "p", "ki", "mi",
        "gi", "ti", "pi",
    ];
    is_number && units.contains(&unit.to_ascii_lowercase().as_str())
}

/// Returns whether it is base64 of PEM blocks that are all certificates.
fn is_certificates(text: &str) -> bool {
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(pem) = decoded else { return false };
    let mut blocks = pem.split("-----BEGIN ").skip(1).peekable();
    blocks.peek().is_some() && blocks.all(|block| is_certificate(block).unwrap_or(false))
}

/// Returns whether a block, without its first dashes, has the outer form of an X.509 certificate: a sequence of the
/// signed data, the algorithm, and the signature.
fn is_certificate(block: &str) -> Option<bool> {
    let (label, rest) = block.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let der = STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()?;
    let (whole, after) = element(&der, SEQUENCE)?;
    let (signed, rest) = element(whole, SEQUENCE)?;
    let (_, rest) = element(rest, SEQUENCE)?;
    let (_, rest) = element(rest, BIT_STRING)?;
    // The signed data starts with a version or a serial number.
    let is_field = signed.first().is_some_and(|tag| [VERSION, INTEGER].contains(tag));
    Some(after.is_empty() && rest.is_empty() && is_field)
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// Returns the content of a DER element of a type, and the data after it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ ..0x80 => (short, rest),
        long => {
            let (bytes, rest) = rest.split_at_checked(long - 0x80)?;
            let length =
                bytes.iter().try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add((*byte).into()))?;
            (length, rest)
        }
    };
    if *found != tag {
        return None;
    }
    rest.split_at_checked(length)
}

fn is_huge_page_size(text: &str) -> bool {
    let units = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40)];
    let Some((number, shift)) = units.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift))) else {
        return false;
    };
    let size = number.parse::<u64>().ok().filter(|_| is_digits(number) && !number.starts_with('0'));
    size.and_then(|size| size.checked_mul(1 << shift)).is_some_and(u64::is_power_of_two)
}

fn is_huge_page_count(text: &str) -> bool {
    let is_pair = |pair: &str| pair.split_once(':').is_some_and(|(node, pages)| is_digits(node) && is_digits(pages));
    is_digits(text) || text.split(',').all(is_pair)
}

#[cfg(test)]
#[path = "texts_tests.rs"]
mod tests;
