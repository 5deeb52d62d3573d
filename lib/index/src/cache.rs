//! Pages and metadata kept between runs.
//!
//! A page is kept as a [`Table`], or, if only a few of its files were looked for, as a table of those; when the index
//! last said that it holds is the file's time of modification. Metadata belongs to the digest of its wheel, which never
//! changes, and is used without asking. Whatever cannot be read is as good as absent. What nobody wanted for a month is
//! thrown away.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use disk::Durability;
use libdeflater::crc32;
use pyspec::hash::hex;
use sha2::{Digest, Sha256};

use crate::Address;
use crate::table::{Table, Terms};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// For how long an entry is kept that nobody wants.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A folder of answers; without one nothing is kept.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    folder: Option<PathBuf>,
    /// What is still to be written: that can wait until nobody waits.
    pending: Mutex<VecDeque<Pending>>,
}

#[derive(Debug)]
struct Pending {
    path: PathBuf,
    bytes: Arc<Vec<u8>>,
}

/// How much of a page is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// The files that somebody wanted.
    Part,
}

impl Extent {
    fn folder(self) -> &'static str {
        match self {
            Self::Whole => "tables",
            Self::Part => "parts",
        }
    }
}

/// A page that was kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) table: Table,
    pub(crate) extent: Extent,
    /// When the index last said that it holds.
    confirmed: SystemTime,
}

impl Kept {
    /// Whether its index would not want to be asked again yet.
    pub(crate) fn is_fresh(&self, now: SystemTime) -> bool {
        now.duration_since(self.confirmed)
            .is_ok_and(|age| age < Duration::from_secs(self.table.terms.max_age))
    }
}

impl Cache {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            pending: Mutex::default(),
        }
    }

    /// The page at an address, as much of it as is kept; at least so much.
    pub(crate) fn page(&self, url: &Address, index: &Arc<str>, least: Extent) -> Option<Kept> {
        let kept = |extent| {
            let file = fs_err::File::open(self.page_path(url, extent)?).ok()?;
            let (bytes, confirmed) = whole(file).ok()?;
            Some(Kept {
                table: Table::read(Arc::new(bytes), Arc::clone(index))?,
                extent,
                confirmed,
            })
        };
        let part = || (least == Extent::Part).then(|| kept(Extent::Part)).flatten();
        kept(Extent::Whole).or_else(part)
    }

    /// Keeps the page at an address, or a part of it, if there is a use for it.
    pub(crate) fn keep_page(&self, url: &Address, table: &Table, extent: Extent) {
        if !self.keeps(&table.terms) {
            return;
        }
        if extent == Extent::Part
            && let Some(outdated) = self.page_path(url, Extent::Whole)
        {
            // It would be asked for in place of this part, and is not what the index has any more.
            let _ = fs_err::remove_file(outdated);
        }
        self.push(self.page_path(url, extent), Arc::clone(table.bytes()));
    }

    /// Whether there is a use for keeping a page that is given on these terms.
    pub(crate) fn keeps(&self, terms: &Terms) -> bool {
        let may_come_back = terms.max_age > 0 || !terms.etag.is_empty() || !terms.modified.is_empty();
        may_come_back && self.folder.is_some()
    }

    /// Notes that the page at an address still holds.
    pub(crate) fn confirm_page(&self, url: &Address, extent: Extent) {
        if let Some(path) = self.page_path(url, extent) {
            disk::touch(&path);
        }
    }

    /// The metadata of the wheel with this digest.
    pub(crate) fn metadata(&self, wheel: Option<&String>) -> Option<Vec<u8>> {
        let path = self.path("metadata", wheel?)?;
        let (mut bytes, written) = whole(fs_err::File::open(&path).ok()?).ok()?;
        let sum = u32::from_le_bytes(*bytes.last_chunk()?);
        bytes.truncate(bytes.len() - 4);
        if crc32(&bytes) != sum {
            return None;
        }
        let now = SystemTime::now();
        if now.duration_since(written).is_ok_and(|age| age > 7 * DAY) {
            disk::touch(&path);
        }
        Some(bytes)
    }

    /// Keeps the metadata of the wheel with this digest.
    pub(crate) fn keep_metadata(&self, wheel: Option<&String>, metadata: &[u8]) {
        let mut bytes = metadata.to_vec();
        bytes.extend_from_slice(&crc32(metadata).to_le_bytes());
        let path = wheel.and_then(|wheel| self.path("metadata", wheel));
        self.push(path, Arc::new(bytes));
    }

    /// The digest of a file whose page names none, and what must still hold of it at its address.
    pub(crate) fn digest(&self, url: &Address) -> Option<(String, String)> {
        let text = fs_err::read_to_string(self.digest_path(url)?).ok()?;
        let (digest, validator) = text.split_once('\n')?;
        (digest.len() == 64).then(|| (digest.to_owned(), validator.to_owned()))
    }

    /// Keeps the digest of a file, as long as its address gives it with this validator.
    pub(crate) fn keep_digest(&self, url: &Address, validator: &str, digest: &str) {
        let text = format!("{digest}\n{validator}");
        self.push(self.digest_path(url), Arc::new(text.into_bytes()));
    }

    fn digest_path(&self, url: &Address) -> Option<PathBuf> {
        self.path("digests", &hex(&Sha256::digest(url.to_string())))
    }

    /// Writes one of the entries that are still to be written; `false` if there is none.
    pub(crate) fn write_one(&self) -> bool {
        let next = self.pending().pop_front();
        let Some(Pending { path, bytes }) = next else {
            return false;
        };
        // A cache that cannot be written costs time, nothing else. Pages of a private index are nobody else's business.
        let write = || disk::write_atomic(&path, &bytes, 0o600, Durability::Unsynced);
        if write().is_err()
            && path
                .parent()
                .is_some_and(|folder| fs_err::create_dir_all(folder).is_ok())
        {
            let _ = write();
        }
        true
    }

    fn push(&self, path: Option<PathBuf>, bytes: Arc<Vec<u8>>) {
        if let Some(path) = path {
            self.pending().push_back(Pending { path, bytes });
        }
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, VecDeque<Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page_path(&self, url: &Address, extent: Extent) -> Option<PathBuf> {
        self.path(extent.folder(), &hex(&Sha256::digest(url.to_string())))
    }

    fn path(&self, kind: &str, key: &str) -> Option<PathBuf> {
        // Keys are digests, some of them from pages.
        let plain = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = self.folder.as_ref().filter(|_| plain)?;
        Some(folder.join(kind).join(key))
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        while self.write_one() {}
        if let Some(folder) = &self.folder {
            disk::trim(folder, &["tables", "parts", "metadata", "digests", "pages"], KEPT);
        }
    }
}

/// The bytes of a file and when it was changed.
fn whole(mut file: fs_err::File) -> io::Result<(Vec<u8>, SystemTime)> {
    let about = file.metadata()?;
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0) + 1);
    io::Read::read_to_end(&mut file, &mut bytes)?;
    Ok((bytes, about.modified()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Page;
    use pyspec::name::Name;

    fn table(etag: &str, max_age: u64) -> Table {
        let page = Page::of_files(Arc::from("an index"), Vec::new());
        let terms = Terms {
            etag: etag.to_owned(),
            max_age,
            ..Terms::default()
        };
        Table::on_terms(&Name::parse("demo").unwrap(), &page, &terms)
    }

    fn url() -> Address {
        Address::parse("https://index.example.com/simple/demo/").unwrap()
    }

    fn page(cache: &Cache) -> Option<Kept> {
        cache.page(&url(), &Arc::from("an index"), Extent::Part)
    }

    #[test]
    fn what_is_kept_comes_back_and_damage_is_absence() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().to_owned()));
        assert!(page(&cache).is_none());
        cache.keep_page(&url(), &table("", 0), Extent::Whole);
        assert!(
            !cache.write_one(),
            "there is no way to ask whether it has changed"
        );
        cache.keep_page(&url(), &table("\"a\"", 0), Extent::Whole);
        assert!(cache.write_one());
        assert!(page(&cache).is_some());
        let path = cache.page_path(&url(), Extent::Whole).unwrap();
        let mut bytes = fs_err::read(&path).unwrap();
        bytes.pop();
        fs_err::write(&path, bytes).unwrap();
        assert!(page(&cache).is_none());
        assert_eq!(cache.path("metadata", "../../../etc/passwd"), None);
        assert!(page(&Cache::default()).is_none());
    }

    #[test]
    fn a_part_will_do_only_for_those_who_want_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().to_owned()));
        let kept = |least| {
            let kept = cache.page(&url(), &Arc::from("an index"), least)?;
            Some((kept.extent, kept.table.terms.etag))
        };
        let keep = |etag: &str, extent| {
            cache.keep_page(&url(), &table(etag, 0), extent);
            assert!(cache.write_one());
        };
        keep("1", Extent::Whole);
        assert_eq!(kept(Extent::Part), Some((Extent::Whole, "1".into())));
        keep("2", Extent::Part);
        assert_eq!(kept(Extent::Whole), None);
        assert_eq!(kept(Extent::Part), Some((Extent::Part, "2".into())));
        keep("3", Extent::Whole);
        assert_eq!(kept(Extent::Part), Some((Extent::Whole, "3".into())));
    }

    #[test]
    fn metadata_comes_back_or_is_absent() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = "ab".repeat(32);
        let cache = Cache::new(Some(folder.path().to_owned()));
        cache.keep_metadata(Some(&wheel), b"Name: a\n");
        drop(cache);
        let cache = Cache::new(Some(folder.path().to_owned()));
        assert_eq!(cache.metadata(Some(&wheel)).unwrap(), b"Name: a\n");
        let path = cache.path("metadata", &wheel).unwrap();
        for rubbish in [&b""[..], b"abc", b"Name: b\n1234"] {
            fs_err::write(&path, rubbish).unwrap();
            assert_eq!(cache.metadata(Some(&wheel)), None);
        }
    }

    #[test]
    fn a_page_is_fresh_for_as_long_as_its_index_says() {
        let kept = |max_age| Kept {
            table: table("", max_age),
            extent: Extent::Whole,
            confirmed: SystemTime::UNIX_EPOCH + DAY,
        };
        let at = |seconds| SystemTime::UNIX_EPOCH + DAY + Duration::from_secs(seconds);
        assert!(kept(600).is_fresh(at(599)) && !kept(600).is_fresh(at(600)));
        assert!(!kept(0).is_fresh(at(0)));
        // A clock that was set back must not make it fresh for ever.
        assert!(!kept(600).is_fresh(SystemTime::UNIX_EPOCH));
    }

    #[test]
    fn what_is_not_wanted_for_a_month_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |name: &str, days: u32| {
            let path = folder.path().join("metadata").join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            let file = fs_err::File::create(&path).unwrap();
            file.set_modified(SystemTime::now() - days * DAY).unwrap();
            path
        };
        let (old, new) = (entry("old", 31), entry("new", 29));
        drop(Cache::new(Some(folder.path().to_owned())));
        assert!(!old.exists() && new.exists());
    }
}
