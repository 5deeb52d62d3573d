//! Which of several versions is taken.

use crate::{Set, Standing, Versions};
use pyspec::{name::Name, specifier::Specifiers, version::Version};
use std::{collections::BTreeSet, ops::Bound};

/// Which pre-releases are welcome beyond what PEP 440 lets in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Those of every project.
    pub all_prereleases: bool,
    /// Those of these projects.
    pub prereleases: BTreeSet<Name>,
}

/// Returns the version to take from `range`.
///
/// That is the first of `preferred` that may be taken; else the newest final release; else, if `prereleases` says so,
/// or the project has nothing else, or the range begins at one or is one, the newest pre-release. A version that was
/// yanked is taken only if the range allows no other release.
pub fn pick<'v>(
    versions: &'v Versions,
    range: &Set,
    prereleases: bool,
    preferred: &[Version],
) -> Option<&'v Version> {
    kept(versions, range, preferred)
        .or_else(|| newest(versions, range, prereleases))
        .or_else(|| pinned(versions, range))
}

/// Returns the first preferred version that is there and in range. Yanked or not: it was good enough before.
fn kept<'v>(versions: &'v Versions, range: &Set, preferred: &[Version]) -> Option<&'v Version> {
    preferred
        .iter()
        .filter(|version| range.contains(*version))
        .filter_map(|version| versions.find(version))
        .find(|candidate| candidate.is_possible())
        .map(|candidate| &candidate.version)
}

/// Returns the newest version that is neither yanked nor unusable, final releases first unless pre-releases are equal.
fn newest<'v>(versions: &'v Versions, range: &Set, prereleases: bool) -> Option<&'v Version> {
    let mut fallback = None;
    for candidate in &versions.list {
        if !range.contains(&candidate.version) || *candidate.standing() != Standing::Usable {
            continue;
        }
        if prereleases || !candidate.version.is_prerelease() {
            return Some(&candidate.version);
        }
        fallback = fallback.or(Some(&candidate.version));
    }
    fallback.filter(|_| begins_at_prerelease(range) || !has_final(versions))
}

/// Returns the version that the range pins, pre-release or yanked.
fn pinned<'v>(versions: &'v Versions, range: &Set) -> Option<&'v Version> {
    versions
        .list
        .iter()
        .filter(|candidate| range.contains(&candidate.version) && is_pin(range, &candidate.version))
        .find(|candidate| candidate.is_possible())
        .map(|candidate| &candidate.version)
}

/// Says whether a range is what `==` makes.
pub(crate) fn is_exact(range: &Set) -> bool {
    match range.bounding_range() {
        Some((Bound::Included(first), Bound::Included(_) | Bound::Excluded(_))) => is_pin(range, first),
        _ => false,
    }
}

/// Says whether a range allows nothing but `version` and local versions of it.
fn is_pin(range: &Set, version: &Version) -> bool {
    range.subset_of(&Specifiers::exactly(&version.public()).ranges())
}

fn begins_at_prerelease(range: &Set) -> bool {
    matches!(range.bounding_range(), Some((Bound::Included(first), _)) if first.is_prerelease())
}

/// Says whether any final release may be taken.
fn has_final(versions: &Versions) -> bool {
    versions
        .list
        .iter()
        .any(|candidate| !candidate.version.is_prerelease() && *candidate.standing() == Standing::Usable)
}
