//! Converts durations, quantities, and thresholds to numbers.

use crate::karpenter::quantity::Quantity as Amount;

/// Parses a duration in Go's syntax, in nanoseconds.
#[must_use]
pub(super) fn nanoseconds(text: &str) -> Option<f64> {
    if !crate::members::is_duration(text) {
        return None;
    }
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let units =
        [("ns", 1e0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)];
    let mut sum = 0.0;
    while !rest.is_empty() && rest != "0" {
        let after = rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let number: f64 = rest[..rest.len() - after.len()].parse().ok()?;
        let (unit, length) = units.into_iter().find(|(unit, _)| after.starts_with(unit))?;
        sum += number * length;
        rest = &after[unit.len()..];
    }
    Some(sign * sum)
}

/// The sign of a quantity, and whether it is an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quantity {
    pub(super) is_negative: bool,
    pub(super) is_zero: bool,
    pub(super) is_whole: bool,
}

/// Parses a quantity.
#[must_use]
pub(super) fn quantity(text: &str) -> Option<Quantity> {
    let amount = Amount::parse(text)?;
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let unit = unsigned.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let number = &unsigned[..unsigned.len() - unit.len()];
    // The kubelet does not accept fractions for integers, not even fractions of a kibibyte.
    let has_part = number.split_once('.').is_some_and(|(_, part)| part.bytes().any(|byte| byte != b'0'));
    let is_small = ["n", "u", "m"].contains(&unit) || unit.starts_with(['e', 'E']) && unit.contains('-');
    let is_whole = amount.is_zero() || !(has_part || is_small);
    Some(Quantity { is_negative: amount.is_negative(), is_zero: amount.is_zero(), is_whole })
}

/// Validates an eviction threshold.
pub(super) fn threshold(text: &str) -> Result<(), String> {
    if let Some(number) = text.strip_suffix('%') {
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        return match number.parse::<f32>() {
            Ok(percent) if is_plain && (0.0..=100.0).contains(&percent) => Ok(()),
            _ => Err(format!("{text:?} is not a percentage between 0% and 100%.")),
        };
    }
    match quantity(text) {
        Some(Quantity { is_negative: false, is_zero: false, .. }) => Ok(()),
        Some(_) => Err(format!("{text:?} must be greater than zero. To disable the threshold, set \"0%\".")),
        None => Err(format!("{text:?} is neither a quantity such as \"500Mi\" nor a percentage such as \"10%\".")),
    }
}

/// Returns whether it is a set of CPUs such as `0-1,4`.
#[must_use]
pub(super) fn is_cpu_set(text: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    text.split(',').all(|range| match range.split_once('-') {
        Some((first, last)) => matches!((number(first), number(last)), (Some(first), Some(last)) if first <= last),
        None => number(range).is_some(),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1m30s", 9e10)]
    #[case("-1.5h", -5.4e12)]
    #[case("0", 0.0)]
    #[case("100µs", 1e5)]
    fn durations_are_lengths(#[case] text: &str, #[case] expected: f64) {
        assert_eq!(nanoseconds(text), Some(expected));
    }

    #[rstest]
    #[case("500Mi", false, false, true)]
    #[case("-1", true, false, true)]
    #[case("0.0Gi", false, true, true)]
    #[case("0.5", false, false, false)]
    #[case("100m", false, false, false)]
    fn quantities_have_a_sign(
        #[case] text: &str,
        #[case] is_negative: bool,
        #[case] is_zero: bool,
        #[case] is_whole: bool,
    ) {
        assert_eq!(quantity(text), Some(Quantity { is_negative, is_zero, is_whole }));
    }

    #[rstest]
    #[case("5%", true)]
    #[case("0%", true)]
    #[case("100Mi", true)]
    #[case("101%", false)]
    #[case("0", false)]
    #[case("-5%", false)]
    #[case("5 %", false)]
    #[case("much", false)]
    fn thresholds_are_amounts(#[case] text: &str, #[case] is_right: bool) {
        assert_eq!(threshold(text).is_ok(), is_right);
    }

    #[test]
    fn cpu_sets_are_ranges() {
        assert!(is_cpu_set("0-1,4") && !is_cpu_set("1-0") && !is_cpu_set("a") && !is_cpu_set("0,"));
    }
}
