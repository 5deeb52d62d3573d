//! What stands in the way of a rename although nothing forbids it.

use crate::{place::Place, root::crontab, root::look};
use cli::Failure;
use disk::Dir;
use etc::TreePath;
use rustix::fs::{AtFlags, StatxAttributes, StatxFlags, statx};
use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Finds obstacles; paths in one folder after another are cheapest.
#[derive(Debug)]
pub(crate) struct Obstacles<'a> {
    place: &'a Place,
    mounts: Vec<PathBuf>,
    /// The folder that was looked at last, if it is there, and what stands in the way of all in it.
    last: Option<(Vec<u8>, Option<Dir>, Option<&'static str>)>,
}

impl<'a> Obstacles<'a> {
    /// Begins with a root.
    pub(crate) fn new(place: &'a Place) -> Self {
        Self {
            place,
            mounts: mounts(),
            last: None,
        }
    }

    /// Says why a path cannot be replaced: it is a mount point, or marked immutable, or on another
    /// file system than the root.
    pub(crate) fn of(&mut self, path: &TreePath) -> Result<Option<&'static str>, Failure> {
        if crontab::are_applied(self.place) && crontab::is_about(path) {
            return Ok(None);
        }
        if self.mounts.contains(&self.place.real.join(path.as_path())) {
            return Ok(Some("something is mounted there"));
        }
        let (folder, general) = self.folder(path.folder())?;
        let is_immutable = folder.is_some_and(|folder| immutable(folder, OsStr::from_bytes(path.name())));
        Ok(if is_immutable { Some(IMMUTABLE) } else { general })
    }

    fn folder(&mut self, path: &[u8]) -> Result<(Option<&Dir>, Option<&'static str>), Failure> {
        let last = match self.last.take().filter(|(last, ..)| last == path) {
            Some(last) => last,
            None => {
                let folder = self.place.root.beneath(Path::new(OsStr::from_bytes(path))).ok();
                let general = folder.as_ref().map(|folder| general(self.place, folder));
                (path.to_owned(), folder, general.transpose()?.flatten())
            }
        };
        let (_, folder, general) = self.last.insert(last);
        Ok((folder.as_ref(), *general))
    }
}

const IMMUTABLE: &str = "it is marked immutable (chattr +i)";

fn general(place: &Place, folder: &Dir) -> Result<Option<&'static str>, Failure> {
    if immutable(folder, OsStr::new(".")) {
        return Ok(Some(IMMUTABLE));
    }
    let elsewhere = look::mount_of(folder)? != look::mount_of(&place.root)?;
    Ok(elsewhere.then_some("it is on another file system than the root"))
}

fn immutable(folder: &Dir, name: &OsStr) -> bool {
    let found = statx(folder, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE);
    found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::IMMUTABLE))
}

/// Lists the mount points of this process, as far as the kernel tells them.
fn mounts() -> Vec<PathBuf> {
    let text = fs_err::read("/proc/self/mountinfo").unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n');
    let points = lines.filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    points
        .map(|point| PathBuf::from(OsStr::from_bytes(&unescape(point))))
        .collect()
}

/// Undoes the octal escapes of mountinfo: `\040` for a blank.
fn unescape(text: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits
            .and_then(|digits| u8::from_str_radix(digits, 8).ok())
            .filter(|_| *first == b'\\');
        plain.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[3..] } else { after };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn mount_points_are_unescaped() {
        assert_eq!(unescape(br"/a\040b\134c"), br"/a b\c");
        assert_eq!(unescape(br"/a\04"), br"/a\04");
    }
}
