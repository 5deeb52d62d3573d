//! A page in a form that is read one version at a time.
//!
//! Pages of much-released projects have thousands of files, of which a resolution looks at a few. So a page is taken
//! apart once, when it arrives: a head that lists the versions, newest first, and for each version a block with its
//! files. The same bytes are kept between runs, and a block is decoded when somebody asks for that version.

mod build;

use std::sync::Arc;

use libdeflater::crc32;
use pyspec::hash::hex;
use pyspec::name::Name;
use pyspec::simple::Status;
use pyspec::version::Version;
use serde::{Deserialize, Serialize};

use crate::Address;
use crate::page::{File, Metadata, Page};

pub(crate) use build::build;

/// What the bytes begin with; another form of them gets another number.
const MAGIC: &[u8; 8] = b"pytable3";

/// The length of the head and its checksum, at the end.
const SEAL: usize = 8;

/// All files of a project at one place, decoded a version at a time.
#[derive(Debug, Clone)]
pub struct Table {
    /// The index or the folder of links, as people may see it.
    pub index: Arc<str>,
    /// What the index says of the project as a whole (PEP 792).
    pub status: Status,
    /// Why, in words.
    pub status_reason: Option<String>,
    /// The pages elsewhere that are of the same project by this page's word (PEP 708).
    pub related: Vec<String>,
    /// How long it may be used, and how to ask whether it has changed.
    pub(crate) terms: Terms,
    bytes: Arc<Vec<u8>>,
    pythons: Vec<String>,
    folders: Vec<String>,
    versions: Vec<Version>,
    /// Where the block of each version is; the last is that of files without one.
    blocks: Vec<Block>,
}

/// Where a block is, and its checksum.
#[derive(Debug, Clone, Copy)]
struct Block {
    start: usize,
    length: usize,
    sum: u32,
}

/// How long an answer holds, and how to ask whether it still does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Its `ETag`, or nothing.
    pub(crate) etag: String,
    /// Its `Last-Modified`, or nothing.
    pub(crate) modified: String,
    /// For how many seconds it need not be asked for again.
    pub(crate) max_age: u64,
}

/// The part that is read at once; it stands behind the blocks.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    etag: &'a str,
    modified: &'a str,
    max_age: u64,
    status: u8,
    reason: Option<&'a str>,
    #[serde(borrow)]
    related: Vec<&'a str>,
    /// Every Requires-Python that occurs; rows count from 1.
    #[serde(borrow)]
    pythons: Vec<&'a str>,
    /// What the addresses begin with.
    #[serde(borrow)]
    folders: Vec<&'a str>,
    #[serde(borrow)]
    groups: Vec<Group<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Group<'a> {
    /// The version; nothing for the files that have none.
    version: &'a str,
    length: usize,
    sum: u32,
}

/// One file.
#[derive(Serialize, Deserialize)]
struct Row<'a> {
    name: &'a str,
    /// Which of the folders the address begins with, what follows, and its last part where that is not the name.
    folder: u32,
    middle: &'a str,
    last: Option<&'a str>,
    sha256: Option<Digest>,
    size: Option<u64>,
    python: u32,
    yanked: Option<&'a str>,
    uploaded: Option<&'a str>,
    metadata: Said,
}

type Digest = [u8; 32];

#[derive(Serialize, Deserialize)]
enum Said {
    Nothing,
    There,
    Hashed(Digest),
}

/// The statuses by number.
const STATUSES: [Status; 4] = [
    Status::Active,
    Status::Archived,
    Status::Deprecated,
    Status::Quarantined,
];

impl Table {
    /// Reads what [`build`] wrote; `None` if it is damaged. `index` is what people may see of where it is from.
    pub(crate) fn read(bytes: Arc<Vec<u8>>, index: Arc<str>) -> Option<Self> {
        let (inside, seal) = bytes.split_last_chunk::<SEAL>()?;
        let (length, sum) = seal.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let sum = u32::from_le_bytes(sum.try_into().ok()?);
        let end = inside.len().checked_sub(length)?;
        let head = &inside[end..];
        if !bytes.starts_with(MAGIC) || crc32(head) != sum {
            return None;
        }
        let head: Head<'_> = postcard::from_bytes(head).ok()?;
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let mut table = Self {
            index,
            status: *STATUSES.get(usize::from(head.status))?,
            status_reason: head.reason.map(str::to_owned),
            related: owned(&head.related),
            terms: Terms {
                etag: head.etag.to_owned(),
                modified: head.modified.to_owned(),
                max_age: head.max_age,
            },
            bytes: Arc::clone(&bytes),
            pythons: owned(&head.pythons),
            folders: owned(&head.folders),
            versions: Vec::with_capacity(head.groups.len()),
            blocks: Vec::with_capacity(head.groups.len()),
        };
        let mut start = MAGIC.len();
        for group in &head.groups {
            if !group.version.is_empty() {
                table.versions.push(group.version.parse().ok()?);
            }
            table.blocks.push(Block {
                start,
                length: group.length,
                sum: group.sum,
            });
            start = start.checked_add(group.length)?;
        }
        (start == end).then_some(table)
    }

    /// Makes the table of files that no index lists: those known by their addresses alone.
    pub fn of_files(name: &Name, files: Vec<File>) -> Self {
        let place = files
            .first()
            .map_or_else(|| Arc::from(""), |file| Arc::clone(&file.index));
        Self::of_page(name, &Page::of_files(place, files))
    }

    /// Makes the table of a page that is known already.
    pub(crate) fn of_page(name: &Name, page: &Page) -> Self {
        Self::on_terms(name, page, &Terms::default())
    }

    /// Takes a page apart that was given on these terms.
    pub(crate) fn on_terms(name: &Name, page: &Page, terms: &Terms) -> Self {
        Self::new(build::of_files(name, page, terms), Arc::clone(&page.index))
    }

    /// Takes what [`build`] has just written; it can be read.
    pub(crate) fn new(bytes: Vec<u8>, index: Arc<str>) -> Self {
        Self::read(Arc::new(bytes), Arc::clone(&index)).unwrap_or_else(|| Self::empty(index))
    }

    fn empty(index: Arc<str>) -> Self {
        Self {
            index,
            status: Status::Active,
            status_reason: None,
            related: Vec::new(),
            terms: Terms::default(),
            bytes: Arc::default(),
            pythons: Vec::new(),
            folders: Vec::new(),
            versions: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// The bytes to be kept.
    pub(crate) fn bytes(&self) -> &Arc<Vec<u8>> {
        &self.bytes
    }

    /// The versions, newest first.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The files of the version at a place in [`versions`](Self::versions), in the order of the page.
    pub fn files(&self, place: usize) -> Vec<File> {
        self.blocks
            .get(place)
            .filter(|_| place < self.versions.len())
            .map_or_else(Vec::new, |block| self.decode(*block))
    }

    /// All files, those of the newest version first, those without a version last.
    pub fn all_files(&self) -> Vec<File> {
        self.blocks.iter().flat_map(|block| self.decode(*block)).collect()
    }

    /// The files as a page.
    pub(crate) fn to_page(&self) -> Page {
        Page {
            index: Arc::clone(&self.index),
            files: self.all_files(),
            status: self.status,
            status_reason: self.status_reason.clone(),
        }
    }

    /// A block that is damaged is as good as empty: it was whole when it was written.
    fn decode(&self, block: Block) -> Vec<File> {
        let bytes = self.bytes.get(block.start..block.start + block.length);
        let rows = bytes
            .filter(|bytes| crc32(bytes) == block.sum)
            .and_then(|bytes| postcard::from_bytes::<Vec<Row<'_>>>(bytes).ok());
        let rows = rows.unwrap_or_default();
        rows.iter().filter_map(|row| self.file(row)).collect()
    }

    fn file(&self, row: &Row<'_>) -> Option<File> {
        let folder = self.folders.get(usize::try_from(row.folder).ok()?)?;
        let url = [folder, row.middle, row.last.unwrap_or(row.name)].concat();
        let mut file = File::new(row.name.to_owned(), Address::parse(&url).ok()?, &self.index);
        file.sha256 = row.sha256.as_ref().map(|digest| hex(digest));
        file.size = row.size;
        file.requires_python = usize::try_from(row.python)
            .ok()
            .and_then(|python| self.pythons.get(python.checked_sub(1)?))
            .cloned();
        file.yanked = row.yanked.map(str::to_owned);
        file.uploaded = row.uploaded.map(str::to_owned);
        file.metadata = match &row.metadata {
            Said::Nothing => Metadata::Unsaid,
            Said::There => Metadata::There(None),
            Said::Hashed(digest) => Metadata::There(Some(hex(digest))),
        };
        Some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> Name {
        Name::parse("demo").unwrap()
    }

    fn file(name: &str, url: &str) -> File {
        File::new(
            name.to_owned(),
            Address::parse(url).unwrap(),
            &Arc::from("an index"),
        )
    }

    /// Files with everything that a page may say of one.
    fn page() -> Page {
        let mut wheel = file(
            "demo-1.0-py3-none-any.whl",
            "https://files.example.com/packages/ab/demo-1.0-py3-none-any.whl",
        );
        wheel.sha256 = Some("0f".repeat(32));
        wheel.size = Some(1 << 40);
        wheel.requires_python = Some(">=3.9".to_owned());
        wheel.yanked = Some(String::new());
        wheel.uploaded = Some("2026-01-02T03:04:05Z".to_owned());
        wheel.metadata = Metadata::There(Some("a1".repeat(32)));
        let mut sdist = file("demo-1.tar.gz", "https://x.example.com/get?id=7");
        sdist.metadata = Metadata::There(None);
        let files = vec![
            file("demo-0.9.tar.gz", "https://x.example.com/demo-0.9.tar.gz"),
            wheel,
            sdist,
            file(
                "demo-1.10-py3-none-any.whl",
                "file:///srv/demo-1.10-py3-none-any.whl",
            ),
            file("demo-1.0.exe", "https://x.example.com/demo-1.0.exe"),
        ];
        Page {
            status: Status::Archived,
            status_reason: Some("old".to_owned()),
            ..Page::of_files(Arc::from("an index"), files)
        }
    }

    #[test]
    fn what_is_put_in_comes_out_by_version() {
        let page = page();
        let table = Table::of_page(&name(), &page);
        let versions: Vec<String> = table.versions().iter().map(ToString::to_string).collect();
        assert_eq!(versions, ["1.10", "1.0", "0.9"]);
        // 1.0 and 1 are one version; a file without a version is there for those who want all.
        assert_eq!(table.files(1), page.files[1..3]);
        assert_eq!(table.files(0), page.files[3..4]);
        assert_eq!(table.files(3), []);
        assert_eq!(table.all_files().len(), 5);
        assert_eq!(
            (table.status, table.status_reason.as_deref()),
            (Status::Archived, Some("old"))
        );
    }

    #[test]
    fn damage_is_absence() {
        let whole = Table::of_page(&name(), &page());
        let bytes = whole.bytes().to_vec();
        for cut in 0..bytes.len() {
            let table = Table::read(Arc::new(bytes[..cut].to_vec()), Arc::from("x"));
            assert!(table.is_none(), "{cut}");
        }
        for place in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[place] ^= 0x10;
            // A head that is damaged is not read; of a damaged block nothing is.
            if let Some(table) = Table::read(Arc::new(bytes), Arc::clone(&whole.index)) {
                assert_ne!(table.all_files().len(), whole.all_files().len(), "{place}");
            }
        }
    }
}
