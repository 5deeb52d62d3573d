//! The order of versions (PEP 440, "Summary of permitted suffixes and relative ordering").
//!
//! Most comparisons are decided by one integer, the key. A key never contradicts the order; where a
//! version does not fit into its key (long releases, great numbers, two suffixes, a local segment),
//! equal keys decide nothing, and the parts are compared.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::number::Number;
use super::{PreKind, Suffix, Version};

/// Bits of the key for the first four segments of the release.
const SEGMENT_BITS: [u32; 4] = [16, 10, 10, 8];
/// Bits of the key for the number of the suffix, below three bits for its kind.
const NUMBER_BITS: u32 = 17;
const SUFFIX_BITS: u32 = NUMBER_BITS + 3;

/// Gives the key of a version of epoch 0 without a local segment, and whether it holds all of it.
pub(super) fn key(release: &[u64], suffix: Suffix, number: u64) -> (u64, bool) {
    let mut key = 0;
    let mut free = u64::BITS;
    for (index, bits) in SEGMENT_BITS.into_iter().enumerate() {
        let segment = release.get(index).copied().unwrap_or(0);
        if segment >= ones(bits) {
            return (key | ones(free), false);
        }
        free -= bits;
        key |= segment << free;
    }
    if release
        .iter()
        .skip(SEGMENT_BITS.len())
        .any(|segment| *segment != 0)
    {
        return (key | ones(SUFFIX_BITS), false);
    }
    let fits = number < ones(NUMBER_BITS);
    let number = if fits { number } else { ones(NUMBER_BITS) };
    (key | (suffix as u64) << NUMBER_BITS | number, fits)
}

/// Gives a number of so many one bits.
fn ones(bits: u32) -> u64 {
    u64::MAX >> (u64::BITS - bits)
}

impl Version {
    /// Compares without the local segments.
    #[inline]
    pub(crate) fn cmp_public(&self, other: &Self) -> Ordering {
        if self.key != other.key {
            self.key.cmp(&other.key)
        } else if self.exact && other.exact {
            Ordering::Equal
        } else {
            self.cmp_parts(other)
        }
    }

    /// Compares epoch, release and suffixes, without a look at the keys.
    #[cold]
    pub(super) fn cmp_parts(&self, other: &Self) -> Ordering {
        (self.epoch_number().cmp(&other.epoch_number()))
            .then_with(|| self.cmp_release(other))
            .then_with(|| self.rank().cmp(&other.rank()))
    }

    /// Compares releases as if both went on with zeros.
    fn cmp_release(&self, other: &Self) -> Ordering {
        let segments = self.release().len().max(other.release().len());
        if self.has_big_release() || other.has_big_release() {
            return (0..segments)
                .map(|index| self.segment(index))
                .cmp((0..segments).map(|index| other.segment(index)));
        }
        let padded = |version: &Self, index: usize| version.release().get(index).copied().unwrap_or(0);
        (0..segments)
            .map(|index| padded(self, index))
            .cmp((0..segments).map(|index| padded(other, index)))
    }

    /// Gives what follows the release, in a form whose derived order is that of PEP 440.
    fn rank(&self) -> Rank {
        let (pre, post, dev) = (self.pre_number(), self.post_number(), self.dev_number());
        let (stage, pre) = match pre {
            Some((PreKind::Alpha, number)) => (Stage::Alpha, number),
            Some((PreKind::Beta, number)) => (Stage::Beta, number),
            Some((PreKind::Candidate, number)) => (Stage::Candidate, number),
            None if post.is_none() && dev.is_some() => (Stage::Dev, Number::ZERO),
            None => (Stage::Final, Number::ZERO),
        };
        Rank {
            stage,
            pre,
            post,
            is_final: dev.is_none(),
            dev: dev.unwrap_or(Number::ZERO),
        }
    }
}

/// Orders the suffixes of one release. The order of fields and variants is the order of versions.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    stage: Stage,
    pre: Number,
    post: Option<Number>,
    is_final: bool,
    dev: Number,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Dev,
    Alpha,
    Beta,
    Candidate,
    Final,
}

/// Compares local segments: none first, letters before numbers, the shorter before the longer.
fn cmp_local(left: Option<&str>, right: Option<&str>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => left
            .split('.')
            .map(LocalPart::new)
            .cmp(right.split('.').map(LocalPart::new)),
        _ => left.is_some().cmp(&right.is_some()),
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum LocalPart<'t> {
    Letters(&'t str),
    Number(Number),
}

impl<'t> LocalPart<'t> {
    fn new(text: &'t str) -> Self {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::Number(Number::from_digits(text))
        } else {
            Self::Letters(text)
        }
    }
}

impl Ord for Version {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if self.key != other.key {
            self.key.cmp(&other.key)
        } else if self.exact && other.exact {
            Ordering::Equal
        } else {
            self.cmp_parts(other)
                .then_with(|| cmp_local(self.local(), other.local()))
        }
    }
}

/// All by hand: the usual case is then one comparison of integers, whatever the operator.
impl PartialOrd for Version {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    #[inline]
    fn lt(&self, other: &Self) -> bool {
        if self.key != other.key {
            self.key < other.key
        } else {
            self.cmp(other).is_lt()
        }
    }

    #[inline]
    fn le(&self, other: &Self) -> bool {
        if self.key != other.key {
            self.key < other.key
        } else {
            self.cmp(other).is_le()
        }
    }

    #[inline]
    fn gt(&self, other: &Self) -> bool {
        other.lt(self)
    }

    #[inline]
    fn ge(&self, other: &Self) -> bool {
        other.le(self)
    }
}

impl PartialEq for Version {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Equal versions have equal keys. What the key leaves out is mixed in where that is cheap.
        self.key.hash(state);
        if !self.exact {
            self.epoch().hash(state);
            for segment in self.trimmed_release() {
                segment.hash(state);
            }
            self.local().hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::version::Version;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    /// Every version is greater than all before it, whatever way the comparison takes.
    #[test]
    fn order_of_a_long_list() {
        let ordered = "
            0.dev0 0a0 0 0.0.1 1.0.dev1 1.0a1.dev1 1.0a1 1.0a1+local 1.0a1.post0.dev1 1.0a1.post1 1.0a131070
            1.0a131071 1.0a131072 1.0a4294967295 1.0a4294967296 1.0b1 1.0rc1 1.0 1.0+abc 1.0+abc.1 1.0+abd 1.0+1
            1.0+1.a 1.0+1.1 1.0+2 1.0+99999999999999999999 1.0.post0.dev0 1.0.post0 1.0.post1 1.0.post131072
            1.0.post99999999999999999999 1.0.0.0.0.1.dev0 1.0.0.0.0.1 1.0.0.1 1.0.1 1.0.1.1.255 1.0.1.1.255.post1
            1.0.1.254 1.0.1.255 1.0.1.256a1 1.0.1.256 1.0.1.20240101 1.0.2 1.1022 1.1023 1.1024 1.1024.1 2024.1
            65534 65535 65535.1 65536 18446744073709551615 18446744073709551616a1 18446744073709551616
            18446744073709551616.1 18446744073709551617 1!0.dev0 1!0 1!1 2!0 99999999999999999999!0";
        let versions: Vec<Version> = ordered.split_whitespace().map(version).collect();
        for (left_index, left) in versions.iter().enumerate() {
            for (right_index, right) in versions.iter().enumerate() {
                assert_eq!(
                    left.cmp(right),
                    left_index.cmp(&right_index),
                    "{left} and {right}"
                );
                assert_eq!(left == right, left_index == right_index, "{left} and {right}");
            }
        }
    }

    #[test]
    fn equal_versions_hash_alike() {
        use std::hash::{BuildHasher, RandomState};
        let state = RandomState::new();
        for (left, right) in [
            ("1", "1.0.0.0.0.0"),
            ("1.0a1.dev2", "1.0.0ALPHA-1dev2"),
            ("1!2", "1!2.0"),
            ("18446744073709551616", "018446744073709551616.0"),
            ("1.0+Abc-1", "1+abc.01"),
        ] {
            let (left, right) = (version(left), version(right));
            assert_eq!(left, right);
            assert_eq!(state.hash_one(&left), state.hash_one(&right));
        }
    }
}
