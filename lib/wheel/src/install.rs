//! Writing a plan: what the wheels bring, then what is made beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use wire::Progress;

use crate::digest::Digest;
use crate::error::Result;
use crate::files::{Root, each_with};
use crate::link::{LinkMode, Tree, link};
use crate::listing::{Folder, Listing};
use crate::plan::{Laid, Part, Plan};
use crate::pyc::Compiled;
use crate::record;
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
    finish(plan, parts, &supplies, root, options)?;
    written.files += parts.len() as u64;
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
    let kept = files.filter(|(_, number)| laid.skip.is_empty() || !laid.skip.contains(number));
    kept.fold((0, 0), |sum, (file, _)| (sum.0 + 1, sum.1 + file.size))
}

/// Writes what is made beside the wheels' files: commands, the files about the installation, and the RECORDs, whose
/// digests it returns in the order of the parts.
///
/// # Errors
///
/// The system is in the way.
pub fn finish(
    plan: &Plan,
    parts: &[Part],
    supplies: &[Supply],
    root: &Path,
    options: &Options,
) -> Result<Vec<Digest>> {
    let root = Root::open(root)?;
    let create = |path: &str, content: &[u8], mode| {
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        let mut output = root.in_folder(folder, || root.create(path, mode))?;
        if !content.is_empty() {
            output.write(content)?;
        }
        output.finish(options.modified)
    };
    let digests: Vec<OnceLock<Digest>> = parts.iter().map(|_| OnceLock::new()).collect();
    let numbers: Vec<usize> = (0..parts.len()).collect();
    each_with(&numbers, options.threads, String::new, |number, text| {
        let laid = &plan.parts[*number];
        for made in laid.made.iter().filter(|made| !made.dropped) {
            create(&made.path, &made.content, Modes::WRITABLE.of(made.executable))?;
        }
        let bytecode = supplies[*number].bytecode.as_ref().map(|(compiled, _)| compiled);
        text.clear();
        record::write(text, laid, parts[*number].wheel.listing(), bytecode);
        create(&laid.record, text.as_bytes(), Modes::WRITABLE.of(false))?;
        digests[*number].get_or_init(|| Digest::sha256(text.as_bytes()));
        Ok(())
    })?;
    Ok(digests.into_iter().filter_map(OnceLock::into_inner).collect())
}
