//! Reads and prints scalars like the YAML library of the authenticator (go.yaml.in/yaml/v2, which deviates from YAML
//! 1.1).

use super::Refusal;

/// The value of a plain scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    String,
    Null,
    Merge,
    /// A boolean, an integer, or a float, which a string field does not accept.
    Other,
    /// A float without a JSON form. The library rejects the entire text.
    NotJson,
}

/// Returns the type that the library assigns to a plain scalar (its resolve.go). Times remain strings when they are
/// read.
pub(super) fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "<<" => Plain::Merge,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" | "n" | "N" | "no" | "No"
        | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Plain::Other,
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf"
        | "-.INF" => Plain::NotJson,
        _ => match number(text) {
            Some(value) if value.is_finite() => Plain::Other,
            Some(_) => Plain::NotJson,
            None => Plain::String,
        },
    }
}

/// Returns the approximate value of a string that the library reads as a number.
fn number(text: &str) -> Option<f64> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    if first == b'.' {
        // Underscores are allowed in numbers that start with a digit or a sign.
        return decimal(text);
    }
    let digits = text.replace('_', "");
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    if integer(unsigned) {
        return Some(0.0);
    }
    decimal(unsigned)
}

/// Returns whether Go's ParseInt with base 0 accepts the digits, within 64 bits.
fn integer(unsigned: &str) -> bool {
    let lower = unsigned.to_ascii_lowercase();
    let based = |prefix: &str, radix: u32| lower.strip_prefix(prefix).map(|digits| fits(digits, radix));
    based("0x", 16)
        .or_else(|| based("0b", 2))
        .or_else(|| based("0o", 8))
        .or_else(|| (lower.len() > 1).then(|| based("0", 8)).flatten())
        .unwrap_or_else(|| fits(&lower, 10))
}

fn fits(digits: &str, radix: u32) -> bool {
    !digits.starts_with(['+', '-']) && u64::from_str_radix(digits, radix).is_ok()
}

/// Returns whether the library reads the string as a float: `[0-9]+(\.[0-9]*)?` or `\.[0-9]+`, then an exponent.
fn decimal(unsigned: &str) -> Option<f64> {
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent = exponent.is_none_or(|text| {
        let text = text.strip_prefix(['+', '-']).unwrap_or(text);
        !text.is_empty() && digits(text)
    });
    if whole && exponent { unsigned.parse().ok() } else { None }
}

/// Returns whether the library would read the string as a time (its parseTimestamp) or as a base-60 number.
fn looks_like_time(text: &str) -> bool {
    let year = text.len() > 4 && text.as_bytes()[4] == b'-' && text.bytes().take(4).all(|byte| byte.is_ascii_digit());
    year || base_sixty(text)
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`, which YAML 1.1 and possibly other parsers read as a number.
fn base_sixty(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let minutes = |part: &str| {
        let digit = |byte: &u8, most: u8| (b'0'..=most).contains(byte);
        matches!(part.as_bytes(), [one] if digit(one, b'9'))
            || matches!(part.as_bytes(), [ten, one] if digit(ten, b'5') && digit(one, b'9'))
    };
    let starts = first.starts_with(|first: char| first.is_ascii_digit());
    let rest: Vec<_> = parts.collect();
    starts && digits(first) && digits(fraction) && !rest.is_empty() && rest.into_iter().all(minutes)
}

/// Rejects characters that a username or a group must not contain. The values are written on one line.
pub(super) fn check(field: &'static str, text: &str) -> Result<(), Refusal> {
    let breaks = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}');
    if text.contains(breaks) || text.contains(['\u{fffe}', '\u{ffff}']) {
        return Err(Refusal::Control { field, text: text.to_owned() });
    }
    Ok(())
}

/// Returns the scalar in block style, in the format of EKS and eksctl.
pub(super) fn block(text: &str) -> String {
    let other_type = resolve(text) != Plain::String || looks_like_time(text);
    if other_type || text.contains(|character: char| character > '\u{ffff}') {
        return double_quoted(text);
    }
    if plain_in_block(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// Returns the scalar in flow style: a JSON string, which has the same meaning inside all brackets.
pub(super) fn flow(text: &str) -> String {
    double_quoted(text)
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character > '\u{ffff}' => quoted.push_str(&format!("\\U{:08X}", u32::from(character))),
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns whether no character of the string has a meaning in YAML at its position.
fn plain_in_block(text: &str) -> bool {
    let indicator = |first: char| "#,[]{}&*!|>'\"%@`".contains(first);
    let blank_after = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    let mut characters = text.chars();
    let leads = match characters.next() {
        Some(first @ ('-' | '?' | ':')) => blank_after(&text[first.len_utf8()..]),
        Some(first) => indicator(first),
        None => true,
    };
    let document = text.starts_with("---") || text.starts_with("...");
    let spaced = text.starts_with(' ') || text.ends_with(' ');
    let inside = text.contains(": ") || text.ends_with(':') || text.contains(" #");
    !(leads || document || spaced || inside)
}
