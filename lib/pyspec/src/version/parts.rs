//! The two forms in which a version is kept: without an allocation, and in parts of any size.

use super::number::Number;
use super::{PreKind, Version, order};

/// Segments of a release that are kept without an allocation.
pub(super) const SEGMENTS: usize = 4;

/// Holds a version that has more than four segments, two suffixes, an epoch, a local segment or a great number.
#[derive(Clone)]
pub(super) struct Rest {
    pub(super) parts: Parts,
    /// The release with great numbers cut to `u64::MAX`.
    pub(super) release: Vec<u64>,
}

/// Holds a version in its parts.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(super) epoch: Number,
    pub(super) release: Vec<Number>,
    pub(super) pre: Option<(PreKind, Number)>,
    pub(super) post: Option<Number>,
    pub(super) dev: Option<Number>,
    pub(super) local: Option<Box<str>>,
}

/// Names the only suffix of a version, in the order of versions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Suffix {
    Dev,
    Alpha,
    Beta,
    Candidate,
    None,
    Post,
}

/// The parts with numbers of any size.
impl Version {
    pub(super) fn epoch_number(&self) -> Number {
        self.rest
            .as_ref()
            .map_or(Number::ZERO, |rest| rest.parts.epoch.clone())
    }

    pub(super) fn has_big_release(&self) -> bool {
        self.release().contains(&u64::MAX)
    }

    /// Gives one segment of the release; those not written are zero.
    pub(super) fn segment(&self, index: usize) -> Number {
        match &self.rest {
            Some(rest) => rest.parts.release.get(index).cloned().unwrap_or(Number::ZERO),
            None => self.release().get(index).copied().unwrap_or(0).into(),
        }
    }

    /// Gives the release without trailing zeros.
    pub(super) fn trimmed_release(&self) -> &[u64] {
        let release = self.release();
        let length = release
            .iter()
            .rposition(|segment| *segment != 0)
            .map_or(0, |last| last + 1);
        &release[..length]
    }

    pub(super) fn pre_number(&self) -> Option<(PreKind, Number)> {
        match (&self.rest, self.suffix) {
            (Some(rest), _) => rest.parts.pre.clone(),
            (None, Suffix::Alpha) => Some((PreKind::Alpha, self.small_number())),
            (None, Suffix::Beta) => Some((PreKind::Beta, self.small_number())),
            (None, Suffix::Candidate) => Some((PreKind::Candidate, self.small_number())),
            (None, _) => None,
        }
    }

    pub(super) fn post_number(&self) -> Option<Number> {
        match &self.rest {
            Some(rest) => rest.parts.post.clone(),
            None => (self.suffix == Suffix::Post).then(|| self.small_number()),
        }
    }

    pub(super) fn dev_number(&self) -> Option<Number> {
        match &self.rest {
            Some(rest) => rest.parts.dev.clone(),
            None => (self.suffix == Suffix::Dev).then(|| self.small_number()),
        }
    }

    fn small_number(&self) -> Number {
        Number::Small(self.number.into())
    }

    /// Takes the version apart.
    pub(super) fn parts(&self) -> Parts {
        match &self.rest {
            Some(rest) => rest.parts.clone(),
            None => Parts {
                epoch: Number::ZERO,
                release: self.release().iter().copied().map(Number::from).collect(),
                pre: self.pre_number(),
                post: self.post_number(),
                dev: self.dev_number(),
                local: None,
            },
        }
    }

    /// Makes a version that fits without an allocation.
    pub(super) fn small(segments: [u64; SEGMENTS], length: u8, suffix: Suffix, number: u32) -> Self {
        let (key, exact) = order::key(&segments, suffix, number.into());
        Self {
            key,
            segments,
            rest: None,
            number,
            suffix,
            length,
            exact,
        }
    }
}

impl From<Parts> for Version {
    fn from(parts: Parts) -> Self {
        if let Some(version) = parts.small() {
            return version;
        }
        let release: Vec<u64> = parts.release.iter().map(Number::saturated).collect();
        let (key, exact) = match parts.epoch {
            Number::Small(0) => order::key(&release, parts.leading_suffix(), parts.leading_number()),
            _ => (u64::MAX, false),
        };
        let exact = exact && parts.local.is_none() && parts.suffixes() <= 1;
        let rest = Some(Box::new(Rest { parts, release }));
        Self {
            key,
            segments: [0; SEGMENTS],
            rest,
            number: 0,
            suffix: Suffix::None,
            length: 0,
            exact,
        }
    }
}

impl Parts {
    fn suffixes(&self) -> usize {
        [self.pre.is_some(), self.post.is_some(), self.dev.is_some()]
            .into_iter()
            .filter(|has| *has)
            .count()
    }

    /// Names the suffix that decides the order first.
    fn leading_suffix(&self) -> Suffix {
        match (&self.pre, &self.post, &self.dev) {
            (Some((kind, _)), _, _) => Suffix::from(*kind),
            (None, Some(_), _) => Suffix::Post,
            (None, None, Some(_)) => Suffix::Dev,
            (None, None, None) => Suffix::None,
        }
    }

    fn leading_number(&self) -> u64 {
        let pre = self.pre.as_ref().map(|(_, number)| number);
        pre.or(self.post.as_ref())
            .or(self.dev.as_ref())
            .map_or(0, Number::saturated)
    }

    /// Makes the version without an allocation, if it fits.
    pub(super) fn small(&self) -> Option<Version> {
        let plain = self.epoch == Number::ZERO && self.local.is_none() && self.suffixes() <= 1;
        if !plain || self.release.len() > SEGMENTS {
            return None;
        }
        let mut segments = [0; SEGMENTS];
        for (segment, number) in segments.iter_mut().zip(&self.release) {
            let Number::Small(number) = number else {
                return None;
            };
            *segment = *number;
        }
        let number = u32::try_from(self.leading_number()).ok()?;
        let length = u8::try_from(self.release.len()).ok()?;
        Some(Version::small(segments, length, self.leading_suffix(), number))
    }
}

impl From<PreKind> for Suffix {
    fn from(kind: PreKind) -> Self {
        match kind {
            PreKind::Alpha => Self::Alpha,
            PreKind::Beta => Self::Beta,
            PreKind::Candidate => Self::Candidate,
        }
    }
}
