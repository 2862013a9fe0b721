//! Generates unique names and tokens.

use std::sync::atomic::{AtomicU16, Ordering};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The prefix of tokens.
const TOKEN_PREFIX: &str = "ekscompute-";

/// Length of the unique suffix of a name.
const SUFFIX_LENGTH: usize = 26;

static COUNTER: AtomicU16 = AtomicU16::new(0);

/// Returns 26 hexadecimal digits that sort by creation time: the time in 1/10,000 seconds as `YYYYMMDDhhmmssffff`, a
/// random part, and a counter with a random start, because two processes can generate names at the same time.
#[must_use]
pub fn suffix() -> String {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let [.., a, b] = std::process::id().to_be_bytes();
    let counter = u16::from_be_bytes([b, a]).wrapping_add(COUNTER.fetch_add(1, Ordering::Relaxed));
    let fraction = now.subsec_nanosecond() / 100_000;
    format!("{}{fraction:04}{:04x}{counter:04x}", now.strftime("%Y%m%d%H%M%S"), fastrand::u16(..))
}

/// Returns the creation time of a name that consists of this prefix and a [`suffix`], or `None`.
#[must_use]
pub fn made(prefix: &str, name: &str) -> Option<Timestamp> {
    let suffix = name.strip_prefix(prefix).filter(|suffix| suffix.len() == SUFFIX_LENGTH && suffix.is_ascii())?;
    let (time, rest) = suffix.split_at(14);
    if !rest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some(DateTime::strptime("%Y%m%d%H%M%S", time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Returns a token that identifies repetitions of one request.
#[must_use]
pub fn token() -> String {
    format!("{TOKEN_PREFIX}{}-{:016x}", suffix(), fastrand::u64(..))
}

/// Returns the time at which [`token`] generated a token, or `None` for any other string.
#[must_use]
pub fn token_made(token: &str) -> Option<Timestamp> {
    made(TOKEN_PREFIX, token.rsplit_once('-')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_name_contains_creation_time() {
        let before = Timestamp::now();
        let now = made("gpu-", &format!("gpu-{}", suffix())).expect("a generated name");
        assert!(now.duration_since(before).abs() < jiff::SignedDuration::from_secs(5));
        let then = made("gpu-", "gpu-202509041201020003abcd0001").map(|made| made.to_string());
        assert_eq!(then.as_deref(), Some("2025-09-04T12:01:02Z"));
        for other in ["gpu-workers", "gpu-20250904120102000300000001x", "gpu-20251304120102000300000001", "cpu-x"] {
            assert_eq!(made("gpu-", other), None, "{other}");
        }
    }

    #[test]
    fn token_contains_creation_time() {
        let made = token_made(&token()).expect("a token");
        assert!(Timestamp::now().duration_since(made).abs() < jiff::SignedDuration::from_secs(5));
        assert_eq!(token_made("t-1"), None);
    }
}
