//! What can be seen of an environment's files without reading them.

use std::collections::HashMap;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use wire::environment::{Difference, Finding};

use crate::error::Result;
use crate::unpack::Modes;
use crate::verify::finding;

/// What can be seen of one file, folder or link.
pub(crate) struct Seen {
    pub(crate) size: u64,
    kind: std::fs::FileType,
    mode: u32,
    owner: u32,
    links: u64,
}

/// The bits that let others than the owner write.
const OTHERS_WRITE: u32 = 0o022;

impl Seen {
    fn of(found: &std::fs::Metadata) -> Self {
        Self {
            size: if found.is_file() { found.len() } else { 0 },
            kind: found.file_type(),
            mode: found.mode() & 0o7777,
            owner: found.uid(),
            links: found.nlink(),
        }
    }

    pub(crate) fn is_file(&self) -> bool {
        self.kind.is_file()
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.kind.is_dir()
    }

    /// Names what it is.
    pub(crate) fn kind(&self) -> &'static str {
        match self.kind {
            kind if kind.is_file() => "a file",
            kind if kind.is_dir() => "a folder",
            kind if kind.is_symlink() => "a link",
            kind if kind.is_fifo() => "a pipe",
            _ => "something else",
        }
    }

    /// Says which modes it may have, if it has another.
    fn other_mode(&self) -> Option<&'static str> {
        let is_one_of = |modes: Modes| [modes.plain, modes.executable].contains(&self.mode);
        if self.is_folder() {
            return (self.mode & OTHERS_WRITE != 0).then_some("0755");
        }
        match self.links {
            _ if !self.is_file() || is_one_of(Modes::READ_ONLY) => None,
            1 => (!is_one_of(Modes::WRITABLE)).then_some("0644 or 0755"),
            // What is shared is read-only: who writes to it writes to all environments.
            _ => Some("0444 or 0555"),
        }
    }
}

/// Looks at everything below a folder.
pub(crate) fn files(root: &Path) -> Result<HashMap<String, Seen>> {
    let mut found = HashMap::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = crate::listing::join(&folder, &entry.file_name().to_string_lossy());
            let seen = Seen::of(&entry.metadata()?);
            if seen.is_folder() {
                folders.push(path.clone());
            }
            found.insert(path, seen);
        }
    }
    Ok(found)
}

/// Lists what has another owner than the environment, or a mode that none of its files was given.
///
/// What Python may have written meanwhile, by the umask of whoever ran it, is left out.
pub(crate) fn unlike(
    root: &Path,
    seen: &HashMap<String, Seen>,
    is_listed: impl Fn(&str) -> bool,
) -> Result<Vec<Finding>> {
    let owner = fs_err::metadata(root)?.uid();
    let differ = |path: &str, what, expected: String, found: String| Finding {
        expected: Some(expected),
        found: Some(found),
        ..finding(path, what, None)
    };
    let mut findings = Vec::new();
    let is_pythons = |path: &str| path.split('/').any(|part| part == "__pycache__") && !is_listed(path);
    for (path, seen) in seen.iter().filter(|(path, _)| !is_pythons(path)) {
        // Whose a link is, gives nobody a right.
        if seen.owner != owner && !seen.kind.is_symlink() {
            let (expected, found) = (owner.to_string(), seen.owner.to_string());
            findings.push(differ(path, Difference::Owner, expected, found));
        }
        if let Some(expected) = seen.other_mode() {
            let found = format!("{:04o}", seen.mode);
            findings.push(differ(path, Difference::Mode, expected.to_owned(), found));
        }
    }
    Ok(findings)
}
