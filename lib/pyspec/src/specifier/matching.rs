//! Telling which versions specifiers let through.

use super::{Operator, Prereleases, Specifier, Specifiers};
use crate::version::{Version, parse_quietly};

impl Specifier {
    /// Tells whether a version is let through, as `Specifier.contains` of `packaging` does.
    ///
    /// ```
    /// use pyspec::specifier::{Prereleases, Specifier};
    ///
    /// let specifier: Specifier = "~=1.4.2".parse()?;
    /// assert!(specifier.contains(&"1.4.9".parse()?, Prereleases::Auto));
    /// assert!(!specifier.contains(&"1.5".parse()?, Prereleases::Auto));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn contains(&self, version: &Version, prereleases: Prereleases) -> bool {
        !is_denied(version, prereleases) && self.matches(version)
    }

    /// Tells whether a version satisfies the clause, pre-release or not.
    fn matches(&self, version: &Version) -> bool {
        match &self.version {
            Some(wanted) if self.operator != Operator::Arbitrary => self.compares(version, wanted),
            _ => self.is_text_of(&version.to_string()),
        }
    }

    /// Does the same for the text of a version, or of something else.
    pub(crate) fn matches_text(&self, text: &str, version: Option<&Version>) -> bool {
        match (self.operator, version) {
            (Operator::Arbitrary, _) => self.is_text_of(text),
            (_, Some(version)) => self.matches(version),
            (_, None) => false,
        }
    }

    /// Tells whether `===` holds: the texts are the same apart from case.
    fn is_text_of(&self, text: &str) -> bool {
        self.text.to_lowercase() == text.to_lowercase()
    }

    /// Decides all operators but `===`.
    fn compares(&self, version: &Version, wanted: &Version) -> bool {
        match self.operator {
            Operator::Arbitrary => false,
            Operator::GreaterEqual => version >= wanted,
            Operator::LessEqual => version.cmp_public(wanted).is_le(),
            Operator::Equal => self.equals(version, wanted),
            Operator::NotEqual => !self.equals(version, wanted),
            Operator::Less => is_less(version, wanted),
            Operator::Greater => is_greater(version, wanted),
            Operator::Compatible => {
                version >= wanted && version.has_prefix(wanted, wanted.release().len().saturating_sub(1))
            }
        }
    }

    fn equals(&self, version: &Version, wanted: &Version) -> bool {
        if self.is_wildcard {
            version.has_prefix(wanted, wanted.release().len())
        } else if wanted.local().is_some() {
            version == wanted
        } else {
            version.cmp_public(wanted).is_eq()
        }
    }
}

/// Decides `<`: what comes before, but for the pre-releases of the version itself.
fn is_less(version: &Version, wanted: &Version) -> bool {
    if version >= wanted {
        return false;
    }
    // Only a pre-release can lie between a version and the beginning of its family.
    wanted.is_prerelease() || !version.is_prerelease() || *version < wanted.before_family()
}

/// Decides `>`: what comes after, but for the local versions and post-releases of the version itself.
fn is_greater(version: &Version, wanted: &Version) -> bool {
    if version.cmp_public(wanted).is_le() {
        return false;
    }
    let has_family = !wanted.is_postrelease() && !wanted.is_devrelease();
    !(has_family && version.is_postrelease() && version.is_post_family(wanted))
}

/// Tells whether a version is out because it is a pre-release.
fn is_denied(version: &Version, prereleases: Prereleases) -> bool {
    prereleases == Prereleases::Deny && version.is_prerelease()
}

impl Specifiers {
    /// Tells whether a version is let through, as `SpecifierSet.contains` of `packaging` does.
    ///
    /// A single pre-release has no alternatives: under [`Prereleases::Auto`] it is let through.
    /// Where there is a choice, [`Specifiers::filter`] makes it.
    ///
    /// ```
    /// use pyspec::specifier::{Prereleases, Specifiers};
    ///
    /// let specifiers: Specifiers = ">=1.0,<2".parse()?;
    /// assert!(specifiers.contains(&"1.5b1".parse()?, Prereleases::Auto));
    /// assert!(!specifiers.contains(&"1.5b1".parse()?, Prereleases::Deny));
    /// assert!(!specifiers.contains(&"2.0rc1".parse()?, Prereleases::Allow));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn contains(&self, version: &Version, prereleases: Prereleases) -> bool {
        !is_denied(version, prereleases) && self.iter().all(|clause| clause.matches(version))
    }

    /// Tells whether a version is let through by its text: `===` compares that and not the normalised form.
    ///
    /// Text that is no version is no error: only `===` can let it through.
    ///
    /// ```
    /// use pyspec::specifier::{Prereleases, Specifiers};
    ///
    /// let specifiers: Specifiers = "===1.0.0".parse()?;
    /// assert!(specifiers.contains_str("1.0.0", Prereleases::Auto));
    /// assert!(!specifiers.contains_str("1.0", Prereleases::Auto));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn contains_str(&self, text: &str, prereleases: Prereleases) -> bool {
        let version = parse_quietly(text);
        if version
            .as_ref()
            .is_some_and(|version| is_denied(version, prereleases))
        {
            return false;
        }
        self.iter()
            .all(|clause| clause.matches_text(text, version.as_ref()))
    }

    /// Chooses from versions, as `SpecifierSet.filter` of `packaging` does.
    ///
    /// ```
    /// use pyspec::specifier::{Prereleases, Specifiers};
    /// use pyspec::version::Version;
    ///
    /// let versions: Vec<Version> = ["0.9", "1.0", "2.0b1"].map(|text| text.parse()).into_iter().collect::<Result<_, _>>()?;
    /// let specifiers: Specifiers = ">=1".parse()?;
    /// assert_eq!(specifiers.filter(&versions, Prereleases::Auto), [&versions[1]]);
    /// assert_eq!(specifiers.filter(&versions, Prereleases::Allow), [&versions[1], &versions[2]]);
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    pub fn filter<'v>(
        &self,
        versions: impl IntoIterator<Item = &'v Version>,
        prereleases: Prereleases,
    ) -> Vec<&'v Version> {
        self.filter_by(versions, |version| version, prereleases)
    }

    /// Chooses from anything that has a version.
    ///
    /// ```
    /// use pyspec::specifier::{Prereleases, Specifiers};
    /// use pyspec::version::Version;
    ///
    /// let files: [(&str, Version); 2] = [("a-1.0.whl", "1.0".parse()?), ("a-2.0.whl", "2.0".parse()?)];
    /// let chosen = "<2".parse::<Specifiers>()?.filter_by(&files, |file| &file.1, Prereleases::Auto);
    /// assert_eq!(chosen, [&files[0]]);
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    pub fn filter_by<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        version: impl Fn(&T) -> &Version,
        prereleases: Prereleases,
    ) -> Vec<T> {
        let mut chosen: Vec<T> = items
            .into_iter()
            .filter(|item| self.contains(version(item), prereleases))
            .collect();
        let prefers_finals = prereleases == Prereleases::Auto && !self.names_prerelease();
        if prefers_finals && chosen.iter().any(|item| !version(item).is_prerelease()) {
            chosen.retain(|item| !version(item).is_prerelease());
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(specifiers: &str, version: &str) -> bool {
        let specifiers: Specifiers = specifiers.parse().unwrap();
        specifiers.contains(&version.parse().unwrap(), Prereleases::Allow)
    }

    #[test]
    fn bounds_leave_out_the_family_of_the_version() {
        for (specifiers, version, expected) in [
            ("<3.0.0a8", "3.0.0a7", true),
            ("<1.0", "1.0rc1", false),
            ("<1.0", "1.0.dev0", false),
            ("<1.0", "0.9.post1", true),
            ("<1.0.post1", "1.0", true),
            ("<1.0.post1", "1.0.post1.dev1", false),
            ("<0", "0.dev0", false),
            (">1.0", "1.0.post1", false),
            (">1.0", "1.0+local", false),
            (">1.0", "1.0.0.1", true),
            (">1.0", "1.0.1.dev0", true),
            (">1.0.post1", "1.0.post2.dev0", true),
            (">1.0.post1", "1.0.post1+local", false),
            (">1.0a1", "1.0a1.post1", false),
            (">1.0a1", "1.0a2.dev0", true),
            (">1.0.dev1", "1.0.dev1+local", false),
            (">1.0.dev1", "1.0.post0", true),
            ("<=1.0", "1.0+local", true),
            ("==1.0", "1.0+local", true),
            ("==1.0+local", "1.0", false),
            ("!=1.0+local", "1.0", true),
            ("!=1.0", "1.0+local", false),
        ] {
            assert_eq!(matches(specifiers, version), expected, "{specifiers} {version}");
        }
    }

    #[test]
    fn prefixes_are_filled_with_zeros() {
        for (specifiers, version, expected) in [
            ("==1.0.*", "1", true),
            ("==1.0.*", "1.0.dev1", true),
            ("==1.0.*", "1.1.dev1", false),
            ("==1.1.*", "1.1a1+local", true),
            ("!=1.1.*", "1.1", false),
            ("==1!1.*", "1.5", false),
            ("~=2.2.0", "2.2.post1", true),
            ("~=2.2.0", "2.3.dev0", false),
            ("~=2.2a1", "2.2.dev1", false),
            ("~=1.99999999999999999999.0", "1.99999999999999999999.7", true),
            ("~=1.99999999999999999999.0", "1.99999999999999999998.7", false),
        ] {
            assert_eq!(matches(specifiers, version), expected, "{specifiers} {version}");
        }
    }

    #[test]
    fn text_that_is_no_version() {
        let contains = |specifiers: &str, text: &str| {
            specifiers
                .parse::<Specifiers>()
                .unwrap()
                .contains_str(text, Prereleases::Deny)
        };
        assert!(contains("", "latest"));
        assert!(contains("===Latest", "lAtest"));
        assert!(!contains("===latest,>=1", "latest"));
        assert!(!contains(">=1", "latest"));
        assert!(contains("===1.0,>=1", "1.0"));
        assert!(!contains("===1.0a1", "1.0a1"));
    }
}
