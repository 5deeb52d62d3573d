//! Writing a plan: what the wheels bring, then what is made beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use wire::Progress;

use crate::error::Result;
use crate::files::{Root, each};
use crate::link::{LinkMode, Tree, link};
use crate::listing::{Folder, Listing};
use crate::plan::{Laid, Made, Part, Plan};
use crate::pyc::Compiled;
use crate::record::record;
use crate::unpack::{Modes, Unpack, unpack};
use crate::wheel::Origin;

/// How a plan is written.
pub struct Options<'a> {
    /// How many threads write.
    pub threads: usize,
    /// How files get from a store into the environment.
    pub link_mode: LinkMode,
    /// The time of change of what is made beside the wheels' files, in seconds since 1970; without one, the time of
    /// writing.
    pub modified: Option<i64>,
    /// Who is told.
    pub progress: &'a dyn Progress,
}

/// Where the files of a part come from.
#[derive(Clone, Debug, Default)]
pub struct Supply {
    /// The unpacked tree; without one, that of a stored wheel, or the archive.
    pub tree: Option<PathBuf>,
    /// The bytecode, and the tree that it is in; without a tree it is in the environment already.
    pub bytecode: Option<(Compiled, Option<PathBuf>)>,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The number of files.
    pub files: u64,
    /// The sum of their sizes in bytes.
    pub bytes: u64,
    /// How many of them were copied out of a store, rather than linked.
    pub copied: u64,
}

/// Writes all files of a plan below a folder. None of them may exist. Without a store: archives are unpacked.
///
/// # Errors
///
/// As [`place`] and [`finish`].
pub fn install(plan: &Plan, parts: &[Part], root: &Path, options: &Options) -> Result<Written> {
    let supplies = vec![Supply::default(); parts.len()];
    let mut written = place(plan, parts, &supplies, root, options)?;
    let made = records(plan, parts, &supplies, options.threads);
    finish(plan, &made, root, options)?;
    written.files += made.len() as u64;
    Ok(written)
}

/// Puts the wheels' own files, and their bytecode, below a folder.
///
/// Unpacked files get the modes 0644, or 0755 for what can be executed, whatever the umask says; links have those of
/// the store. After a failure some of the files are there: the folder is the caller's to remove.
///
/// # Errors
///
/// A content is not what RECORD says, a wheel changed meanwhile, the store is damaged, or the system is in the way.
pub fn place(
    plan: &Plan,
    parts: &[Part],
    supplies: &[Supply],
    root: &Path,
    options: &Options,
) -> Result<Written> {
    let root = Root::open(root)?;
    let mut packed = Vec::new();
    let mut trees = Vec::new();
    for ((laid, part), supply) in plan.parts.iter().zip(parts).zip(supplies) {
        let listing = part.wheel.listing();
        match (&supply.tree, part.wheel.origin()) {
            (Some(path), _) | (None, Origin::Tree(path)) => trees.push(Tree {
                is_fresh: supply.tree.is_some(),
                ..tree(path, listing, laid, laid.skip.clone())
            }),
            (None, Origin::Archive(..)) => {
                let folder = |area, path: &str| crate::listing::join(laid.area(area), path);
                packed.extend(Unpack::new(part.wheel, folder, Some(&laid.skip)));
            }
        }
        if let Some((compiled, Some(path))) = &supply.bytecode {
            let skip = compiled.skipped(laid, listing);
            trees.push(Tree {
                is_shared: true,
                ..tree(path, &compiled.listing, laid, skip)
            });
        }
    }
    if !packed.is_empty() {
        unpack(&packed, &root, Modes::WRITABLE, options.threads, options.progress)?;
    }
    let linked = link(&trees, &root, options.link_mode, options.threads)?;
    let kept = plan
        .parts
        .iter()
        .zip(parts)
        .map(|(laid, part)| kept(laid, part.wheel.listing()));
    let (files, bytes) = kept.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    Ok(Written {
        files,
        bytes,
        copied: linked.copied,
    })
}

fn tree<'a>(path: &Path, listing: &'a Listing, laid: &Laid, skip: BTreeSet<u32>) -> Tree<'a> {
    let folder = |folder: &Folder| laid.folder(folder, listing.folder_path(folder));
    Tree {
        path: path.to_owned(),
        listing,
        folders: listing.folders().iter().map(folder).collect(),
        skip,
        is_shared: false,
        is_fresh: false,
    }
}

/// Returns how many files a part installs as they are, and their bytes.
fn kept(laid: &Laid, listing: &Listing) -> (u64, u64) {
    let files = listing.files().iter().zip(0u32..);
    let kept = files.filter(|(_, number)| !laid.skip.contains(number));
    kept.fold((0, 0), |sum, (file, _)| (sum.0 + 1, sum.1 + file.size))
}

/// Returns the RECORD of each part.
pub fn records(plan: &Plan, parts: &[Part], supplies: &[Supply], threads: usize) -> Vec<Made> {
    let places: Vec<OnceLock<Made>> = parts.iter().map(|_| OnceLock::new()).collect();
    let numbers: Vec<usize> = (0..parts.len()).collect();
    let write = |number: &usize| {
        let bytecode = supplies[*number].bytecode.as_ref().map(|(compiled, _)| compiled);
        let listing = parts[*number].wheel.listing();
        let made = places[*number].get_or_init(|| record(&plan.parts[*number], listing, bytecode));
        // The tree's digest asks for it, when no other thread has work any more.
        made.digest();
        Ok(())
    };
    // Nothing in it can fail.
    let _ = each(&numbers, threads, write);
    places.into_iter().filter_map(OnceLock::into_inner).collect()
}

/// Writes what is made beside the wheels' files: commands, the files about the installation, and the RECORDs.
///
/// # Errors
///
/// The system is in the way.
pub fn finish(plan: &Plan, records: &[Made], root: &Path, options: &Options) -> Result<()> {
    let root = Root::open(root)?;
    let made = plan.parts.iter().flat_map(|laid| &laid.made).chain(records);
    let made: Vec<&Made> = made.filter(|made| !made.dropped).collect();
    each(&made, options.threads, |made| {
        let (folder, _) = made.path.rsplit_once('/').unwrap_or_default();
        let create = || root.create(&made.path, Modes::WRITABLE.of(made.executable));
        let mut output = root.in_folder(folder, create)?;
        if !made.content.is_empty() {
            output.write(&made.content)?;
        }
        output.finish(options.modified)
    })
}
