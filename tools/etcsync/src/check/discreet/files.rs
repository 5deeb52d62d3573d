//! The files that a command may have quoted, private and public ones.

use super::Staged;
use crate::{place::Place, state::remembered::State, tree::entry};
use cli::Failure;
use disk::{Dir, FileKind};
use etc::TreePath;
use std::{collections::BTreeSet, fs::File, io::Read, os::unix::ffi::OsStrExt};
use wire::Kind;

/// A private file that is longer is taken to have been quoted everywhere, bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Whom a file is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Everybody.
    All,
    /// Not everybody.
    Few,
}

/// The files that a command may have quoted.
pub(super) struct Known<'a> {
    pub(super) place: &'a Place,
    pub(super) state: &'a State,
    pub(super) staged: Option<Staged<'a>>,
}

/// Takes the content of a file, in small letters.
pub(super) type Take<'a> = dyn FnMut(&[u8]) + 'a;

impl Known<'_> {
    /// Hands over the files that are for these readers.
    pub(super) fn each(&self, reader: Reader, take: &mut Take<'_>) -> Result<(), Failure> {
        if let Some((stage, changes)) = self.staged {
            for (number, change) in changes.iter().enumerate() {
                let wanted = change.op.secret == (reader == Reader::Few) && entry::is_file(&change.op.after);
                if wanted && let Ok(file) = stage.folder.open_file(number.to_string().as_ref()) {
                    read(file, reader, take)?;
                }
            }
        }
        let secrets = self
            .state
            .managed
            .iter()
            .filter(|(_, managed)| managed.concerns.secret);
        let secrets: BTreeSet<&TreePath> = secrets.map(|(path, _)| path).collect();
        let root = Folder {
            dir: &self.place.root,
            path: None,
            closed: false,
            secrets: &secrets,
        };
        root.each(reader, take)
    }

    /// Returns the paths that may be named: the plan names them too.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let changes = self.staged.iter().flat_map(|(_, changes)| changes.iter());
        let paths = self
            .state
            .managed
            .keys()
            .chain(changes.map(|change| &change.path));
        paths.map(TreePath::text).collect()
    }
}

/// A folder of the root; in a closed one all files are private.
struct Folder<'a> {
    dir: &'a Dir,
    path: Option<&'a TreePath>,
    closed: bool,
    secrets: &'a BTreeSet<&'a TreePath>,
}

impl Folder<'_> {
    /// Hands over the files below that are for these readers. What we may not open, a command of
    /// ours may not either.
    fn each(&self, reader: Reader, take: &mut Take<'_>) -> Result<(), Failure> {
        for name in self.dir.names()? {
            let Some(found) = self.dir.stat(&name)? else {
                continue;
            };
            let bytes = name.as_bytes();
            let Ok(path) = self
                .path
                .map_or_else(|| TreePath::new(bytes), |path| path.join(bytes))
            else {
                continue;
            };
            match found.kind {
                FileKind::Folder => {
                    let closed = self.closed || found.mode & 0o001 == 0;
                    if let Ok(dir) = self.dir.folder(&name) {
                        Folder {
                            dir: &dir,
                            path: Some(&path),
                            closed,
                            ..*self
                        }
                        .each(reader, take)?;
                    }
                }
                FileKind::File => {
                    let is_private = self.closed || found.mode & 0o004 == 0 || self.secrets.contains(&path);
                    let wanted = is_private == (reader == Reader::Few);
                    if wanted && let Ok(file) = self.dir.open_file(&name) {
                        read(file, reader, take)?;
                    }
                }
                FileKind::Link | FileKind::Other => {}
            }
        }
        Ok(())
    }
}

fn read(file: File, reader: Reader, take: &mut Take<'_>) -> Result<(), Failure> {
    let mut content = Vec::new();
    file.take(LONGEST).read_to_end(&mut content)?;
    if content.len() as u64 == LONGEST && reader == Reader::Few {
        return Err(Failure::new(Kind::Unsupported, "too long to compare"));
    }
    content.make_ascii_lowercase();
    take(&content);
    Ok(())
}
