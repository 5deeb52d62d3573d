//! Bytecode: which modules of a wheel are compiled, and where the results go.

use std::collections::BTreeSet;

use crate::listing::{Entry, Item, Listing, join};
use crate::place::Area;
use crate::plan::Laid;
use crate::wheel::Wheel;

/// The bytecode of one wheel, by one interpreter.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// Its files.
    pub(crate) listing: Listing,
}

/// A module to be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The part of the environment that it is in.
    pub area: Area,
    /// Its path there.
    pub path: String,
    /// The path of its bytecode there.
    pub bytecode: String,
    /// Its size in bytes.
    pub size: u64,
}

/// A file of bytecode that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytecode {
    /// The part of the environment that it is for.
    pub area: Area,
    /// Its path there.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of its content, as RECORD writes it.
    pub digest: String,
}

/// Lists the modules of a wheel that are to be compiled; `tag` is the interpreter's, `cpython-312`.
///
/// A module whose bytecode the wheel itself brings is not: RECORD vouches for that.
pub fn modules(wheel: &Wheel, tag: &str) -> Vec<Module> {
    let listing = wheel.listing();
    let module = |file: &Entry| {
        let name = listing.name(file);
        let folder = listing.folders().get(file.folder as usize)?;
        if !folder.area.has_modules() || !name.ends_with(".py") {
            return None;
        }
        let (area, path) = listing.path(file);
        let bytecode = bytecode_path(&path, tag);
        listing.position(area, &bytecode).is_none().then_some(Module {
            area,
            path,
            bytecode,
            size: file.size,
        })
    };
    listing.files().iter().filter_map(module).collect()
}

/// Returns where an interpreter looks for the bytecode of a module: `a/__pycache__/b.cpython-312.pyc` for `a/b.py`.
fn bytecode_path(source: &str, tag: &str) -> String {
    let (folder, name) = source.rsplit_once('/').unwrap_or(("", source));
    let stem = name.strip_suffix(".py").unwrap_or(name);
    let slash = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{slash}__pycache__/{stem}.{tag}.pyc")
}

impl Compiled {
    /// Lists what was compiled.
    pub fn of(files: impl IntoIterator<Item = Bytecode>) -> Self {
        let item = |file: Bytecode| Item {
            area: file.area,
            path: file.path,
            size: file.size,
            executable: false,
            script: false,
            digest: file.digest,
        };
        let mut items: Vec<Item> = files.into_iter().map(item).collect();
        items.sort_unstable();
        Self {
            listing: Listing::of(&items),
        }
    }

    /// Leaves out what lies, as `laid` has it, at one of these paths.
    #[must_use]
    pub fn without(self, laid: &Laid, paths: &BTreeSet<String>) -> Self {
        if paths.is_empty() {
            return self;
        }
        let file = |file: &Entry| {
            let (area, path) = self.listing.path(file);
            let is_taken = paths.contains(&join(laid.area(area), &path));
            (!is_taken).then(|| Bytecode {
                area,
                path,
                size: file.size,
                digest: self.listing.digest(file).to_owned(),
            })
        };
        Self::of(self.listing.files().iter().filter_map(file))
    }

    /// Returns how many files there are.
    pub fn files(&self) -> u64 {
        self.listing.files().len() as u64
    }

    /// Returns a text that is equal for equal bytecode.
    pub fn identity(&self) -> &str {
        self.listing.text()
    }

    /// Returns the numbers of the files that are not installed.
    pub(crate) fn skipped(&self, laid: &Laid, modules: &Listing) -> BTreeSet<u32> {
        let skipped = laid
            .skip
            .iter()
            .filter_map(|number| modules.files().get(*number as usize));
        let sources: Vec<(Area, String)> = skipped.map(|file| modules.path(file)).collect();
        if sources.is_empty() {
            return BTreeSet::new();
        }
        let is_skipped = |file: &Entry| {
            let (area, path) = self.listing.path(file);
            source_of(&path).is_some_and(|source| sources.contains(&(area, source)))
        };
        let files = self.listing.files().iter().zip(0..);
        files
            .filter(|(file, _)| is_skipped(file))
            .map(|(_, number)| number)
            .collect()
    }
}

/// Returns the module that a file of bytecode was made of: `a/b.py` for `a/__pycache__/b.cpython-312.pyc`.
pub(crate) fn source_of(path: &str) -> Option<String> {
    let (folder, name) = path.strip_suffix(".pyc")?.rsplit_once("__pycache__/")?;
    let stem = name.split(".cpython-").next()?.split(".pypy").next()?;
    Some(format!("{folder}{stem}.py"))
}

#[cfg(test)]
mod tests {
    use super::{bytecode_path, source_of};

    #[test]
    fn bytecode_has_a_source() {
        for source in ["a/b.py", "b.py", "a/b.c.py"] {
            assert_eq!(
                source_of(&bytecode_path(source, "cpython-312")).as_deref(),
                Some(source)
            );
        }
        assert_eq!(
            source_of("a/__pycache__/b.cpython-312.opt-1.pyc").as_deref(),
            Some("a/b.py")
        );
        assert_eq!(source_of("a/b.pyc"), None);
        assert_eq!(source_of("a/b.py"), None);
    }
}
