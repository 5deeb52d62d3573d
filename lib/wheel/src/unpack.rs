//! Unpacking wheels: the members of all of them in one queue, each verified on its way.

use std::collections::BTreeSet;

use wire::Progress;

use crate::digest::Hasher;
use crate::error::Result;
use crate::files::{MODIFIED, Root, each, each_with};
use crate::listing::{Entry, Listing, join};
use crate::read::{compare, verify};
use crate::wheel::{Origin, Wheel};
use crate::zip::{Archive, Content, Member, WHOLE};

/// A wheel to be unpacked.
pub(crate) struct Unpack<'a> {
    archive: &'a Archive,
    listing: &'a Listing,
    members: &'a [u32],
    /// Where each folder of the listing goes, relative to the root.
    folders: Vec<String>,
    /// The files that are left out.
    skip: Option<&'a BTreeSet<u32>>,
}

impl<'a> Unpack<'a> {
    /// Returns what is to be done with a wheel; nothing if it is unpacked already.
    pub(crate) fn new(
        wheel: &'a Wheel,
        folder: impl Fn(crate::place::Area, &str) -> String,
        skip: Option<&'a BTreeSet<u32>>,
    ) -> Option<Self> {
        let Origin::Archive(archive, members) = wheel.origin() else {
            return None;
        };
        let listing = wheel.listing();
        let folders = listing.folders().iter();
        Some(Self {
            archive,
            listing,
            members,
            folders: folders
                .map(|one| folder(one.area, listing.folder_path(one)))
                .collect(),
            skip,
        })
    }
}

/// The modes of files, and of those that can be executed.
#[derive(Clone, Copy)]
pub(crate) struct Modes {
    pub(crate) plain: u32,
    pub(crate) executable: u32,
}

impl Modes {
    /// As pip leaves them.
    pub(crate) const WRITABLE: Self = Self {
        plain: 0o644,
        executable: 0o755,
    };
    /// For files that several environments share.
    pub(crate) const READ_ONLY: Self = Self {
        plain: 0o444,
        executable: 0o555,
    };

    pub(crate) fn of(self, executable: bool) -> u32 {
        if executable { self.executable } else { self.plain }
    }
}

/// How much content one piece of work has, in bytes.
const RUN: u64 = 1 << 20;

/// Unpacks wheels below a root. After a failure some of the files are there: the root is the caller's to remove.
pub(crate) fn unpack(
    wheels: &[Unpack],
    root: &Root,
    modes: Modes,
    threads: usize,
    progress: &dyn Progress,
) -> Result<()> {
    make_folders(wheels, root, threads)?;
    let tasks = tasks(wheels);
    let files = tasks.iter().map(Task::files).sum();
    progress.begin("unpacking", files, Some(tasks.iter().map(Task::bytes).sum()));
    let done = each_with(&tasks, threads, Content::default, |task, content| {
        task.perform(root, modes, content)?;
        progress.advance(task.files(), task.bytes());
        Ok(())
    });
    progress.end();
    done?;
    wheels
        .iter()
        .try_for_each(|wheel| wheel.archive.check_unchanged())
}

/// How many folders one thread makes in a row.
const FOLDERS: usize = 64;

/// Makes all folders. There are thousands: making them takes as long as unpacking small wheels.
fn make_folders(wheels: &[Unpack], root: &Root, threads: usize) -> Result<()> {
    let folders = wheels.iter().flat_map(|wheel| &wheel.folders).map(String::as_str);
    let mut folders: Vec<&str> = folders.filter(|folder| !folder.is_empty()).collect();
    folders.sort_unstable();
    folders.dedup();
    let runs: Vec<&[&str]> = folders.chunks(FOLDERS).collect();
    // A thread whose run begins below a folder that another is yet to make makes that as well.
    each(&runs, threads, |run| {
        run.iter().try_for_each(|path| root.make_folders(path))
    })
}

/// A piece of work for one thread: members that lie side by side in an archive, and the file that becomes of each; a
/// large member has a piece for itself.
struct Task<'a> {
    wheel: &'a Unpack<'a>,
    members: &'a [Member],
    files: Vec<u32>,
}

impl Task<'_> {
    fn bytes(&self) -> u64 {
        self.members.iter().map(|member| member.size).sum()
    }

    fn files(&self) -> u64 {
        self.files.len() as u64
    }

    fn perform(&self, root: &Root, modes: Modes, content: &mut Content) -> Result<()> {
        let archive = self.wheel.archive;
        let mut files = self.files.iter();
        if let [member] = self.members
            && member.size > WHOLE
        {
            return self.flow(root, modes, content);
        }
        content.each(archive, self.members, |member, bytes| {
            let Some((file, path)) = files.next().and_then(|number| self.file(*number)) else {
                return Ok(());
            };
            verify(
                archive,
                member,
                self.wheel.listing.parsed_digest(file).as_ref(),
                bytes,
            )?;
            let mut output = root.create(&path, modes.of(file.executable))?;
            if !bytes.is_empty() {
                output.write(bytes)?;
            }
            output.finish(Some(MODIFIED))
        })
    }

    fn flow(&self, root: &Root, modes: Modes, content: &mut Content) -> Result<()> {
        let archive = self.wheel.archive;
        let (Some(member), Some((file, path))) = (
            self.members.first(),
            self.files.first().and_then(|number| self.file(*number)),
        ) else {
            return Ok(());
        };
        let expected = self.wheel.listing.parsed_digest(file);
        let mut output = root.create(&path, modes.of(file.executable))?;
        let mut hasher = expected.as_ref().map(|digest| Hasher::new(digest.algorithm));
        content.flow(archive, member, |piece| {
            if let Some(hasher) = &mut hasher {
                hasher.update(piece);
            }
            output.write(piece)
        })?;
        if let (Some(hasher), Some(expected)) = (hasher, &expected) {
            compare(archive, member, expected, &hasher.finish())?;
        }
        output.finish(Some(MODIFIED))
    }

    fn file(&self, number: u32) -> Option<(&Entry, String)> {
        let (file, name) = self.wheel.listing.file(number)?;
        Some((file, join(self.wheel.folders.get(file.folder as usize)?, name)))
    }
}

/// Cuts the wheels into pieces, the large ones first so that none is left over for one thread alone.
fn tasks<'a>(wheels: &'a [Unpack]) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    for wheel in wheels {
        let mut wanted: Vec<Option<u32>> = vec![None; wheel.archive.members().len()];
        for (member, file) in wheel.members.iter().zip(0..) {
            if !wheel.skip.is_some_and(|skip| skip.contains(&file)) {
                wanted[*member as usize] = Some(file);
            }
        }
        push_runs(&mut tasks, wheel, &wanted);
    }
    tasks.sort_by_cached_key(|task| std::cmp::Reverse(task.bytes()));
    tasks
}

fn push_runs<'a>(tasks: &mut Vec<Task<'a>>, wheel: &'a Unpack, wanted: &[Option<u32>]) {
    let members = wheel.archive.members();
    let mut start = 0;
    while start < members.len() {
        let (mut end, mut bytes) = (start, 0);
        while end < members.len() && members[end].size <= WHOLE && wanted[end].is_some() && bytes < RUN {
            bytes += members[end].size;
            end += 1;
        }
        // A member that does not fit is a piece for itself, or nothing.
        let end = end.max(start + 1);
        let files: Vec<u32> = wanted[start..end].iter().flatten().copied().collect();
        if !files.is_empty() {
            tasks.push(Task {
                wheel,
                members: &members[start..end],
                files,
            });
        }
        start = end;
    }
}
