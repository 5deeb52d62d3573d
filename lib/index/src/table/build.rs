//! Taking a page apart.

use std::collections::HashMap;

use libdeflater::crc32;
use pyspec::filename::DistributionFile;
use pyspec::hash::{Algorithm, Hash};
use pyspec::name::Name;
use pyspec::simple::{self, CoreMetadata};
use pyspec::version::Version;

use super::{Digest, Group, Head, MAGIC, Row, STATUSES, Said, Terms};
use crate::page::{Metadata, Page};

/// Takes a page apart that has just arrived.
pub(crate) fn build(name: &Name, page: &simple::Page<'_>, terms: &Terms) -> Vec<u8> {
    let mut sorting = Sorting::new(name);
    for file in &page.files {
        let metadata = match &file.core_metadata {
            None => Said::Nothing,
            Some(CoreMetadata::Hashed(hash)) => digest_of(hash).map_or(Said::There, Said::Hashed),
            Some(CoreMetadata::Unhashed) => Said::There,
        };
        sorting.add(
            &file.filename,
            &file.url,
            file.requires_python.as_deref(),
            |row| {
                row.sha256 = file.hashes.iter().find_map(digest_of);
                row.size = file.size;
                row.yanked = file.yanked.as_deref();
                row.uploaded = file.upload_time.as_deref();
                row.metadata = metadata;
            },
        );
    }
    let related = page.tracks.iter().chain(&page.alternate_locations);
    sorting.related = related.map(AsRef::as_ref).collect();
    sorting.finish(page.status, page.status_reason.as_deref(), terms)
}

/// Takes apart the files of a folder, or of several places.
pub(super) fn of_files(name: &Name, page: &Page, terms: &Terms) -> Vec<u8> {
    let urls: Vec<String> = page.files.iter().map(|file| file.url.to_string()).collect();
    let mut sorting = Sorting::new(name);
    for (file, url) in page.files.iter().zip(&urls) {
        let python = file.requires_python.as_deref();
        sorting.add(&file.name, url, python, |row| {
            row.sha256 = file.sha256.as_deref().and_then(digest);
            row.size = file.size;
            row.yanked = file.yanked.as_deref();
            row.uploaded = file.uploaded.as_deref();
            row.metadata = match &file.metadata {
                Metadata::Unsaid => Said::Nothing,
                Metadata::There(None) => Said::There,
                Metadata::There(Some(hex)) => digest(hex).map_or(Said::There, Said::Hashed),
            };
        });
    }
    sorting.finish(page.status, page.status_reason.as_deref(), terms)
}

/// Files on their way into the groups of their versions.
struct Sorting<'a> {
    name: &'a Name,
    related: Vec<&'a str>,
    pythons: Interned<'a>,
    folders: Interned<'a>,
    /// The group of each version's text; none for a text that is no version.
    texts: HashMap<&'a str, Option<usize>>,
    /// The last text, which the next file probably has too.
    last: (&'a str, Option<usize>),
    groups: Vec<(Version, Vec<Row<'a>>)>,
    /// Files whose names say no version.
    others: Vec<Row<'a>>,
    count: usize,
}

impl<'a> Sorting<'a> {
    fn new(name: &'a Name) -> Self {
        Self {
            name,
            related: Vec::new(),
            pythons: Interned::default(),
            folders: Interned::default(),
            texts: HashMap::new(),
            last: ("", None),
            groups: Vec::new(),
            others: Vec::new(),
            count: 0,
        }
    }

    fn add(&mut self, name: &'a str, url: &'a str, python: Option<&'a str>, fill: impl FnOnce(&mut Row<'a>)) {
        let (start, last) = match url.strip_suffix(name) {
            Some(start) => (start, None),
            None => {
                let (start, last) = url.split_at(url.rfind('/').map_or(0, |slash| slash + 1));
                (start, Some(last))
            }
        };
        let (folder, middle) = start.split_at(end_of_folder(start));
        let mut row = Row {
            name,
            folder: self.folders.number(folder),
            middle,
            last,
            sha256: None,
            size: None,
            python: python.map_or(0, |python| self.pythons.number(python) + 1),
            yanked: None,
            uploaded: None,
            metadata: Said::Nothing,
        };
        fill(&mut row);
        self.count += 1;
        match self.group(name) {
            Some(group) => self.groups[group].1.push(row),
            None => self.others.push(row),
        }
    }

    /// The group of the version that a file's name says; whether the rest of the name says anything is seen when it is
    /// wanted.
    fn group(&mut self, file: &'a str) -> Option<usize> {
        let Some(text) = version_text(file, self.name) else {
            let parsed = DistributionFile::of_project(file, self.name).ok()?;
            return Some(begin(&mut self.groups, parsed.version().clone()));
        };
        if self.last.0 != text {
            let groups = &mut self.groups;
            let group = self.texts.entry(text).or_insert_with(|| {
                let version = text.parse().ok()?;
                Some(begin(groups, version))
            });
            self.last = (text, *group);
        }
        self.last.1
    }

    fn finish(mut self, status: simple::Status, reason: Option<&str>, terms: &Terms) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAGIC.len() + self.count * USUAL_ROW);
        bytes.extend_from_slice(MAGIC);
        let mut texts = Vec::new();
        let groups = joined(std::mem::take(&mut self.groups));
        let groups = groups.iter().map(|(version, rows)| (version.to_string(), rows));
        let others = (!self.others.is_empty()).then_some((String::new(), &self.others));
        for (version, rows) in groups.chain(others) {
            let start = bytes.len();
            bytes = packed(rows, bytes);
            texts.push((version, bytes.len() - start, crc32(&bytes[start..])));
        }
        let head = Head {
            etag: &terms.etag,
            modified: &terms.modified,
            max_age: terms.max_age,
            status: number(status),
            reason,
            related: self.related,
            pythons: self.pythons.list,
            folders: self.folders.list,
            groups: texts
                .iter()
                .map(|(version, length, sum)| Group {
                    version,
                    length: *length,
                    sum: *sum,
                })
                .collect(),
        };
        sealed(&head, bytes)
    }
}

/// How many bytes a row usually takes.
const USUAL_ROW: usize = 240;

fn begin<'a>(groups: &mut Vec<(Version, Vec<Row<'a>>)>, version: Version) -> usize {
    groups.push((version, Vec::new()));
    groups.len() - 1
}

/// Sorts groups, the newest version first, and makes one of those whose versions are equal, however they are written.
fn joined<'a>(mut groups: Vec<(Version, Vec<Row<'a>>)>) -> Vec<(Version, Vec<Row<'a>>)> {
    groups.sort_by(|(one, _), (other, _)| other.cmp(one));
    let mut joined: Vec<(Version, Vec<Row<'a>>)> = Vec::with_capacity(groups.len());
    for (version, rows) in groups {
        match joined.last_mut().filter(|(last, _)| *last == version) {
            Some((_, all)) => all.extend(rows),
            None => joined.push((version, rows)),
        }
    }
    joined
}

/// Texts by number, in the order in which they came.
#[derive(Default)]
struct Interned<'a> {
    numbers: HashMap<&'a str, u32>,
    list: Vec<&'a str>,
    /// The last one, which is probably the next one too.
    last: Option<(&'a str, u32)>,
}

impl<'a> Interned<'a> {
    fn number(&mut self, text: &'a str) -> u32 {
        if let Some((_, number)) = self.last.filter(|(last, _)| *last == text) {
            return number;
        }
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(text).or_insert_with(|| {
            self.list.push(text);
            next
        });
        self.last = Some((text, number));
        number
    }
}

/// Where the part of an address ends that it has in common with others: behind the first folder of its path.
fn end_of_folder(address: &str) -> usize {
    let bytes = address.as_bytes();
    let mut slashes = memchr::memchr_iter(b'/', bytes).map(|at| at + 1);
    // Two of the scheme, one behind the host, one behind the folder.
    let root = slashes.nth(2).unwrap_or(0);
    slashes.next().unwrap_or(root)
}

/// The part of a file's name that is its version, where that is easily seen.
fn version_text<'a>(file: &'a str, project: &Name) -> Option<&'a str> {
    let stem = match file.strip_suffix(".whl") {
        Some(stem) => {
            let start = memchr::memchr(b'-', stem.as_bytes())? + 1;
            let length = memchr::memchr(b'-', &stem.as_bytes()[start..])?;
            return Some(&stem[start..start + length]);
        }
        None => file
            .strip_suffix(".tar.gz")
            .or_else(|| file.strip_suffix(".zip"))?,
    };
    let (name, version) = (
        stem.get(..project.as_str().len())?,
        stem.get(project.as_str().len() + 1..)?,
    );
    let separates = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
    let same =
        |(one, other): (u8, u8)| one.eq_ignore_ascii_case(&other) || (separates(one) && separates(other));
    let is_plain = stem.as_bytes()[name.len()] == b'-' && !version.contains('-');
    (is_plain && name.bytes().zip(project.as_str().bytes()).all(same)).then_some(version)
}

fn number(status: simple::Status) -> u8 {
    let place = STATUSES.iter().position(|known| *known == status);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
}

/// Writes a value behind what is there. Values of ours always have a form.
fn packed<T: serde::Serialize + ?Sized>(value: &T, behind: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(value, behind).unwrap_or_default()
}

/// Puts the head behind the blocks, and at the very end its length and checksum.
fn sealed(head: &Head<'_>, blocks: Vec<u8>) -> Vec<u8> {
    let start = blocks.len();
    let mut bytes = packed(head, blocks);
    let length = u32::try_from(bytes.len() - start).unwrap_or(u32::MAX);
    let sum = crc32(&bytes[start..]);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

fn digest_of(hash: &Hash) -> Option<Digest> {
    (hash.algorithm == Algorithm::Sha256)
        .then(|| digest(&hash.hex))
        .flatten()
}

/// A digest of hexadecimal digits of either case.
fn digest(hex: &str) -> Option<Digest> {
    let mut digest = Digest::default();
    if hex.len() != 64 {
        return None;
    }
    for (byte, digits) in digest.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = value(digits[0])? << 4 | value(digits[1])?;
    }
    Some(digest)
}

fn value(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
