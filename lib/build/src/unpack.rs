//! Unpacking a source distribution: one folder, nothing outside it (PEP 625, PEP 721).

use crate::Error;
use flate2::read::{DeflateDecoder, GzDecoder};
use fs_err::{self as fs, os::unix::fs::OpenOptionsExt as _};
use std::{
    io::{self, Read, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Component, Path, PathBuf},
};

/// No honest source distribution has more members than this.
const MOST_MEMBERS: usize = 500_000;
/// No honest source distribution is larger than this, unpacked, in bytes.
const MOST_BYTES: u64 = 8 << 30;
/// Nor is one more than so many times as large unpacked as it is packed, once it is beyond `LEAST_BYTES`.
const MOST_RATIO: u64 = 100;
const TOO_LARGE: &str = "the archive is too large unpacked";
/// What every archive may unpack to, in bytes.
const LEAST_BYTES: u64 = 64 << 20;

/// A source distribution, unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The one folder that the archive had at its top.
    pub root: PathBuf,
    /// The time of its newest member in seconds since 1970, at least 1980-01-01: the time that
    /// what is built from it carries (`SOURCE_DATE_EPOCH`).
    pub epoch: u64,
}

/// The first moment that a zip archive can name, in seconds since 1970.
pub const ZIP_EPOCH: u64 = 315_532_800;

/// Unpacks `archive` (`.tar.gz`, `.tgz`, `.zip`) into the existing folder `into`.
///
/// # Errors
///
/// Refused are members that would land outside, devices, links that lead outside, and an archive without
/// exactly one folder at its top.
pub fn unpack(archive: &Path, into: &Path) -> Result<Project, Error> {
    let name = crate::name_of(archive);
    let packed = fs::metadata(archive)?.len();
    let mut sink = Sink {
        most: (packed * MOST_RATIO).clamp(LEAST_BYTES, MOST_BYTES),
        ..Sink::new(&name, into)
    };
    if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        unpack_tar(archive, &mut sink)?;
    } else if name.ends_with(".zip") {
        unpack_zip(archive, &mut sink)?;
    } else {
        return Err(Error::UnknownArchive { archive: name });
    }
    sink.finish()
}

fn unpack_tar(archive: &Path, sink: &mut Sink) -> Result<(), Error> {
    let bytes = io::BufReader::new(fs::File::open(archive)?);
    let mut tar = tar::Archive::new(GzDecoder::new(bytes));
    let damaged = |error: io::Error| Error::BadArchive {
        archive: crate::name_of(archive),
        reason: error.to_string(),
    };
    for entry in tar.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        let kind = entry.header().entry_type();
        sink.saw(entry.header().mtime().unwrap_or(0));
        if kind.is_dir() {
            sink.folder(&path)?;
        } else if kind.is_symlink() || kind.is_hard_link() {
            let target = entry
                .link_name()
                .map_err(damaged)?
                .unwrap_or_default()
                .into_owned();
            sink.link(&path, target, kind.is_symlink())?;
        } else if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
            let executable = entry.header().mode().unwrap_or(0) & 0o100 != 0;
            sink.file(&path, executable, &mut entry)?;
        } else if !kind.is_pax_global_extensions() {
            return Err(sink.refuse(&path, "neither file, folder nor link"));
        }
    }
    Ok(())
}

fn unpack_zip(archive: &Path, sink: &mut Sink) -> Result<(), Error> {
    let damaged = |error: rawzip::Error| Error::BadArchive {
        archive: crate::name_of(archive),
        reason: error.to_string(),
    };
    let file = fs::File::open(archive)?.into_parts().0;
    let zip = rawzip::ZipArchive::from_file(file, &mut vec![0; 1 << 16]).map_err(damaged)?;
    let mut buffer = vec![0; 1 << 16];
    let mut entries = zip.entries(&mut buffer);
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        let path = PathBuf::from(String::from_utf8_lossy(entry.file_path().as_ref()).into_owned());
        if entry.is_dir() {
            sink.folder(&path)?;
            continue;
        }
        if entry.mode().is_symlink() {
            return Err(sink.refuse(&path, "a link in a zip archive"));
        }
        let executable = entry.mode().permissions() & 0o100 != 0;
        let found = zip.get_entry(entry.wayfinder()).map_err(damaged)?;
        let method = entry.compression_method();
        if method == rawzip::CompressionMethod::STORE {
            sink.file(&path, executable, &mut found.verifying_reader(found.reader()))?;
        } else if method == rawzip::CompressionMethod::DEFLATE {
            let mut inflated = found.verifying_reader(DeflateDecoder::new(found.reader()));
            sink.file(&path, executable, &mut inflated)?;
        } else {
            return Err(sink.refuse(&path, "neither stored nor deflated"));
        }
    }
    Ok(())
}

/// Receives members and puts them below one folder.
struct Sink<'a> {
    archive: &'a str,
    into: &'a Path,
    links: Vec<Link>,
    members: usize,
    bytes: u64,
    /// How many bytes may become of the archive.
    most: u64,
    epoch: u64,
}

struct Link {
    path: PathBuf,
    /// Relative to the top, for a hard link; relative to the link's folder, for a symbolic one.
    target: PathBuf,
    symbolic: bool,
}

impl<'a> Sink<'a> {
    fn new(archive: &'a str, into: &'a Path) -> Self {
        Self {
            archive,
            into,
            links: Vec::new(),
            members: 0,
            bytes: 0,
            most: LEAST_BYTES,
            epoch: ZIP_EPOCH,
        }
    }

    fn refuse(&self, member: &Path, reason: &'static str) -> Error {
        Error::BadMember {
            archive: self.archive.to_owned(),
            member: member.display().to_string(),
            reason,
        }
    }

    fn saw(&mut self, time: u64) {
        self.epoch = self.epoch.max(time);
    }

    /// Returns the path below the folder, if the member stays there.
    fn place(&mut self, member: &Path) -> Result<PathBuf, Error> {
        self.members += 1;
        if self.members > MOST_MEMBERS {
            return Err(self.refuse(member, "too many members"));
        }
        let inside =
            lexical(Path::new(""), member).ok_or_else(|| self.refuse(member, "leaves the archive"))?;
        Ok(self.into.join(inside))
    }

    fn folder(&mut self, member: &Path) -> Result<(), Error> {
        let place = self.place(member)?;
        Ok(fs::create_dir_all(place)?)
    }

    fn file(&mut self, member: &Path, executable: bool, bytes: &mut dyn Read) -> Result<(), Error> {
        let place = self.place(member)?;
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        // A member named twice: the later one counts, as it does for tar.
        if place.is_file() {
            fs::remove_file(&place)?;
        }
        let mut file = fs::OpenOptions::new();
        let mode = if executable { 0o755 } else { 0o644 };
        let mut file = file.write(true).create_new(true).mode(mode).open(&place)?;
        let room = self.most - self.bytes;
        let written = copy(self.archive, &mut bytes.take(room + 1), &mut file)?;
        self.bytes += written;
        if written > room {
            return Err(self.refuse(member, TOO_LARGE));
        }
        file.flush()?;
        Ok(())
    }

    /// Remembers a link; it is made last, so that no member can be written through it.
    fn link(&mut self, member: &Path, target: PathBuf, symbolic: bool) -> Result<(), Error> {
        self.place(member)?;
        let from = if symbolic {
            member.parent().unwrap_or(Path::new(""))
        } else {
            Path::new("")
        };
        let lands = lexical(from, &target).filter(|path| path.components().next().is_some());
        let Some(lands) = lands else {
            return Err(self.refuse(member, "a link that leads outside"));
        };
        self.links.push(Link {
            path: member.to_owned(),
            target: if symbolic { target } else { lands },
            symbolic,
        });
        Ok(())
    }

    fn finish(mut self) -> Result<Project, Error> {
        for link in &std::mem::take(&mut self.links) {
            let place = self
                .into
                .join(lexical(Path::new(""), &link.path).unwrap_or_default());
            if let Some(parent) = place.parent() {
                fs::create_dir_all(parent)?;
            }
            if link.symbolic {
                fs::os::unix::fs::symlink(&link.target, &place)?;
            } else {
                self.bytes += fs::copy(self.into.join(&link.target), &place)?;
                if self.bytes > self.most {
                    return Err(self.refuse(&link.path, TOO_LARGE));
                }
            }
        }
        let found: Vec<_> = fs::read_dir(self.into)?.collect::<Result<_, _>>()?;
        match found.as_slice() {
            [top] if top.file_type()?.is_dir() => {
                fs::set_permissions(top.path(), std::fs::Permissions::from_mode(0o755))?;
                Ok(Project {
                    root: top.path(),
                    epoch: self.epoch,
                })
            }
            _ => Err(Error::NotOneFolder {
                archive: self.archive.to_owned(),
                found: found.len(),
            }),
        }
    }
}

/// Copies all bytes; an error of the reader is the archive's fault, one of the writer the system's.
fn copy(archive: &str, from: &mut dyn Read, into: &mut fs::File) -> Result<u64, Error> {
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    loop {
        let read = from.read(&mut buffer).map_err(|error| Error::BadArchive {
            archive: archive.to_owned(),
            reason: error.to_string(),
        })?;
        if read == 0 {
            return Ok(total);
        }
        into.write_all(&buffer[..read])?;
        total += read as u64;
    }
}

/// Joins two relative paths without asking the disk; `None` if the result climbs above the start.
fn lexical(from: &Path, path: &Path) -> Option<PathBuf> {
    let mut joined = PathBuf::new();
    for part in from.components().chain(path.components()) {
        match part {
            Component::Normal(name) => joined.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !joined.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(joined)
}
