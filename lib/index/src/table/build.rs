//! Taking a page apart.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash as Key;

use libdeflater::crc32;
use pyspec::filename::DistributionFile;
use pyspec::hash::{Algorithm, Hash};
use pyspec::name::Name;
use pyspec::simple::{self, CoreMetadata};
use pyspec::version::Version;

use super::{Digest, Group, Head, MAGIC, PREFIX, Row, STATUSES, Said, Terms};
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
pub(super) fn of_files(name: &Name, page: &Page) -> Vec<u8> {
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
    sorting.finish(page.status, page.status_reason.as_deref(), &Terms::default())
}

/// Files on their way into the groups of their versions.
struct Sorting<'a> {
    name: &'a Name,
    related: Vec<&'a str>,
    pythons: Interned<&'a str>,
    folders: Interned<&'a str>,
    /// The version that a text stands for, of those seen.
    versions: HashMap<&'a str, Option<Version>>,
    groups: BTreeMap<Version, Vec<Row<'a>>>,
    /// Files whose names say no version.
    others: Vec<Row<'a>>,
}

impl<'a> Sorting<'a> {
    fn new(name: &'a Name) -> Self {
        Self {
            name,
            related: Vec::new(),
            pythons: Interned::default(),
            folders: Interned::default(),
            versions: HashMap::new(),
            groups: BTreeMap::new(),
            others: Vec::new(),
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
        match self.version(name) {
            Some(version) => self.groups.entry(version).or_default().push(row),
            None => self.others.push(row),
        }
    }

    /// The version that a file's name says; whether the rest of the name says anything is seen when it is wanted.
    fn version(&mut self, file: &'a str) -> Option<Version> {
        let Some(text) = version_text(file) else {
            let parsed = DistributionFile::of_project(file, self.name).ok()?;
            return Some(parsed.version().clone());
        };
        let version = self.versions.entry(text).or_insert_with(|| text.parse().ok());
        version.clone()
    }

    fn finish(self, status: simple::Status, reason: Option<&str>, terms: &Terms) -> Vec<u8> {
        let mut blocks = Vec::new();
        let mut texts = Vec::new();
        let groups = self.groups.iter().rev();
        let groups = groups.map(|(version, rows)| (version.to_string(), rows));
        let others = (!self.others.is_empty()).then_some((String::new(), &self.others));
        for (version, rows) in groups.chain(others) {
            let start = blocks.len();
            blocks = packed(rows, blocks);
            texts.push((version, blocks.len() - start, crc32(&blocks[start..])));
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
        joined(&packed(&head, Vec::new()), &blocks)
    }
}

/// Values by number, in the order in which they came.
struct Interned<T> {
    numbers: HashMap<T, u32>,
    list: Vec<T>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            list: Vec::new(),
        }
    }
}

impl<T: Key + Eq + Copy> Interned<T> {
    fn number(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(value).or_insert_with(|| {
            self.list.push(value);
            next
        })
    }
}

/// Where the part of an address ends that it has in common with others: behind the first folder of its path.
fn end_of_folder(address: &str) -> usize {
    let host = address.find("://").map_or(0, |at| at + 3);
    let mut slashes = address[host..].match_indices('/').map(|(at, _)| host + at + 1);
    let root = slashes.next().unwrap_or(0);
    slashes.next().unwrap_or(root)
}

/// The part of a file's name that is its version, where that is easily seen.
fn version_text(file: &str) -> Option<&str> {
    let stem = match file.strip_suffix(".whl") {
        Some(stem) => return stem.split('-').nth(1),
        None => file
            .strip_suffix(".tar.gz")
            .or_else(|| file.strip_suffix(".zip"))?,
    };
    let (_, version) = stem.split_once('-')?;
    (!version.contains('-')).then_some(version)
}

fn number(status: simple::Status) -> u8 {
    let place = STATUSES.iter().position(|known| *known == status);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
}

/// Writes a value behind what is there. Values of ours always have a form.
fn packed<T: serde::Serialize + ?Sized>(value: &T, behind: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(value, behind).unwrap_or_default()
}

fn joined(head: &[u8], blocks: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PREFIX + head.len() + blocks.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&crc32(head).to_le_bytes());
    bytes.extend_from_slice(head);
    bytes.extend_from_slice(blocks);
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
