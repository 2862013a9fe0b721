//! Durations in Go's syntax, which Terraform users write in `timeouts`.

use std::time::Duration;

const UNITS: [(&str, f64); 8] =
    [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

/// Parses `1h30m`, `1.5h`, `300ms`, or `0`: one or more decimal numbers, each with a unit. Signs are rejected.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let number: f64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let unit_length = rest.find(|character: char| character.is_ascii_digit() || character == '.');
        let (unit, after) = rest.split_at(unit_length.unwrap_or(rest.len()));
        seconds += number * UNITS.iter().find(|(name, _)| *name == unit)?.1;
        rest = after;
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(seconds).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_are_understood() {
        let cases = [("30s", 30.0), ("1h30m", 5400.0), ("1.5h", 5400.0), ("60m", 3600.0), ("250ms", 0.25), ("0", 0.0)];
        for (text, seconds) in cases {
            assert_eq!(parse(text), Some(Duration::from_secs_f64(seconds)), "{text}");
        }
    }

    #[test]
    fn invalid_duration_is_rejected() {
        for text in ["", "30", "s", "-5m", "1 h", "1d", "1h 30m", "1e3s", "..s"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
