//! Which projects may come as wheels, and which as source distributions.

use pyspec::name::Name;
use std::collections::BTreeSet;

/// Some projects, or all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    all: bool,
    names: BTreeSet<Name>,
    /// Exceptions from `all`.
    not: BTreeSet<Name>,
}

impl Selection {
    /// Selects every project.
    pub fn all() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// Says whether a project is selected.
    pub fn contains(&self, name: &Name) -> bool {
        self.names.contains(name) || (self.all && !self.not.contains(name))
    }

    fn add_all(&mut self) {
        *self = Self::all();
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn add(&mut self, name: Name) {
        self.not.remove(&name);
        self.names.insert(name);
    }

    fn remove(&mut self, name: &Name) {
        self.names.remove(name);
        if self.all {
            self.not.insert(name.clone());
        }
    }
}

/// What may be taken. Without a word: wheels only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formats {
    /// Projects that come only as source distributions.
    source_only: Selection,
    /// Projects that may come as source distributions where no wheel fits.
    source_too: Selection,
}

impl Formats {
    /// Takes up one `--no-binary`: names separated by commas, `:all:`, or `:none:`. The last word on a name counts.
    ///
    /// # Errors
    ///
    /// Returns the part that is no name.
    pub fn no_binary(&mut self, value: &str) -> Result<(), String> {
        each(value, |word| match word {
            Word::All => self.source_only.add_all(),
            Word::None => self.source_only.clear(),
            Word::Name(name) => self.source_only.add(name),
        })
    }

    /// Takes up one `--only-binary`, which takes back what `--no-binary` and `--allow-sdist` have said.
    ///
    /// # Errors
    ///
    /// Returns the part that is no name.
    pub fn only_binary(&mut self, value: &str) -> Result<(), String> {
        each(value, |word| match word {
            Word::All => *self = Self::default(),
            // Wheels only is how it is without a word; to let sources in they must be named.
            Word::None => {}
            Word::Name(name) => {
                self.source_only.remove(&name);
                self.source_too.remove(&name);
            }
        })
    }

    /// Takes up one `--allow-sdist`.
    ///
    /// # Errors
    ///
    /// Returns the part that is no name.
    pub fn allow_sdist(&mut self, value: &str) -> Result<(), String> {
        each(value, |word| match word {
            Word::All => self.source_too.add_all(),
            Word::None => self.source_too.clear(),
            Word::Name(name) => self.source_too.add(name),
        })
    }

    /// Says whether a project may come as a wheel.
    pub fn wheel(&self, name: &Name) -> bool {
        !self.source_only.contains(name)
    }

    /// Says whether a project may come as a source distribution.
    pub fn sdist(&self, name: &Name) -> bool {
        self.source_only.contains(name) || self.source_too.contains(name)
    }
}

enum Word {
    All,
    None,
    Name(Name),
}

fn each(value: &str, mut take: impl FnMut(Word)) -> Result<(), String> {
    for word in value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        take(match word {
            ":all:" => Word::All,
            ":none:" => Word::None,
            name => Word::Name(Name::parse(name).map_err(|_| name.to_owned())?),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Formats, Name};

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn wheels_only_is_the_rule() {
        let formats = Formats::default();
        assert!(formats.wheel(&name("a")) && !formats.sdist(&name("a")));
    }

    #[test]
    fn the_last_word_on_a_name_counts() {
        let mut formats = Formats::default();
        formats.no_binary("a,B").unwrap();
        formats.only_binary("b").unwrap();
        assert!(!formats.wheel(&name("a")) && formats.sdist(&name("a")));
        assert!(formats.wheel(&name("b")) && !formats.sdist(&name("b")));
        formats.no_binary(":all:").unwrap();
        formats.only_binary("b").unwrap();
        assert!(formats.sdist(&name("c")) && !formats.sdist(&name("b")));
        formats.no_binary(":none:").unwrap();
        assert!(formats.wheel(&name("a")));
    }

    #[test]
    fn sources_may_be_let_in_where_no_wheel_fits() {
        let mut formats = Formats::default();
        formats.allow_sdist("a").unwrap();
        assert!(formats.wheel(&name("a")) && formats.sdist(&name("a")));
        assert_eq!(formats.allow_sdist("a, -b"), Err("-b".to_owned()));
    }
}
