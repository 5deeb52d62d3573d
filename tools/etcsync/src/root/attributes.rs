//! Extended attributes: access control lists, labels, what users hang on files.
//!
//! New files are made elsewhere and renamed into place, so what a file takes over from the one
//! that it replaces, or from the folder that it comes to, is given to it by hand.

use crate::{
    place::Place, root::look, state::remembered::State, tree::change::Change, tree::entry::Attributes,
};
use cli::Failure;
use disk::Dir;
use etc::TreePath;
use rustix::{
    fd::AsFd,
    fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr},
    io::Errno,
};
use std::{fs::File, io, path::Path};
use wire::etc::Entry;

/// What belongs to the content, and would be wrong on another one.
const OF_CONTENT: [&str; 3] = ["security.capability", "security.ima", "security.evm"];

/// Labels that a new file takes from its folder.
const LABELS: [&str; 2] = ["security.selinux", "security.SMACK64"];

const DEFAULT_LIST: &str = "system.posix_acl_default";
const ACCESS_LIST: &str = "system.posix_acl_access";

/// The longest that the kernel allows, bytes.
const LONGEST: usize = 64 * 1024;

/// Returns what a file that a change makes is to have: its own from before etcsync, or else those
/// of the file that it replaces, or else what its folder passes on.
pub(crate) fn wanted(
    inheritance: &mut Inheritance<'_>,
    old: &State,
    change: &Change,
) -> Result<Attributes, Failure> {
    let known = old.managed.get(&change.path);
    if let Some(known) = known.filter(|known| known.original == change.op.after) {
        return Ok(known.attributes.clone());
    }
    match change.op.before {
        Entry::File { .. } => {
            let mut attributes = change.attributes.clone();
            attributes.retain(|name, _| !OF_CONTENT.contains(&name.as_str()));
            Ok(attributes)
        }
        _ => inheritance.of(&change.path),
    }
}

/// What new files get from their folders, asked for once while the folder is the same.
#[derive(Debug)]
pub(crate) struct Inheritance<'a> {
    place: &'a Place,
    last: Option<(Vec<u8>, Attributes)>,
}

impl<'a> Inheritance<'a> {
    /// Begins with a root.
    pub(crate) fn new(place: &'a Place) -> Self {
        Self { place, last: None }
    }

    fn of(&mut self, path: &TreePath) -> Result<Attributes, Failure> {
        if let Some((_, known)) = self.last.as_ref().filter(|(folder, _)| folder == path.folder()) {
            return Ok(known.clone());
        }
        let attributes = inherited(self.place, path)?;
        self.last = Some((path.folder().to_owned(), attributes.clone()));
        Ok(attributes)
    }
}

/// Returns what a new file gets from its folder, or from the one in which that will be made.
fn inherited(place: &Place, path: &TreePath) -> Result<Attributes, Failure> {
    let folder = nearest(place, path)?;
    let mut attributes = Attributes::new();
    for name in LABELS {
        attributes.extend(value(&folder, name)?.map(|value| (name.to_owned(), value)));
    }
    // The mode, set afterwards, limits the list as it does for a file made in the folder itself.
    let list = value(&folder, DEFAULT_LIST)?;
    attributes.extend(list.map(|list| (ACCESS_LIST.to_owned(), list)));
    Ok(attributes)
}

fn nearest(place: &Place, path: &TreePath) -> Result<Dir, Failure> {
    for folder in path.parents().iter().rev() {
        match place.root.beneath(folder.as_path()) {
            Err(error) if look::is_absent(&error) => {}
            opened => return Ok(opened?),
        }
    }
    Ok(place.root.beneath(Path::new("."))?)
}

/// Gives a file attributes, as far as the file system and our rights allow; returns the names of
/// those that it did not get.
pub(crate) fn give(file: &File, attributes: &Attributes) -> Result<Vec<String>, Failure> {
    let mut lost = Vec::new();
    for (name, value) in attributes {
        match fsetxattr(file, name.as_str(), value, XattrFlags::empty()) {
            Ok(()) => {}
            Err(Errno::NOTSUP | Errno::PERM | Errno::ACCESS) => lost.push(name.clone()),
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
    Ok(lost)
}

/// Returns what hangs on a file.
pub(crate) fn read(file: &File) -> Result<Attributes, Failure> {
    let list = whole(|place| flistxattr(file, place))?.unwrap_or_default();
    let mut attributes = Attributes::new();
    for name in list.split(|byte| *byte == 0) {
        if let Some(name) = std::str::from_utf8(name).ok().filter(|name| !name.is_empty()) {
            attributes.extend(value(file, name)?.map(|value| (name.to_owned(), value)));
        }
    }
    Ok(attributes)
}

fn value(of: impl AsFd, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    whole(|place| fgetxattr(&of, name, place))
}

/// Returns what a call writes into the place that it is given: a short one first, then the longest.
fn whole(call: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Option<Vec<u8>>, Failure> {
    let mut short = [0; 256];
    match call(&mut short) {
        Ok(length) => Ok(Some(short[..length].to_vec())),
        Err(Errno::NODATA | Errno::NOTSUP) => Ok(None),
        Err(Errno::RANGE) => {
            let mut long = vec![0; LONGEST];
            let length = call(&mut long).map_err(io::Error::from)?;
            long.truncate(length);
            long.shrink_to_fit();
            Ok(Some(long))
        }
        Err(error) => Err(io::Error::from(error).into()),
    }
}
