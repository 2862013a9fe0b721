//! Names and tokens that no other has.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Length of what makes a name unique.
const SUFFIX_LENGTH: usize = 26;

static COUNTER: AtomicU16 = AtomicU16::new(0);

/// Tells names apart that were made in different folders.
static FOLDER: LazyLock<u16> = LazyLock::new(|| {
    let folder = std::env::current_dir().unwrap_or_default();
    // FNV-1a: the same in every release of this program.
    let hash = folder
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_be_bytes();
    u16::from_be_bytes([a ^ c, b ^ d])
});

/// What a generated name tells about its making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// When, to the second.
    pub at: Timestamp,
    /// Whether it was probably made in the folder that this process runs in.
    pub here: bool,
}

/// 26 hexadecimal digits in the order of their making: the time in ten-thousandths of a second as `YYYYMMDDhhmmssffff`,
/// then the folder, then a counter that begins somewhere, as two processes may ask at the same moment.
#[must_use]
pub fn suffix() -> String {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let [.., a, b] = std::process::id().to_be_bytes();
    let counter = u16::from_be_bytes([b, a]).wrapping_add(COUNTER.fetch_add(1, Ordering::Relaxed));
    let fraction = now.subsec_nanosecond() / 100_000;
    format!("{}{fraction:04}{:04x}{counter:04x}", now.strftime("%Y%m%d%H%M%S"), *FOLDER)
}

/// What a name tells that is this prefix and a [`suffix`]; none if it is not.
#[must_use]
pub fn made(prefix: &str, name: &str) -> Option<Made> {
    let suffix = name.strip_prefix(prefix).filter(|suffix| suffix.len() == SUFFIX_LENGTH && suffix.is_ascii())?;
    let (time, rest) = suffix.split_at(14);
    if !rest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let at = DateTime::strptime("%Y%m%d%H%M%S", time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Made { at, here: u16::from_str_radix(&rest[4..8], 16) == Ok(*FOLDER) })
}

/// A token that makes repetitions of one request recognisable as such.
#[must_use]
pub fn token() -> String {
    format!("ekscompute-{}-{:016x}", suffix(), fastrand::u64(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_name_tells_when_and_where_it_was_made() {
        let before = Timestamp::now();
        let made_now = made("gpu-", &format!("gpu-{}", suffix())).expect("a generated name");
        assert!(made_now.here && made_now.at.duration_since(before).abs() < jiff::SignedDuration::from_secs(5));
        let elsewhere = made("gpu-", &format!("gpu-202509041201020003{:04x}0001", FOLDER.wrapping_add(1)));
        let told = elsewhere.map(|made| (made.at.to_string(), made.here));
        assert_eq!(told, Some(("2025-09-04T12:01:02Z".to_owned(), false)));
        for other in ["gpu-workers", "gpu-20250904120102000300000001x", "gpu-20251304120102000300000001", "cpu-x"] {
            assert_eq!(made("gpu-", other), None, "{other}");
        }
    }
}
