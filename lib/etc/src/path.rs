//! Paths below a root.

use crate::Error;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{borrow::Cow, ffi::OsStr, fmt, os::unix::ffi::OsStrExt, path::Path, sync::Arc};

/// A path below a root: relative, without `.` and `..`, in bytewise order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Arc<[u8]>);

impl TreePath {
    /// Takes a path that consists of plain names.
    ///
    /// # Errors
    ///
    /// It is empty or absolute, or has an empty name, `.`, `..`, a line feed or a NUL in it.
    pub fn new(path: impl AsRef<[u8]>) -> Result<Self, Error> {
        let path = path.as_ref();
        match problem(path) {
            None => Ok(Self(path.into())),
            Some(why) => Err(Error::Path {
                path: String::from_utf8_lossy(path).into_owned(),
                why,
            }),
        }
    }

    /// Takes a path from a document, where `b64` holds the bytes of one that is not UTF-8.
    ///
    /// # Errors
    ///
    /// As [`TreePath::new`], or `b64` is not base64.
    pub fn from_wire(path: &str, b64: Option<&str>) -> Result<Self, Error> {
        Self::new(from_wire(path, b64)?)
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns it as a path of the system.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// Returns what stands in the `path` member of a document.
    pub fn text(&self) -> String {
        self.to_string()
    }

    /// Returns what stands in the `path_b64` member of a document: nothing for UTF-8.
    pub fn b64(&self) -> Option<String> {
        to_wire(&self.0).1
    }

    /// Returns the folder that it is in, if that is not the root.
    pub fn parent(&self) -> Option<Self> {
        let slash = self.0.iter().rposition(|b| *b == b'/')?;
        Some(Self(self.0[..slash].into()))
    }

    /// Returns the bytes of the folder that it is in; none for the root itself.
    pub fn folder(&self) -> &[u8] {
        let slash = self.0.iter().rposition(|b| *b == b'/');
        &self.0[..slash.unwrap_or(0)]
    }

    /// Returns every folder on the way, outermost first.
    pub fn parents(&self) -> Vec<Self> {
        let slashes = (0..self.0.len()).filter(|at| self.0[*at] == b'/');
        slashes.map(|at| Self(self.0[..at].into())).collect()
    }

    /// Returns the last name.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|b| *b == b'/').next().unwrap_or(&self.0)
    }

    /// Returns the path of something in this folder.
    ///
    /// # Errors
    ///
    /// As [`TreePath::new`].
    pub fn join(&self, name: &[u8]) -> Result<Self, Error> {
        Self::new([&self.0, name].join(&b'/'))
    }

    /// Tells whether it is `folder` or below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        self.0
            .strip_prefix(&*folder.0)
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

fn problem(path: &[u8]) -> Option<&'static str> {
    if path.is_empty() {
        return Some("is empty");
    }
    if path.contains(&b'\n') || path.contains(&0) {
        return Some("has a line feed or a NUL in it");
    }
    let mut names = path.split(|b| *b == b'/');
    match names.find(|name| matches!(*name, b"" | b"." | b"..")) {
        Some(b"..") => Some("leads upwards"),
        Some(_) => Some("is not a plain relative path"),
        None => None,
    }
}

/// Returns how a document writes bytes that are mostly text: readable, and in base64 if they
/// are not UTF-8.
pub fn to_wire(bytes: &[u8]) -> (String, Option<String>) {
    let text = String::from_utf8_lossy(bytes);
    let twin = matches!(text, Cow::Owned(_)).then(|| BASE64_STANDARD.encode(bytes));
    (text.into_owned(), twin)
}

/// Reads what [`to_wire`] writes.
///
/// # Errors
///
/// `b64` is not base64.
pub fn from_wire(text: &str, b64: Option<&str>) -> Result<Vec<u8>, Error> {
    let Some(b64) = b64 else {
        return Ok(text.as_bytes().to_owned());
    };
    BASE64_STANDARD.decode(b64).map_err(|_| Error::Path {
        path: text.to_owned(),
        why: "has a twin that is not base64",
    })
}

#[cfg(test)]
mod tests {
    use super::TreePath;
    use proptest::prelude::*;

    fn path(text: &str) -> TreePath {
        TreePath::new(text).unwrap()
    }

    #[test]
    fn only_plain_relative_paths() {
        for bad in [
            "", "/a", "a//b", "a/", ".", "a/./b", "../a", "a/..", "a\nb", "a\0b",
        ] {
            assert!(TreePath::new(bad).is_err(), "{bad:?}");
        }
        assert!(TreePath::new("a/..b/c. d").is_ok());
    }

    #[test]
    fn parents_are_outermost_first() {
        assert_eq!(path("a/b/c").parents(), [path("a"), path("a/b")]);
        assert_eq!(path("a/b/c").parent(), Some(path("a/b")));
        assert_eq!(path("a").parent(), None);
        assert_eq!(path("a/b").name(), b"b");
    }

    #[test]
    fn within_means_whole_names() {
        assert!(path("a/b").is_within(&path("a")));
        assert!(path("a").is_within(&path("a")));
        assert!(!path("ab").is_within(&path("a")));
    }

    proptest! {
        #[test]
        fn documents_keep_every_byte(bytes in proptest::collection::vec(any::<u8>(), 1..20)) {
            if let Ok(path) = TreePath::new(&bytes) {
                let back = TreePath::from_wire(&path.text(), path.b64().as_deref()).unwrap();
                prop_assert_eq!(back.as_bytes(), &bytes[..]);
            }
        }
    }
}
