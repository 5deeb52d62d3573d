//! Sets of specifiers.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Operator, Specifier, parse};
use crate::Error;
use crate::version::Version;

/// Holds clauses that must all hold; none at all let any version through.
///
/// They are kept, compared and shown in the order of their texts and without repetition, as
/// `packaging` does it.
///
/// ```
/// use pyspec::specifier::Specifiers;
///
/// let specifiers: Specifiers = ">=1.0, !=1.5, >=1".parse()?;
/// assert_eq!(specifiers.to_string(), "!=1.5,>=1");
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Specifiers {
    clauses: Vec<Specifier>,
}

impl Specifiers {
    /// Lets any version through.
    ///
    /// ```
    /// use pyspec::specifier::Specifiers;
    ///
    /// assert!(Specifiers::any().is_empty());
    /// ```
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Lets one version through, and its local versions if it has no local segment itself.
    ///
    /// ```
    /// use pyspec::specifier::Specifiers;
    ///
    /// assert_eq!(Specifiers::exactly(&"1.0-1".parse()?).to_string(), "==1.0.post1");
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn exactly(version: &Version) -> Self {
        let text = version.to_string().into();
        let version = Some(version.clone());
        let clause = Specifier {
            operator: Operator::Equal,
            text,
            version,
            is_wildcard: false,
        };
        Self {
            clauses: vec![clause],
        }
    }

    /// Tells whether there is no clause.
    ///
    /// ```
    /// use pyspec::specifier::Specifiers;
    ///
    /// assert!(" , ".parse::<Specifiers>()?.is_empty());
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Gives the clauses.
    ///
    /// ```
    /// use pyspec::specifier::{Operator, Specifiers};
    ///
    /// let specifiers: Specifiers = ">=1,<2".parse()?;
    /// let operators: Vec<Operator> = specifiers.iter().map(|clause| clause.operator()).collect();
    /// assert_eq!(operators, [Operator::Less, Operator::GreaterEqual]);
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    pub fn iter(&self) -> std::slice::Iter<'_, Specifier> {
        self.clauses.iter()
    }

    /// Puts the clauses of both together.
    ///
    /// ```
    /// use pyspec::specifier::Specifiers;
    ///
    /// let both = ">=1".parse::<Specifiers>()?.and(&"<2".parse()?);
    /// assert_eq!(both.to_string(), "<2,>=1");
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.iter().chain(other).cloned().collect()
    }

    /// Tells whether a clause names a pre-release, which lets pre-releases in under [`Prereleases::Auto`](super::Prereleases::Auto).
    ///
    /// ```
    /// use pyspec::specifier::Specifiers;
    ///
    /// assert!(">=2.0b1".parse::<Specifiers>()?.names_prerelease());
    /// assert!(!"!=2.0b1".parse::<Specifiers>()?.names_prerelease());
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn names_prerelease(&self) -> bool {
        self.iter().any(Specifier::names_prerelease)
    }

    /// Tells whether there is a `===`, which is tested on the text of a candidate and not by ranges.
    ///
    /// ```
    /// use pyspec::specifier::Specifiers;
    ///
    /// assert!("===1.0".parse::<Specifiers>()?.has_arbitrary());
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn has_arbitrary(&self) -> bool {
        self.iter().any(|clause| clause.operator == Operator::Arbitrary)
    }
}

impl FromIterator<Specifier> for Specifiers {
    fn from_iter<I: IntoIterator<Item = Specifier>>(clauses: I) -> Self {
        Self::from(clauses.into_iter().collect::<Vec<Specifier>>())
    }
}

impl From<Vec<Specifier>> for Specifiers {
    fn from(mut clauses: Vec<Specifier>) -> Self {
        clauses.sort_by(Specifier::cmp_text);
        keep_first_of_equals(&mut clauses);
        Self { clauses }
    }
}

/// Removes every clause that means the same as one before it.
fn keep_first_of_equals(clauses: &mut Vec<Specifier>) {
    // Up to this many, comparing each with each is faster than a table.
    const FEW: usize = 8;
    if clauses.len() > FEW {
        let mut seen = HashSet::with_capacity(clauses.len());
        let is_new: Vec<bool> = clauses.iter().map(|clause| seen.insert(clause)).collect();
        let mut is_new = is_new.into_iter();
        clauses.retain(|_| is_new.next().unwrap_or(true));
        return;
    }
    for index in (1..clauses.len()).rev() {
        if clauses[..index].contains(&clauses[index]) {
            clauses.remove(index);
        }
    }
}

impl<'s> IntoIterator for &'s Specifiers {
    type Item = &'s Specifier;
    type IntoIter = std::slice::Iter<'s, Specifier>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Specifiers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, clause) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(formatter, "{comma}{clause}")?;
        }
        Ok(())
    }
}

impl FromStr for Specifiers {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse::specifiers(text)
    }
}

impl Serialize for Specifiers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Specifiers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_clauses_lose_their_repetitions() {
        for count in [1, 3, 40] {
            let text = (0..count)
                .map(|minor| format!(">=1.{minor},>=1.{minor}.0,"))
                .collect::<String>();
            let specifiers: Specifiers = text.parse().unwrap();
            assert_eq!(specifiers.iter().count(), count);
            assert!(
                specifiers
                    .iter()
                    .all(|clause| !clause.version_text().ends_with(".0.0"))
            );
        }
    }
}
