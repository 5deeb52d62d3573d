//! Writing versions in their normalised form (PEP 440, "Normalization").

use std::fmt;

use super::{PreKind, Suffix, Version};
use crate::version::number::Number;

impl fmt::Display for PreKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Alpha => "a",
            Self::Beta => "b",
            Self::Candidate => "rc",
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if formatter.width().is_some() {
            return formatter.pad(&Unpadded(self).to_string());
        }
        Unpadded(self).fmt(formatter)
    }
}

/// Writes a version and nothing around it.
struct Unpadded<'v>(&'v Version);

impl fmt::Display for Unpadded<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.rest {
            Some(rest) => rest.parts.fmt(formatter),
            None => self.0.fmt_small(formatter),
        }
    }
}

impl Version {
    fn fmt_small(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        join(formatter, self.release())?;
        match self.suffix {
            Suffix::None => Ok(()),
            Suffix::Dev => write!(formatter, ".dev{}", self.number),
            Suffix::Alpha => write!(formatter, "a{}", self.number),
            Suffix::Beta => write!(formatter, "b{}", self.number),
            Suffix::Candidate => write!(formatter, "rc{}", self.number),
            Suffix::Post => write!(formatter, ".post{}", self.number),
        }
    }
}

impl fmt::Display for super::Parts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch != Number::ZERO {
            write!(formatter, "{}!", self.epoch)?;
        }
        join(formatter, &self.release)?;
        if let Some((kind, number)) = &self.pre {
            write!(formatter, "{kind}{number}")?;
        }
        if let Some(number) = &self.post {
            write!(formatter, ".post{number}")?;
        }
        if let Some(number) = &self.dev {
            write!(formatter, ".dev{number}")?;
        }
        match &self.local {
            Some(local) => write!(formatter, "+{local}"),
            None => Ok(()),
        }
    }
}

/// Writes the segments of a release with dots between them.
fn join<T: fmt::Display>(formatter: &mut fmt::Formatter<'_>, segments: &[T]) -> fmt::Result {
    for (index, segment) in segments.iter().enumerate() {
        let dot = if index == 0 { "" } else { "." };
        write!(formatter, "{dot}{segment}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::version::Version;

    fn normalised(text: &str) -> String {
        text.parse::<Version>().unwrap().to_string()
    }

    #[test]
    fn normalises_spellings() {
        for (written, expected) in [
            ("v1.0", "1.0"),
            ("01.002.0", "1.2.0"),
            ("1.0ALPHA", "1.0a0"),
            ("1.0-beta.2", "1.0b2"),
            ("1.0_pre_3", "1.0rc3"),
            ("1.0c4", "1.0rc4"),
            ("1.0-5", "1.0.post5"),
            ("1.0rev", "1.0.post0"),
            ("1.0r6.dev", "1.0.post6.dev0"),
            ("1.0dev007", "1.0.dev7"),
            ("2!1.0+Foo_Bar-007", "2!1.0+foo.bar.7"),
            ("0!1.0", "1.0"),
            ("1.0a.dev", "1.0a0.dev0"),
            ("1.0a-1-1", "1.0a1.post1"),
            ("\u{3000}1.0\n", "1.0"),
            ("00000000000000000000000000000000001", "1"),
            (
                "99999999999999999999!1a99999999999999999999",
                "99999999999999999999!1a99999999999999999999",
            ),
        ] {
            assert_eq!(normalised(written), expected, "{written}");
        }
    }

    #[test]
    fn honours_a_width() {
        assert_eq!(format!("[{:>6}]", Version::new(&[1, 2])), "[   1.2]");
    }
}
