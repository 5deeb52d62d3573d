//! Putting wheels and bytecode into the store: aside, then by renames.

use std::path::{Path, PathBuf};

use disk::Scratch;
use pyspec::hash::Hash;
use rustix::fs::{CWD, RenameFlags};
use wire::Progress;

use super::{FILL, Store, manifest};
use crate::error::Result;
use crate::files::{Root, each};
use crate::pyc::Compiled;
use crate::unpack::{Modes, Unpack, unpack};
use crate::wheel::Wheel;

/// What is being put into a store. Nothing of it is there for others before [`Fill::publish`]; dropping it removes it.
#[derive(Debug)]
pub struct Fill<'a> {
    store: &'a Store,
    scratch: Scratch,
    /// What is to be renamed: where it is, where it goes; wheels before bytecode.
    renames: Vec<(PathBuf, PathBuf)>,
}

impl<'a> Fill<'a> {
    pub(super) fn begin(store: &'a Store) -> Result<Self> {
        Ok(Self {
            store,
            scratch: Scratch::beside(&store.entries.join(FILL), 0o700)?,
            renames: Vec::new(),
        })
    }

    /// Unpacks wheels, and returns their trees, from which they can be linked at once.
    ///
    /// # Errors
    ///
    /// A content is not what RECORD says, a wheel changed meanwhile, or the system is in the way.
    pub fn unpack(
        &mut self,
        wheels: &[(&Wheel, &Hash)],
        threads: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<PathBuf>> {
        let root = Root::open(self.scratch.path())?;
        let packed = wheels.iter().filter_map(|(wheel, hash)| {
            let folder = |area: crate::place::Area, path: &str| {
                let above = format!("{}/{}/{}", hash.hex, manifest::TREE, area.name());
                crate::listing::join(&above, path)
            };
            Unpack::new(wheel, folder, None)
        });
        unpack(
            &packed.collect::<Vec<_>>(),
            &root,
            Modes::READ_ONLY,
            threads,
            progress,
        )?;
        each(wheels, threads, |(wheel, hash)| {
            let name = wheel.path().file_name().unwrap_or_default().to_string_lossy();
            let text = manifest::of_wheel(&name, wheel.facts(), wheel.listing());
            root.make_folders(&hash.hex)?;
            write(&root, &format!("{}/{}", hash.hex, manifest::NAME), &text)
        })?;
        let mut trees = Vec::new();
        for (_, hash) in wheels {
            let entry = self.scratch.path().join(&hash.hex);
            trees.push(entry.join(manifest::TREE));
            self.renames.push((entry, self.store.entry(hash)));
        }
        Ok(trees)
    }

    /// Makes the folder that the bytecode of a wheel is to be written into.
    ///
    /// # Errors
    ///
    /// The system is in the way.
    pub fn bytecode_tree(&self, hash: &Hash, key: &str) -> Result<PathBuf> {
        let tree = format!("{}.{key}/{}", hash.hex, manifest::TREE);
        Root::open(self.scratch.path())?.make_folders(&tree)?;
        Ok(self.scratch.path().join(tree))
    }

    /// Notes what was compiled into such a tree.
    ///
    /// # Errors
    ///
    /// The system is in the way.
    pub fn put_bytecode(&mut self, hash: &Hash, key: &str, compiled: &Compiled) -> Result<()> {
        let name = format!("{}.{key}", hash.hex);
        let root = Root::open(self.scratch.path())?;
        let text = manifest::of_bytecode(&compiled.listing);
        write(&root, &format!("{name}/{}", manifest::NAME), &text)?;
        let place = self.store.entry(hash).join(key);
        self.renames.push((self.scratch.path().join(name), place));
        Ok(())
    }

    /// Returns the folder that is filled.
    pub fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// Gives everything its final name; what another run has put there meanwhile stays, and is the same.
    ///
    /// That something cannot be put into the store is no failure: it will be unpacked again.
    pub fn publish(self) {
        for (from, to) in &self.renames {
            let _ = rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE);
        }
    }
}

fn write(root: &Root, path: &str, text: &[u8]) -> Result<()> {
    let mut output = root.create(path, Modes::READ_ONLY.plain)?;
    output.write(text)?;
    output.finish(None)
}
