//! Pages and metadata kept between runs.
//!
//! A page is used again only after the index has said that it is still the same (`ETag`). Metadata belongs to the
//! digest of its wheel, which never changes, and is used without asking. Whatever cannot be read is as good as absent.

use std::path::PathBuf;

use disk::Durability;
use sha2::{Digest, Sha256};

use crate::Address;

/// A folder of answers; without one nothing is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cache {
    folder: Option<PathBuf>,
}

/// A page as it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its `ETag`.
    pub(crate) validator: String,
    /// Its media type.
    pub(crate) kind: String,
    /// Where it was after all redirects.
    pub(crate) url: Address,
    pub(crate) body: Vec<u8>,
}

impl Cache {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The page at an address.
    pub(crate) fn page(&self, url: &Address) -> Option<Kept> {
        let bytes = self.read("pages", &digest(url.to_string().as_bytes()))?;
        let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
        let mut line = || String::from_utf8(lines.next()?.to_vec()).ok();
        let (validator, kind, place) = (line()?, line()?, line()?);
        let body = lines.next()?.to_vec();
        Some(Kept {
            validator,
            kind,
            url: Address::parse(&place).ok()?,
            body,
        })
    }

    /// Keeps the page at an address.
    pub(crate) fn keep_page(&self, url: &Address, page: &Kept) {
        let Kept {
            validator,
            kind,
            url: place,
            body,
        } = page;
        if [validator, kind].iter().any(|line| line.contains('\n')) {
            return;
        }
        let mut bytes = format!("{validator}\n{kind}\n{place}\n").into_bytes();
        bytes.extend_from_slice(body);
        self.write("pages", &digest(url.to_string().as_bytes()), &bytes);
    }

    /// The metadata of the wheel with this digest.
    pub(crate) fn metadata(&self, wheel: Option<&String>) -> Option<Vec<u8>> {
        self.read("metadata", wheel?)
    }

    /// Keeps the metadata of the wheel with this digest.
    pub(crate) fn keep_metadata(&self, wheel: Option<&String>, metadata: &[u8]) {
        if let Some(wheel) = wheel {
            self.write("metadata", wheel, metadata);
        }
    }

    fn path(&self, kind: &str, key: &str) -> Option<PathBuf> {
        // Keys are digests, some of them from pages.
        let plain = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = self.folder.as_ref().filter(|_| plain)?;
        Some(folder.join(kind).join(&key[..2]).join(key))
    }

    /// The content of an entry, whose first line is its own digest.
    fn read(&self, kind: &str, key: &str) -> Option<Vec<u8>> {
        let bytes = fs_err::read(self.path(kind, key)?).ok()?;
        let (seal, content) = bytes.split_at_checked(65)?;
        (seal[..64] == *digest(content).as_bytes()).then(|| content.to_vec())
    }

    /// Writes an entry. A cache that cannot be written costs time, nothing else.
    fn write(&self, kind: &str, key: &str, content: &[u8]) {
        let Some(path) = self.path(kind, key) else { return };
        if path
            .parent()
            .is_some_and(|folder| fs_err::create_dir_all(folder).is_err())
        {
            return;
        }
        let mut bytes = format!("{}\n", digest(content)).into_bytes();
        bytes.extend_from_slice(content);
        // Pages of a private index are nobody else's business.
        let _ = disk::write_atomic(&path, &bytes, 0o600, Durability::Unsynced);
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_damage_is_absence() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().to_owned()));
        let url = Address::parse("https://index.example.com/simple/demo/").unwrap();
        let page = Kept {
            validator: "\"a\"".into(),
            kind: "text/html".into(),
            url: url.clone(),
            body: b"x\ny\n".into(),
        };
        assert_eq!(cache.page(&url), None);
        cache.keep_page(&url, &page);
        assert_eq!(cache.page(&url), Some(page));
        let path = cache.path("pages", &digest(url.to_string().as_bytes())).unwrap();
        let mut bytes = fs_err::read(&path).unwrap();
        bytes.pop();
        fs_err::write(&path, bytes).unwrap();
        assert_eq!(cache.page(&url), None);
        assert_eq!(cache.path("metadata", "../../../etc/passwd"), None);
        assert_eq!(Cache::default().page(&url), None);
    }
}
