//! The versions at which ranges begin and end.
//!
//! Between a version and the next one lie its local versions (`1.0+x`), and for releases also its
//! post-releases. Where the least version above them all exists, it is the bound. Above the
//! post-releases of a final release there is none; there a post-release with an infinite number is.

use super::number::Number;
use super::{Parts, Version};

impl Version {
    /// Gives the least version above this one and all its local versions.
    pub(crate) fn after_locals(&self) -> Self {
        let parts = Parts {
            local: None,
            ..self.parts()
        };
        match (&parts.dev, &parts.post) {
            (Some(dev), _) => Parts {
                dev: Some(dev.successor()),
                ..parts
            }
            .into(),
            (None, Some(post)) => {
                let post = Some(post.successor());
                Parts {
                    post,
                    dev: Some(Number::ZERO),
                    ..parts
                }
                .into()
            }
            (None, None) => Parts {
                post: Some(Number::ZERO),
                dev: Some(Number::ZERO),
                ..parts
            }
            .into(),
        }
    }

    /// Gives the bound above this version and all its post-releases.
    pub(crate) fn after_posts(&self) -> Self {
        let parts = Parts {
            local: None,
            ..self.parts()
        };
        match &parts.pre {
            Some((kind, number)) => {
                let pre = Some((*kind, number.successor()));
                Parts {
                    pre,
                    post: None,
                    dev: Some(Number::ZERO),
                    ..parts
                }
                .into()
            }
            None => Parts {
                post: Some(Number::Infinite),
                dev: None,
                ..parts
            }
            .into(),
        }
    }

    /// Gives the least version that `<` of this version excludes.
    pub(crate) fn before_family(&self) -> Self {
        if self.is_prerelease() {
            return self.clone();
        }
        Parts {
            dev: Some(Number::ZERO),
            local: None,
            ..self.parts()
        }
        .into()
    }

    /// Undoes [`Version::before_family`]: gives the version that this one is the `.dev0` of, or itself.
    pub(crate) fn after_family(&self) -> Self {
        let parts = self.parts();
        if parts.pre.is_none() && parts.dev == Some(Number::ZERO) {
            return Parts { dev: None, ..parts }.into();
        }
        self.clone()
    }

    /// Undoes [`Version::after_locals`], where a post-release was added to get there.
    pub(crate) fn before_after_locals(&self) -> Option<Self> {
        let parts = self.parts();
        let post = match (&parts.dev, &parts.post) {
            (Some(Number::Small(0)), Some(Number::Small(0))) => None,
            (Some(Number::Small(0)), Some(Number::Small(number))) => Some(Number::Small(number - 1)),
            _ => return None,
        };
        Some(
            Parts {
                post,
                dev: None,
                ..parts
            }
            .into(),
        )
    }

    /// Gives the version without its post-release.
    pub(crate) fn without_post(&self) -> Self {
        Parts {
            post: None,
            ..self.parts()
        }
        .into()
    }

    /// Gives the least version whose release begins with that of this one.
    pub(crate) fn prefix_start(&self) -> Self {
        Parts {
            pre: None,
            post: None,
            dev: Some(Number::ZERO),
            local: None,
            ..self.parts()
        }
        .into()
    }

    /// Gives the least version above all whose release begins with the first segments of this one's.
    pub(crate) fn prefix_end(&self, segments: usize) -> Self {
        let mut parts = self.prefix_start().parts();
        parts.release.truncate(segments.max(1));
        if let Some(last) = parts.release.last_mut() {
            *last = last.successor();
        }
        parts.into()
    }

    /// Tells whether the release, filled with zeros, begins with the first segments of another's.
    pub(crate) fn has_prefix(&self, other: &Self, segments: usize) -> bool {
        let padded = |version: &Self, index: usize| version.release().get(index).copied().unwrap_or(0);
        // `u64::MAX` may stand for something greater.
        let same = |index: usize| {
            let (left, right) = (padded(self, index), padded(other, index));
            left == right && (left != u64::MAX || self.segment(index) == other.segment(index))
        };
        let same_epoch =
            self.rest.is_none() && other.rest.is_none() || self.epoch_number() == other.epoch_number();
        same_epoch && (0..segments).all(same)
    }

    /// Tells whether this is the other version, one of its post-releases, or local to one of them.
    pub(crate) fn is_post_family(&self, other: &Self) -> bool {
        let segments = self.release().len().max(other.release().len());
        self.has_prefix(other, segments) && self.pre_number() == other.pre_number()
    }

    /// Tells whether this is a bound that is no version: above all post-releases.
    pub(crate) fn is_after_posts(&self) -> bool {
        self.post_number() == Some(Number::Infinite)
    }
}
