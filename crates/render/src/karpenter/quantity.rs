//! Kubernetes quantities (`resource.Quantity`): `500m`, `300Gi`, `1k`, `1e3`. They are compared exactly by value,
//! regardless of their units.

use std::cmp::Ordering;

/// Decimal units and their powers of ten.
const DECIMAL: [(&str, i64); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

/// Binary units and their powers of 1024.
const BINARY: [(&str, u32); 6] = [("Ki", 1), ("Mi", 2), ("Gi", 3), ("Ti", 4), ("Pi", 5), ("Ei", 6)];

/// A quantity: the digits times a power of ten. An empty list of digits is zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Quantity {
    is_negative: bool,
    /// The most significant first, without zeros at either end.
    digits: Vec<u8>,
    exponent: i64,
}

impl Quantity {
    /// Parses a number with an optional unit or decimal exponent. Returns `None` for other units, such as `GB`, `K`, or
    /// `gi`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let unit = unsigned.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let number = &unsigned[..unsigned.len() - unit.len()];
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').collect();
        let exponent = match BINARY.iter().find(|(name, _)| *name == unit) {
            Some((_, power)) => {
                (0..*power).for_each(|_| multiply(&mut digits, 1024));
                0
            }
            None => decimal_exponent(unit)?,
        };
        let fraction = i64::try_from(fraction.len()).ok()?;
        Some(Self::normal(is_negative, digits, exponent - fraction))
    }

    /// Returns a number of units, such as `Mi`.
    #[must_use]
    pub fn of(count: u64, unit: &str) -> Option<Self> {
        Self::parse(&format!("{count}{unit}"))
    }

    fn normal(is_negative: bool, digits: Vec<u8>, exponent: i64) -> Self {
        let mut digits: Vec<u8> = digits.into_iter().skip_while(|digit| *digit == 0).collect();
        let significant = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
        let zeros = i64::try_from(digits.len() - significant).unwrap_or_default();
        digits.truncate(significant);
        let is_zero = digits.is_empty();
        Self { is_negative: is_negative && !is_zero, digits, exponent: if is_zero { 0 } else { exponent + zeros } }
    }

    /// Returns whether it is negative.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.is_negative
    }

    /// Returns whether it is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Returns the number of these units, such as `Mi`, rounded up. `None` for a negative quantity, or if the number is
    /// too large.
    #[must_use]
    pub fn count_of(&self, unit: &str) -> Option<u64> {
        let (mut low, mut high) = (0, u64::MAX);
        if self.is_negative || *self > Self::of(high, unit)? {
            return None;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if Self::of(middle, unit)? < *self { low = middle + 1 } else { high = middle }
        }
        Some(low)
    }

    /// Compares absolute values.
    fn cmp_size(&self, other: &Self) -> Ordering {
        let size = |quantity: &Self| i64::try_from(quantity.digits.len()).unwrap_or(i64::MAX) + quantity.exponent;
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Digits without trailing zeros compare like strings if their first digits have the same power of ten.
            (false, false) => size(self).cmp(&size(other)).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.cmp_size(other),
            (true, true) => other.cmp_size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Returns whether both quantities are equal. An invalid quantity is equal only to the same string.
#[must_use]
pub fn same(left: &str, right: &str) -> bool {
    left == right || Quantity::parse(left).is_some_and(|amount| Some(amount) == Quantity::parse(right))
}

/// Returns the stored string if it is equal to the live quantity, so that another notation does not appear as drift.
#[must_use]
pub fn kept<'t>(stored: Option<&'t str>, live: &'t str) -> &'t str {
    stored.filter(|stored| same(stored, live)).unwrap_or(live)
}

/// Returns the power of ten of a unit, or of an exponent such as `e3` and `E-3`.
fn decimal_exponent(unit: &str) -> Option<i64> {
    if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == unit) {
        return Some(*power);
    }
    let signed = unit.strip_prefix(['e', 'E'])?;
    let digits = signed.strip_prefix(['-', '+']).unwrap_or(signed);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Go uses 32 bits for the exponent.
    signed.parse::<i32>().ok().filter(|_| is_number).map(i64::from)
}

fn multiply(digits: &mut Vec<u8>, factor: u32) {
    let mut carry = 0;
    for digit in digits.iter_mut().rev() {
        let product = u32::from(*digit) * factor + carry;
        *digit = u8::try_from(product % 10).unwrap_or_default();
        carry = product / 10;
    }
    while carry > 0 {
        digits.insert(0, u8::try_from(carry % 10).unwrap_or_default());
        carry /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("300Gi", "300Gi")]
    #[case("1024Gi", "1Ti")]
    #[case("1000", "1k")]
    #[case("1000", "1e3")]
    #[case("1", "1000m")]
    #[case("0.5", "500m")]
    #[case(".5", "0.50")]
    #[case("5.", "5")]
    #[case("+5", "5")]
    #[case("0", "-0Gi")]
    #[case("1.5Ki", "1536")]
    #[case("1E", "1000P")]
    #[case("1E3", "1k")]
    #[case("12e-3", "12m")]
    #[case("322122547200", "300Gi")]
    #[case("00010", "1E+1")]
    fn ways_of_writing_one_amount_are_the_same(#[case] left: &str, #[case] right: &str) {
        assert_eq!(Quantity::parse(left).unwrap(), Quantity::parse(right).unwrap());
        assert!(same(left, right) && kept(Some(left), right) == left);
    }

    #[rstest]
    #[case("1G", "1Gi")]
    #[case("-1", "0")]
    #[case("-2", "-1")]
    #[case("999m", "1")]
    #[case("9", "10")]
    #[case("23058430092136939519", "20Ei")]
    #[case("1e2147483646", "1e2147483647")]
    fn the_smaller_comes_first(#[case] less: &str, #[case] more: &str) {
        assert!(Quantity::parse(less).unwrap() < Quantity::parse(more).unwrap());
        assert_eq!(kept(Some(less), more), more);
    }

    #[rstest]
    #[case("")]
    #[case("-")]
    #[case(".")]
    #[case("1.2.3")]
    #[case("300GB")]
    #[case("1K")]
    #[case("1gi")]
    #[case("1 Gi")]
    #[case("1e")]
    #[case("1e1.5")]
    #[case("1e+-3")]
    #[case("--1")]
    #[case("1e99999999999")]
    #[case("½")]
    fn other_text_is_no_amount(#[case] text: &str) {
        assert_eq!(Quantity::parse(text), None);
        assert!(same(text, text) && !same(text, "1"));
    }

    #[rstest]
    #[case("24Gi", "Mi", Some(24576))]
    #[case("1", "Mi", Some(1))]
    #[case("0", "Mi", Some(0))]
    #[case("22888Mi", "Mi", Some(22888))]
    #[case("24G", "Mi", Some(22889))]
    #[case("-1", "Mi", None)]
    #[case("1e40", "", None)]
    fn whole_units_are_counted_rounded_up(#[case] text: &str, #[case] unit: &str, #[case] expected: Option<u64>) {
        assert_eq!(Quantity::parse(text).unwrap().count_of(unit), expected);
    }

    /// A count with a unit, and the amount in thousandths.
    fn amount() -> impl Strategy<Value = (String, i128)> {
        let units = prop_oneof![
            Just(("m", 1)),
            Just(("", 1000)),
            Just(("k", 1_000_000)),
            Just(("e3", 1_000_000)),
            Just(("G", 1_000_000_000_000)),
            Just(("Ki", 1_024_000)),
            Just(("Gi", 1000 << 30)),
            Just(("Ei", 1000 << 60)),
        ];
        (-3000_i128..3000, units).prop_map(|(count, (unit, factor))| (format!("{count}{unit}"), count * factor))
    }

    proptest! {
        #[test]
        fn amounts_compare_as_their_numbers((left, left_size) in amount(), (right, right_size) in amount()) {
            let compared = Quantity::parse(&left).unwrap().cmp(&Quantity::parse(&right).unwrap());
            prop_assert_eq!(compared, left_size.cmp(&right_size));
            prop_assert_eq!(same(&left, &right), left_size == right_size);
        }

        #[test]
        fn what_is_read_has_the_form_of_the_custom_resource_definitions(text in "[-+]?[0-9.]{0,4}([KMGTPE]i?|[numk]|[eE][-+]?[0-9.]{0,2})?i?") {
            // The pattern of limits in karpenter.sh_nodepools.yaml, with whole exponents alone, as the decoder in Go
            // has it.
            let form = regex_lite::Regex::new(
                r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?[0-9]+))?$",
            ).unwrap();
            prop_assert_eq!(Quantity::parse(&text).is_some(), form.is_match(&text));
        }

        #[test]
        fn nothing_panics(text in ".*", other in ".*") {
            let _ = same(&text, &other);
            let _ = Quantity::parse(&text).and_then(|amount| amount.count_of("Mi"));
        }
    }
}
