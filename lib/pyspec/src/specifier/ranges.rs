//! Specifiers as ranges of versions, for a resolver.

use version_ranges::Ranges;

use super::{Operator, Specifier, Specifiers};
use crate::version::Version;

impl Specifiers {
    /// Gives the versions that are let through under [`super::Prereleases::Allow`], local versions included.
    ///
    /// `===` counts as any version here ([`Specifiers::has_arbitrary`]): test the candidate itself
    /// with [`Specifiers::contains_str`]. Ends of these ranges need not be versions that anybody
    /// would write; show them with [`super::describe`].
    ///
    /// ```
    /// use pyspec::specifier::Specifiers;
    ///
    /// let ranges = "==1.0".parse::<Specifiers>()?.ranges();
    /// assert!(ranges.contains(&"1.0.0+local".parse()?));
    /// assert!(!ranges.contains(&"1.0.post1".parse()?));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn ranges(&self) -> Ranges<Version> {
        let mut clauses = self.iter();
        let Some(first) = clauses.next() else {
            return Ranges::full();
        };
        clauses.fold(first.ranges(), |ranges, clause| {
            ranges.intersection(&clause.ranges())
        })
    }
}

impl Specifier {
    /// Gives the versions that satisfy the clause; any version for `===`.
    fn ranges(&self) -> Ranges<Version> {
        let Some(version) = &self.version else {
            return Ranges::full();
        };
        match self.operator {
            Operator::Arbitrary => Ranges::full(),
            Operator::GreaterEqual => Ranges::higher_than(version.clone()),
            Operator::LessEqual => Ranges::strictly_lower_than(version.after_locals()),
            Operator::Equal => self.equal_ranges(version),
            Operator::NotEqual => self.equal_ranges(version).complement(),
            Operator::Less => less_ranges(version),
            Operator::Greater => greater_ranges(version),
            Operator::Compatible => Ranges::between(
                version.clone(),
                version.prefix_end(version.release().len().saturating_sub(1)),
            ),
        }
    }

    fn equal_ranges(&self, version: &Version) -> Ranges<Version> {
        if self.is_wildcard {
            Ranges::between(
                version.prefix_start(),
                version.prefix_end(version.release().len()),
            )
        } else if version.local().is_some() {
            Ranges::singleton(version.clone())
        } else {
            Ranges::between(version.clone(), version.after_locals())
        }
    }
}

fn less_ranges(version: &Version) -> Ranges<Version> {
    let bound = version.before_family();
    if bound == Version::new(&[0]).prefix_start() {
        // Nothing comes before 0.dev0.
        return Ranges::empty();
    }
    Ranges::strictly_lower_than(bound)
}

fn greater_ranges(version: &Version) -> Ranges<Version> {
    if version.is_devrelease() || version.is_postrelease() {
        return Ranges::higher_than(version.after_locals());
    }
    let bound = version.after_posts();
    if bound.is_after_posts() {
        Ranges::strictly_higher_than(bound)
    } else {
        Ranges::higher_than(bound)
    }
}
