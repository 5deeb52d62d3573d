//! The comments on top of a lock in requirements.txt: what it answers.

use pyspec::hash::Hash;
use std::fmt;

/// What a lock answers; kept in comments that pip does not mind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The files it was resolved from.
    pub inputs: Vec<Input>,
    /// The targets it was resolved for.
    pub targets: Vec<TargetLine>,
    /// Requirements that replaced those of the packages, as given.
    pub overrides: Vec<String>,
    /// Names that were left out, as given.
    pub excludes: Vec<String>,
}

/// A file that a lock answers, with the digest of its parsed items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name, as given.
    pub name: String,
    /// The digest of its items, nested files included.
    pub digest: Hash,
}

/// A target that a lock answers, with the digest of its tags and environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetLine {
    /// Its short name.
    pub name: String,
    /// The digest of what it stands for.
    pub digest: Hash,
}

/// The first line of a lock.
const FIRST: &str = "reqlock 1";

impl Header {
    /// Says whether it says nothing, as in a file that `reqlock` did not write.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes up what one comment says, without its `#`; other comments are none of our business.
    pub(crate) fn take(&mut self, comment: &str) {
        for part in comment.split("  # ") {
            self.take_one(part.trim());
        }
    }

    fn take_one(&mut self, comment: &str) {
        let Some((word, rest)) = comment.split_once(' ') else {
            return;
        };
        match word {
            "input" => self
                .inputs
                .extend(named(rest).map(|(name, digest)| Input { name, digest })),
            "target" => self
                .targets
                .extend(named(rest).map(|(name, digest)| TargetLine { name, digest })),
            "override" => self.overrides.push(rest.to_owned()),
            "exclude" => self.excludes.push(rest.to_owned()),
            _ => {}
        }
    }
}

/// Splits `name sha256:…`; the name may hold blanks.
fn named(text: &str) -> Option<(String, Hash)> {
    let (name, digest) = text.rsplit_once(' ')?;
    Some((name.to_owned(), digest.parse().ok()?))
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return Ok(());
        }
        writeln!(f, "# {FIRST}")?;
        for Input { name, digest } in &self.inputs {
            writeln!(f, "# input {name} {digest}")?;
        }
        for TargetLine { name, digest } in &self.targets {
            writeln!(f, "# target {name} {digest}")?;
        }
        for text in &self.overrides {
            writeln!(f, "# override {text}")?;
        }
        for name in &self.excludes {
            writeln!(f, "# exclude {name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Header;

    #[test]
    fn reads_what_it_writes() {
        let digest = "0".repeat(64);
        let text = format!(
            "# reqlock 1\n# input my requirements.in sha256:{digest}\n\
             # target cp312-manylinux_2_28_x86_64 sha256:{digest}\n# override urllib3<2\n# exclude tzdata\n"
        );
        let mut header = Header::default();
        text.lines()
            .for_each(|line| header.take(line.trim_start_matches("# ")));
        assert_eq!(header.to_string(), text);
        assert_eq!(header.inputs[0].name, "my requirements.in");
    }
}
