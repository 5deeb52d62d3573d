//! Looking at what is in the store.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::{Scripts, Store, manifest, names};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::files::each;
use crate::link::{damaged, difference};
use crate::listing::{Entry as File, Listing};
use crate::verify::digest;
use crate::wheel::{Origin, Wheel};

/// An entry of the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The hexadecimal sha256 of the wheel.
    pub sha256: String,
    /// The name of the wheel's file; none if the entry cannot be read.
    pub wheel: Option<String>,
    /// How many files it has, bytecode included.
    pub files: u64,
    /// The sum of their sizes in bytes.
    pub bytes: u64,
    /// The interpreters whose bytecode it has.
    pub bytecode: Vec<String>,
    /// Whether an environment has links to its files.
    pub used: bool,
}

/// Something in the store that is not as it was put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The path.
    pub path: PathBuf,
    /// How it differs.
    pub why: String,
}

/// What came of comparing a store with its manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many entries there are.
    pub entries: u64,
    /// How many files were read.
    pub files: u64,
    /// What is not as it was put there.
    pub damages: Vec<Damage>,
}

/// A tree of the store: of a wheel or of bytecode.
struct Tree<'a> {
    path: PathBuf,
    listing: Cow<'a, Listing>,
}

impl Store {
    /// Lists what is in the store.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        names(&self.entries)?
            .into_iter()
            .map(|name| self.describe(name))
            .collect()
    }

    fn describe(&self, sha256: String) -> Result<Entry> {
        let folder = self.entries.join(&sha256);
        let Ok(trees) = trees(&folder) else {
            return Ok(Entry {
                sha256,
                ..Entry::default()
            });
        };
        let files = trees.iter().flat_map(|tree| tree.listing.files());
        let (count, bytes) = files.fold((0, 0), |sum, file| (sum.0 + 1, sum.1 + file.size));
        let text = manifest::read(&folder)?.unwrap_or_default();
        Ok(Entry {
            sha256,
            wheel: manifest::parse_wheel(text).map(|(name, ..)| name),
            files: count,
            bytes,
            bytecode: keys(&folder)?,
            used: trees.iter().any(is_used),
        })
    }

    /// Removes the entries that no environment has links to, damaged ones too, and returns the removed.
    ///
    /// Those of which environments have copies are not seen to be used; they are only unpacked again.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn prune(&self) -> Result<Vec<Entry>> {
        let unused: Vec<Entry> = self.entries()?.into_iter().filter(|entry| !entry.used).collect();
        let is_removed = |entry: &Entry| self.discard(&self.entries.join(&entry.sha256));
        Ok(unused.into_iter().filter(is_removed).collect())
    }

    /// Reads everything, compares it with the manifests, and removes the entries that are damaged.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub fn verify(&self, threads: usize) -> Result<Verified> {
        let names = names(&self.entries)?;
        let found = Mutex::new(Verified {
            entries: names.len() as u64,
            ..Verified::default()
        });
        each(&names, threads, |name| {
            let (files, damages) = self.verify_one(&self.entries.join(name));
            if !damages.is_empty() {
                self.discard(&self.entries.join(name));
            }
            if let Ok(mut found) = found.lock() {
                found.files += files;
                found.damages.extend(damages);
            }
            Ok(())
        })?;
        let mut found = found.into_inner().unwrap_or_default();
        found.damages.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    fn verify_one(&self, entry: &Path) -> (u64, Vec<Damage>) {
        let trees = match trees(entry) {
            Ok(trees) => trees,
            Err(error) => return (0, vec![damage(entry, error)]),
        };
        let mut damages = Vec::new();
        let mut files = 0;
        for tree in &trees {
            files += tree.listing.files().len() as u64;
            let compared = tree.listing.files().iter().map(|file| tree.compare(file));
            damages.extend(compared.filter_map(Result::err).map(|error| damage(entry, error)));
            damages.extend(tree.extra());
        }
        (files, damages)
    }

    /// Reads every file of a wheel, and of its bytecode, and compares it with the manifest.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if one differs.
    pub fn compare(&self, wheel: &Wheel, threads: usize) -> Result<()> {
        let Origin::Tree(path) = wheel.origin() else {
            return Ok(());
        };
        let trees = trees(path.parent().unwrap_or(path))?;
        let pairs = trees
            .iter()
            .flat_map(|tree| tree.listing.files().iter().map(move |file| (tree, file)));
        each(&pairs.collect::<Vec<_>>(), threads, |(tree, file)| {
            tree.compare(file)
        })
    }
}

fn damage(entry: &Path, error: Error) -> Damage {
    match error {
        Error::Damaged { path, why } => Damage { path, why },
        error => Damage {
            path: entry.to_owned(),
            why: error.to_string(),
        },
    }
}

impl Tree<'_> {
    fn place(&self, file: &File) -> PathBuf {
        let (area, path) = self.listing.path(file);
        self.path.join(area.name()).join(path)
    }

    /// Reads a file and compares it with the manifest.
    fn compare(&self, file: &File) -> Result<()> {
        let path = self.place(file);
        compare_visible(&path, file)?;
        let expected = match self.listing.digest(file) {
            // A signature: RECORD cannot vouch for it.
            "" => return Ok(()),
            text => Digest::of_record(text).ok_or_else(|| damaged(&path, "its digest cannot be read"))?,
        };
        let found = digest(&path, &expected, &mut vec![0; 64 << 10]);
        match found.map_err(|error| damaged(&path, &error.to_string()))? {
            found if found == expected => Ok(()),
            _ => Err(damaged(&path, "its content is another")),
        }
    }

    /// Lists the files that no manifest knows.
    fn extra(&self) -> Vec<Damage> {
        let known: BTreeSet<PathBuf> = self.listing.files().iter().map(|file| self.place(file)).collect();
        let mut folders = vec![self.path.clone()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                } else if !known.contains(&path) {
                    found.push(Damage {
                        path,
                        why: "the manifest does not list it".to_owned(),
                    });
                }
            }
        }
        found
    }
}

/// Compares what can be seen of a file without reading it.
fn compare_visible(path: &Path, file: &File) -> Result<()> {
    let found = rustix::fs::lstat(path).map_err(|error| damaged(path, &error.to_string()))?;
    match difference(&found, file, rustix::process::geteuid().as_raw()) {
        Some(why) => Err(damaged(path, why)),
        None => Ok(()),
    }
}

/// Reads the scripts that begin with `#!python`.
pub(super) fn scripts(tree: &Path, listing: &Listing) -> Result<Scripts> {
    let tree = Tree {
        path: tree.to_owned(),
        listing: Cow::Borrowed(listing),
    };
    let mut scripts = Scripts::new();
    for (file, number) in listing.files().iter().zip(0..).filter(|(file, _)| file.script) {
        tree.compare(file)?;
        let path = tree.place(file);
        let content = fs_err::read(&path).map_err(|error| damaged(&path, &error.to_string()))?;
        scripts.insert(number, content);
    }
    Ok(scripts)
}

/// Reads the manifests of an entry: the wheel's, and those of its bytecode.
fn trees(entry: &Path) -> Result<Vec<Tree<'static>>> {
    let bad = |path: &Path| damaged(&path.join(manifest::NAME), "it is no manifest");
    let text = manifest::read(entry)?.ok_or_else(|| bad(entry))?;
    let (_, _, listing) = manifest::parse_wheel(text).ok_or_else(|| bad(entry))?;
    let mut trees = vec![Tree {
        path: entry.join(manifest::TREE),
        listing: Cow::Owned(listing),
    }];
    for key in keys(entry)? {
        let folder = entry.join(key);
        let text = manifest::read(&folder)?.ok_or_else(|| bad(&folder))?;
        trees.push(Tree {
            path: folder.join(manifest::TREE),
            listing: Cow::Owned(manifest::parse_bytecode(text).ok_or_else(|| bad(&folder))?),
        });
    }
    Ok(trees)
}

/// Lists the interpreters whose bytecode an entry has.
fn keys(entry: &Path) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    for found in fs_err::read_dir(entry)? {
        let name = found?.file_name().into_string().unwrap_or_default();
        if name != manifest::NAME && name != manifest::TREE {
            keys.push(name);
        }
    }
    keys.sort();
    Ok(keys)
}

fn is_used(tree: &Tree<'_>) -> bool {
    let mut files = tree.listing.files().iter();
    files.any(|file| fs_err::symlink_metadata(tree.place(file)).is_ok_and(|found| found.nlink() > 1))
}
