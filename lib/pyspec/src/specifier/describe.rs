//! Ranges of versions in words that people write.

use std::ops::Bound;

use version_ranges::Ranges;

use crate::version::Version;

/// Writes ranges the way specifiers are written, alternatives with ` | ` between them.
///
/// This is for messages: the ends of ranges are not always versions, and the text is not meant to be
/// read again.
///
/// ```
/// use pyspec::specifier::{Specifiers, describe};
///
/// let text = |specifiers: &str| specifiers.parse::<Specifiers>().map(|specifiers| describe(&specifiers.ranges()));
/// assert_eq!(text("<2,>=1.0,!=1.5.*")?, ">=1.0,!=1.5.*,<2");
/// assert_eq!(text("==1.0")?, "==1.0");
/// assert_eq!(text("")?, "any version");
/// # Ok::<(), pyspec::Error>(())
/// ```
#[must_use]
pub fn describe(ranges: &Ranges<Version>) -> String {
    let mut alternatives: Vec<Alternative<'_>> = Vec::new();
    for (lower, upper) in ranges.iter() {
        let hole = alternatives
            .last()
            .and_then(|last| equality(&opposite(last.upper), &opposite(lower)));
        match (alternatives.last_mut(), hole) {
            (Some(last), Some(hole)) => {
                last.holes.push(hole);
                last.upper = upper;
            }
            _ => alternatives.push(Alternative {
                lower,
                holes: Vec::new(),
                upper,
            }),
        }
    }
    if alternatives.is_empty() {
        return "no version".to_owned();
    }
    alternatives
        .iter()
        .map(Alternative::text)
        .collect::<Vec<_>>()
        .join(" | ")
}

/// Holds one range, with what is cut out of it.
struct Alternative<'r> {
    lower: &'r Bound<Version>,
    /// What follows `!=`.
    holes: Vec<String>,
    upper: &'r Bound<Version>,
}

impl Alternative<'_> {
    fn text(&self) -> String {
        if let Some(version) = equality(self.lower, self.upper) {
            return format!("=={version}");
        }
        let holes = self.holes.iter().map(|hole| format!("!={hole}"));
        let clauses: Vec<String> = lower_text(self.lower)
            .into_iter()
            .chain(holes)
            .chain(upper_text(self.upper))
            .collect();
        if clauses.is_empty() {
            "any version".to_owned()
        } else {
            clauses.join(",")
        }
    }
}

/// Gives the end of the gap beside a range.
fn opposite(bound: &Bound<Version>) -> Bound<Version> {
    match bound {
        Bound::Included(version) => Bound::Excluded(version.clone()),
        Bound::Excluded(version) => Bound::Included(version.clone()),
        Bound::Unbounded => Bound::Unbounded,
    }
}

/// Gives what follows `==` if a range is exactly that.
fn equality(lower: &Bound<Version>, upper: &Bound<Version>) -> Option<String> {
    match (lower, upper) {
        (Bound::Included(lower), Bound::Included(upper)) => (lower == upper).then(|| lower.to_string()),
        (Bound::Included(lower), Bound::Excluded(upper)) => {
            if *upper == lower.after_locals() {
                return Some(lower.to_string());
            }
            let is_prefix = *lower == lower.prefix_start() && lower.local().is_none();
            let length = is_prefix.then(|| prefix_length(lower, upper)).flatten()?;
            let release = lower.base().to_string();
            let written = lower.release().len();
            // `[1.0.dev0, 2.dev0)` is `==1.*`.
            Some(format!("{}.*", cut(&release, written - length)))
        }
        _ => None,
    }
}

/// Gives the length of the prefix of the lower end that a range covers.
fn prefix_length(lower: &Version, upper: &Version) -> Option<usize> {
    let release = lower.release();
    let needed = release
        .iter()
        .rposition(|segment| *segment != 0)
        .map_or(1, |last| last + 1);
    (needed..=release.len()).find(|length| lower.prefix_end(*length) == *upper)
}

/// Removes segments from the end of a release.
fn cut(release: &str, segments: usize) -> &str {
    (0..segments).fold(release, |text, _| {
        text.rsplit_once('.').map_or(text, |(head, _)| head)
    })
}

fn lower_text(bound: &Bound<Version>) -> Option<String> {
    match bound {
        Bound::Unbounded => None,
        Bound::Included(version) => Some(format!(">={version}")),
        Bound::Excluded(version) if version.is_after_posts() => Some(format!(">{}", version.without_post())),
        Bound::Excluded(version) => Some(format!(">{version}")),
    }
}

fn upper_text(bound: &Bound<Version>) -> Option<String> {
    match bound {
        Bound::Unbounded => None,
        Bound::Included(version) if version.is_after_posts() => {
            Some(format!("<={}.post*", version.without_post()))
        }
        Bound::Included(version) => Some(format!("<={version}")),
        Bound::Excluded(version) => Some(match version.before_after_locals() {
            Some(last) => format!("<={last}"),
            None => format!("<{}", version.after_family()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specifier::Specifiers;

    fn ranges(specifiers: &str) -> Ranges<Version> {
        specifiers.parse::<Specifiers>().unwrap().ranges()
    }

    #[test]
    fn reads_like_the_specifiers() {
        for text in [
            "any version",
            "no version",
            ">=1.0",
            ">1.0",
            "<1.0",
            "<=1.0",
            "==1.0",
            "==1.0+local",
            "==1.4.*",
            "!=1.0",
            "!=1.4.*",
            ">=1.0,!=1.5,!=1.7.*,<2",
            "<=1.0a1",
            "<=1.0.post1",
            "<1.0a1",
            "==1!2.*",
        ] {
            let ranges = match text {
                "any version" => Ranges::full(),
                "no version" => Ranges::empty(),
                specifiers => ranges(specifiers),
            };
            assert_eq!(describe(&ranges), text);
        }
    }

    #[test]
    fn alternatives_and_complements() {
        assert_eq!(describe(&ranges("<1").union(&ranges("==2.0"))), "<1 | ==2.0");
        assert_eq!(describe(&ranges(">1.0").complement()), "<=1.0.post*");
        assert_eq!(describe(&ranges("~=1.4.2")), ">=1.4.2,<1.5");
        assert_eq!(describe(&ranges("<=1").complement()), ">=1.post0.dev0");
    }
}
