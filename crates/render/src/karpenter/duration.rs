//! Karpenter durations: `720h`, `1h30m`, `20s`, and `Never` where it is allowed. Pattern: `^(([0-9]+(s|m|h))+|Never)$`
//! in `karpenter.sh_nodepools.yaml`.

/// The value for an endless duration.
pub const NEVER: &str = "Never";

/// The maximum of a Go `time.Duration`: 2^63-1 nanoseconds. A longer duration matches the pattern, but prevents
/// Karpenter from reading any node pool.
const LONGEST_SECONDS: u64 = 9_223_372_036;

/// A duration, which can be endless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duration {
    /// A number of seconds.
    Seconds(u64),
    /// Endless.
    Never,
}

/// The reason why a string is not a valid Karpenter duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another unit, a fraction, a sign, or a missing unit.
    #[error(
        "it must consist of integers with the units h, m, and s, such as 720h, 1h30m, or 0s, without days or fractions"
    )]
    Form,
    /// Longer than the maximum in Go.
    #[error("it is longer than 292 years, the maximum in Karpenter")]
    TooLong,
}

impl Duration {
    /// Parses a duration or `Never`.
    ///
    /// # Errors
    /// Returns an error if Karpenter would not parse the string in this way.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text == NEVER { Ok(Self::Never) } else { seconds(text).map(Self::Seconds) }
    }

    /// Returns the seconds of a duration that ends.
    #[must_use]
    pub fn seconds(self) -> Option<u64> {
        if let Self::Seconds(seconds) = self { Some(seconds) } else { None }
    }
}

/// Parses a duration that ends.
///
/// # Errors
/// Returns an error if Karpenter would not parse the string in this way.
pub fn seconds(text: &str) -> Result<u64, Refusal> {
    let (mut total, mut number) = (0_u64, None::<u64>);
    let mut is_long = false;
    for byte in text.bytes() {
        let factor = match byte {
            b'0'..=b'9' => {
                let next = number.unwrap_or(0).saturating_mul(10).saturating_add(u64::from(byte - b'0'));
                number = Some(next);
                continue;
            }
            b'h' => 3600,
            b'm' => 60,
            b's' => 1,
            _ => return Err(Refusal::Form),
        };
        let count = number.take().ok_or(Refusal::Form)?;
        total = total.saturating_add(count.saturating_mul(factor));
        is_long |= total > LONGEST_SECONDS;
    }
    match number {
        Some(_) => Err(Refusal::Form),
        None if text.is_empty() => Err(Refusal::Form),
        None if is_long => Err(Refusal::TooLong),
        None => Ok(total),
    }
}

/// Returns whether both durations are equal. An invalid duration is equal only to the same string.
#[must_use]
pub fn same(left: &str, right: &str) -> bool {
    left == right || Duration::parse(left).is_ok_and(|duration| Ok(duration) == Duration::parse(right))
}

/// Returns the stored string if it is equal to the live duration, so that another notation does not appear as drift.
#[must_use]
pub fn kept<'t>(stored: Option<&'t str>, live: &'t str) -> &'t str {
    stored.filter(|stored| same(stored, live)).unwrap_or(live)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("720h", Duration::Seconds(2_592_000))]
    #[case("720h0m0s", Duration::Seconds(2_592_000))]
    #[case("1h30m", Duration::Seconds(5400))]
    #[case("30m1h", Duration::Seconds(5400))]
    #[case("0s", Duration::Seconds(0))]
    #[case("2562047h47m16s", Duration::Seconds(9_223_372_036))]
    #[case("Never", Duration::Never)]
    fn durations_are_read(#[case] text: &str, #[case] expected: Duration) {
        assert_eq!(Duration::parse(text), Ok(expected));
    }

    #[rstest]
    #[case("30d", Refusal::Form)]
    #[case("1.5h", Refusal::Form)]
    #[case("", Refusal::Form)]
    #[case("0", Refusal::Form)]
    #[case("h", Refusal::Form)]
    #[case("-1h", Refusal::Form)]
    #[case("1h ", Refusal::Form)]
    #[case("never", Refusal::Form)]
    #[case("20ms", Refusal::Form)]
    #[case("2562047h47m17s", Refusal::TooLong)]
    #[case("99999999999999999999999h", Refusal::TooLong)]
    fn invalid_duration_is_rejected_with_reason(#[case] text: &str, #[case] expected: Refusal) {
        assert_eq!(Duration::parse(text), Err(expected));
    }

    #[test]
    fn the_text_of_the_user_is_kept_for_the_same_time() {
        assert_eq!(kept(Some("720h"), "720h0m0s"), "720h");
        assert_eq!(kept(Some("720h"), "480h"), "480h");
        assert_eq!(kept(None, "480h"), "480h");
        assert!(same("Never", "Never") && !same("Never", "0s") && Duration::Never > Duration::Seconds(u64::MAX));
    }

    proptest! {
        #[test]
        fn hours_minutes_and_seconds_add_up(hours in 0..10_000_u64, minutes in 0..10_000_u64, seconds in 0..10_000_u64) {
            let total = hours * 3600 + minutes * 60 + seconds;
            let text = format!("{hours}h{minutes}m{seconds}s");
            let sum = format!("{total}s");
            prop_assert!(same(&text, &sum));
            let more = format!("{}s", total + 1);
            prop_assert!(!same(&text, &more));
        }

        #[test]
        fn accepted_durations_match_crd_pattern(text in "([0-9]{1,3}[smhd.]?){0,3}(Never)?") {
            let form = regex_lite::Regex::new("^(([0-9]+(s|m|h))+|Never)$").unwrap();
            prop_assert_eq!(Duration::parse(&text) != Err(Refusal::Form), form.is_match(&text));
        }
    }
}
