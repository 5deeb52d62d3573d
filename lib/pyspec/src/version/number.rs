//! Numbers of any size, as versions may hold them.

use std::cmp::Ordering;
use std::fmt;

/// Holds a whole number without a limit, or the bound above them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Number {
    /// The usual case.
    Small(u64),
    /// Decimal digits of a number beyond [`u64::MAX`], without leading zeros.
    Big(Box<str>),
    /// More than any number: only in the bounds of ranges.
    Infinite,
}

impl Number {
    pub(crate) const ZERO: Self = Self::Small(0);

    /// Reads decimal digits; none at all are zero.
    pub(crate) fn from_digits(digits: &str) -> Self {
        if digits.is_empty() {
            return Self::ZERO;
        }
        match digits.parse() {
            Ok(number) => Self::Small(number),
            Err(_) => Self::Big(digits.trim_start_matches('0').into()),
        }
    }

    /// Gives the number, or [`u64::MAX`] for anything greater.
    pub(crate) fn saturated(&self) -> u64 {
        match self {
            Self::Small(number) => *number,
            Self::Big(_) | Self::Infinite => u64::MAX,
        }
    }

    /// Adds one.
    pub(crate) fn successor(&self) -> Self {
        match self {
            Self::Small(number) => match number.checked_add(1) {
                Some(next) => Self::Small(next),
                None => Self::Big(increment(&number.to_string())),
            },
            Self::Big(digits) => Self::Big(increment(digits)),
            Self::Infinite => Self::Infinite,
        }
    }
}

/// Adds one to decimal digits.
fn increment(digits: &str) -> Box<str> {
    let kept = digits.trim_end_matches('9');
    let zeros = "0".repeat(digits.len() - kept.len());
    match kept.char_indices().next_back() {
        Some((last, digit)) => {
            let next = char::from_digit(digit.to_digit(10).unwrap_or(0) + 1, 10).unwrap_or('0');
            format!("{}{next}{zeros}", &kept[..last]).into()
        }
        None => format!("1{zeros}").into(),
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self::Small(number)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(left), Self::Small(right)) => left.cmp(right),
            (Self::Big(left), Self::Big(right)) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Number {
    fn rank(&self) -> u8 {
        match self {
            Self::Small(_) => 0,
            Self::Big(_) => 1,
            Self::Infinite => 2,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(number) => write!(formatter, "{number}"),
            Self::Big(digits) => formatter.write_str(digits),
            Self::Infinite => formatter.write_str("∞"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> Number {
        Number::from_digits(digits)
    }

    #[test]
    fn counts_across_the_limit_of_u64() {
        let largest = Number::Small(u64::MAX);
        assert_eq!(largest.successor(), number("18446744073709551616"));
        assert_eq!(
            number("99999999999999999999").successor(),
            number("100000000000000000000")
        );
        assert_eq!(
            number("18446744073709551619").successor(),
            number("18446744073709551620")
        );
        assert!(largest < largest.successor());
        assert!(number("100000000000000000000") > number("99999999999999999999"));
        assert!(number("100000000000000000000") < Number::Infinite);
    }

    #[test]
    fn leading_zeros_do_not_count() {
        assert_eq!(number("0000000000000000000000000000001"), Number::Small(1));
        assert_eq!(number("000018446744073709551616"), number("18446744073709551616"));
        assert_eq!(number(""), Number::ZERO);
    }
}
