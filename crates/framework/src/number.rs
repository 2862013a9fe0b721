//! Decimal numbers with arbitrary precision.

use std::fmt;
use std::str::FromStr;

use bigdecimal::num_bigint::{BigInt, ToBigInt};
use bigdecimal::{BigDecimal, ToPrimitive};

/// A decimal number. Numbers are equal independent of their notation (`1.0` and `1`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

/// The error for a string that is not a decimal number, or that has more digits than Terraform core supports.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a decimal number")]
pub struct NumberError(String);

/// Maximum number of digits. The limit is far above the digits of the 512-bit mantissas in Terraform core, but small
/// enough that a malicious exponent cannot exhaust the memory.
const MAX_DIGITS: i64 = 20_000;

impl Number {
    /// Returns the value as an integer, if it is one in range.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        if self.0.is_integer() { self.0.to_i64() } else { None }
    }

    /// Returns the value as an unsigned integer, if it is one in range.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        if self.0.is_integer() { self.0.to_u64() } else { None }
    }

    /// Returns the nearest floating-point number.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        self.to_string().parse().ok()
    }

    /// Returns the floating-point number whose shortest decimal text is exactly this number, if it exists.
    #[must_use]
    pub fn to_exact_f64(&self) -> Option<f64> {
        let float = self.to_f64().filter(|float| float.is_finite())?;
        (Self::from_f64(float).as_ref() == Some(self)).then_some(float)
    }

    /// Returns the shortest decimal number of a floating-point value, or `None` for NaN and infinities.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_finite() { format!("{value}").parse().ok() } else { None }
    }

    /// Whether the number is an integer.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.0.is_integer()
    }

    /// Returns the integer part, of any size.
    #[must_use]
    pub fn to_big_int(&self) -> Option<BigInt> {
        self.0.to_bigint()
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(BigDecimal::from(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(BigDecimal::from(value))
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let error = || NumberError(text.chars().take(64).collect());
        if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
            return Err(error());
        }
        let parsed = BigDecimal::from_str(text).map_err(|_| error())?;
        let (_, scale) = parsed.as_bigint_and_exponent();
        if scale.unsigned_abs() > MAX_DIGITS.unsigned_abs() || text.len() as i64 > MAX_DIGITS {
            return Err(error());
        }
        Ok(Self(parsed.normalized()))
    }
}

impl fmt::Display for Number {
    /// Formats the number in decimal notation without an exponent, as Terraform core writes numbers.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.to_plain_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_every_digit() {
        for text in ["0.1", "-33", "9223372036854775808", "0.1000000000000000001"] {
            assert_eq!(text.parse::<Number>().map(|number| number.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn notation_does_not_change_the_number() {
        assert_eq!("1.50".parse::<Number>(), "15e-1".parse());
        assert_eq!("-0".parse::<Number>(), "0".parse());
    }

    #[test]
    fn invalid_number_is_rejected() {
        for text in ["", "nan", "inf", "1e999999999", "0x10", "1 "] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
    }

    #[test]
    fn exact_float_only_for_short_decimals() {
        assert_eq!("0.1".parse::<Number>().unwrap().to_exact_f64(), Some(0.1));
        assert_eq!("0.1000000000000000001".parse::<Number>().unwrap().to_exact_f64(), None);
    }
}
