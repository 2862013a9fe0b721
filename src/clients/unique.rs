//! Names and tokens that no other has.

use std::sync::atomic::{AtomicU32, Ordering};

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// 26 hexadecimal digits in the order of their making: the time in ten-thousandths of a second as `YYYYMMDDhhmmssffff`,
/// then a counter that begins somewhere, as two processes may ask at the same moment.
#[must_use]
pub fn suffix() -> String {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    let start = std::process::id().rotate_left(16);
    let fraction = now.subsec_nanosecond() / 100_000;
    format!("{}{fraction:04}{:08x}", now.strftime("%Y%m%d%H%M%S"), start.wrapping_add(counter))
}

/// A token that makes repetitions of one request recognisable as such.
#[must_use]
pub fn token() -> String {
    format!("ekscompute-{}-{:016x}", suffix(), fastrand::u64(..))
}
