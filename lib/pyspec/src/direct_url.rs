//! `direct_url.json`: where a distribution that came from no index was installed from (PEP 610).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Document, Error};

/// Is a `direct_url.json`.
///
/// ```
/// use pyspec::direct_url::DirectUrl;
/// let text = r#"{"url": "https://user:secret@example.com/a.zip", "archive_info": {}}"#;
/// let origin = DirectUrl::parse(text.as_bytes()).unwrap();
/// assert_eq!(origin.to_json(), r#"{"archive_info":{},"url":"https://example.com/a.zip"}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectUrl {
    /// The address as given.
    pub url: String,
    /// What it is the address of.
    pub kind: Kind,
    /// The folder in it that holds the project, if it is not the top.
    pub subdirectory: Option<String>,
}

/// Says what an address is that of.
///
/// ```
/// use pyspec::direct_url::{DirectUrl, Kind};
/// let origin = DirectUrl::parse(br#"{"url": "file:///a", "dir_info": {"editable": true}}"#).unwrap();
/// assert_eq!(origin.kind, Kind::Directory { editable: true });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A file; its digests by algorithm.
    Archive {
        /// Hexadecimal digests by algorithm.
        hashes: BTreeMap<String, String>,
    },
    /// A folder on this machine.
    Directory {
        /// Whether it is installed in editable mode.
        editable: bool,
    },
    /// A commit of a repository.
    Vcs {
        /// The program, `git`.
        vcs: String,
        /// The commit that was installed.
        commit_id: String,
        /// What was asked for: a branch, a tag.
        requested_revision: Option<String>,
    },
}

/// The document as it is written.
#[derive(Default, Deserialize, Serialize)]
struct Raw {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    archive_info: Option<RawArchive>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dir_info: Option<RawDirectory>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subdirectory: Option<String>,
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vcs_info: Option<RawVcs>,
}

#[derive(Deserialize, Serialize)]
struct RawArchive {
    /// The one digest that PEP 610 knew, `algorithm=digest`; read, never written.
    #[serde(default, skip_serializing)]
    hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hashes: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Serialize)]
struct RawDirectory {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    editable: Option<bool>,
}

#[derive(Deserialize, Serialize)]
struct RawVcs {
    commit_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requested_revision: Option<String>,
    vcs: String,
}

impl DirectUrl {
    /// Reads the file.
    ///
    /// # Errors
    /// It is no JSON of that form, says not exactly one of the three kinds, is a directory elsewhere than
    /// at an absolute `file:` address, or the old and the new form of a digest disagree.
    ///
    /// ```
    /// use pyspec::direct_url::DirectUrl;
    /// assert!(DirectUrl::parse(br#"{"url": "https://example.com/a.zip"}"#).is_err());
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = crate::error::utf8(Document::DirectUrl, bytes)?;
        let fault = |at: usize, reason: String| Error::document(Document::DirectUrl, text, at, reason);
        let raw: Raw = serde_json::from_str(text)
            .map_err(|error| fault(crate::error::json_offset(text, &error), error.to_string()))?;
        let kind = match (raw.archive_info, raw.dir_info, raw.vcs_info) {
            (Some(archive), None, None) => Kind::Archive {
                hashes: hashes(archive).map_err(|reason| fault(0, reason))?,
            },
            (None, Some(directory), None) if is_absolute_file(&raw.url) => Kind::Directory {
                editable: directory.editable.unwrap_or(false),
            },
            (None, Some(_), None) => {
                return Err(fault(
                    0,
                    "a directory is not at an absolute `file:` address".to_owned(),
                ));
            }
            (None, None, Some(vcs)) => Kind::Vcs {
                vcs: vcs.vcs,
                commit_id: vcs.commit_id,
                requested_revision: vcs.requested_revision,
            },
            _ => {
                return Err(fault(
                    0,
                    "exactly one of archive_info, dir_info and vcs_info is expected".to_owned(),
                ));
            }
        };
        Ok(Self {
            url: raw.url,
            kind,
            subdirectory: raw.subdirectory,
        })
    }

    /// Writes the file, members sorted, without a user and password in the address (`git@` and
    /// `${VARIABLE}` stay, as PEP 610 allows).
    ///
    /// ```
    /// use pyspec::direct_url::{DirectUrl, Kind};
    /// let kind = Kind::Directory { editable: false };
    /// let origin = DirectUrl { url: "file:///a".to_owned(), kind, subdirectory: None };
    /// assert_eq!(origin.to_json(), r#"{"dir_info":{},"url":"file:///a"}"#);
    /// ```
    pub fn to_json(&self) -> String {
        let mut raw = Raw {
            url: without_secret(&self.url),
            subdirectory: self.subdirectory.clone(),
            ..Raw::default()
        };
        match &self.kind {
            Kind::Archive { hashes } => {
                let hashes = (!hashes.is_empty()).then(|| hashes.clone());
                raw.archive_info = Some(RawArchive { hash: None, hashes });
            }
            Kind::Directory { editable } => {
                raw.dir_info = Some(RawDirectory {
                    editable: editable.then_some(true),
                });
            }
            Kind::Vcs {
                vcs,
                commit_id,
                requested_revision,
            } => {
                raw.vcs_info = Some(RawVcs {
                    vcs: vcs.clone(),
                    commit_id: commit_id.clone(),
                    requested_revision: requested_revision.clone(),
                });
            }
        }
        // Strings and maps of strings always serialise.
        serde_json::to_string(&raw).unwrap_or_default()
    }
}

/// Brings the two forms of an archive's digests together.
fn hashes(archive: RawArchive) -> Result<BTreeMap<String, String>, String> {
    let Some(old) = archive.hash else {
        return Ok(archive.hashes.unwrap_or_default());
    };
    let (algorithm, digest) = old
        .split_once('=')
        .ok_or_else(|| format!("{old:?} is no hash: `algorithm=digest` is expected"))?;
    let Some(hashes) = archive.hashes else {
        return Ok(BTreeMap::from([(algorithm.to_owned(), digest.to_owned())]));
    };
    match hashes.get(algorithm) {
        Some(known) if known == digest => Ok(hashes),
        _ => Err(format!("`hash` says {old}, `hashes` does not")),
    }
}

fn is_absolute_file(url: &str) -> bool {
    let rest = url
        .get(..5)
        .filter(|scheme| scheme.eq_ignore_ascii_case("file:"))
        .map(|_| &url[5..]);
    let path = rest.and_then(|rest| match rest.strip_prefix("//") {
        Some(rest) => rest.find('/').map(|at| &rest[at..]),
        None => Some(rest),
    });
    path.is_some_and(|path| path.starts_with('/'))
}

/// Takes user and password out of an address.
fn without_secret(url: &str) -> String {
    let Some(begin) = url.find("://").map(|at| at + 3) else {
        return url.to_owned();
    };
    let end = url[begin..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| begin + at);
    match url[begin..end].rsplit_once('@') {
        Some((secret, host)) if !is_harmless(secret) => format!("{}{host}{}", &url[..begin], &url[end..]),
        _ => url.to_owned(),
    }
}

/// Tells whether what stands before the `@` is `git`, or one or two `${VARIABLE}`s.
fn is_harmless(secret: &str) -> bool {
    let is_variable = |text: &str| {
        let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        name.is_some_and(|name| !name.is_empty() && name.bytes().all(plain))
    };
    match secret.split_once(':') {
        Some((user, password)) => is_variable(user) && is_variable(password),
        None => secret == "git" || is_variable(secret),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_there_and_back() {
        for text in [
            r#"{"archive_info":{"hashes":{"sha256":"ab"}},"url":"https://example.com/a.zip"}"#,
            r#"{"dir_info":{"editable":true},"subdirectory":"b","url":"file:///a"}"#,
            r#"{"url":"ssh://git@example.com/a","vcs_info":{"commit_id":"1","requested_revision":"main","vcs":"git"}}"#,
        ] {
            assert_eq!(DirectUrl::parse(text.as_bytes()).unwrap().to_json(), text);
        }
    }

    #[test]
    fn the_old_digest_is_read_and_compared() {
        let parse =
            |info: &str| DirectUrl::parse(format!(r#"{{"url":"x:y","archive_info":{info}}}"#).as_bytes());
        assert!(parse(r#"{"hash":"sha256=ab"}"#).is_ok());
        assert!(parse(r#"{"hash":"sha256"}"#).is_err());
        assert!(parse(r#"{"hash":"sha256=ab","hashes":{"sha256":"ab"}}"#).is_ok());
        assert!(parse(r#"{"hash":"sha256=ab","hashes":{"sha256":"cd"}}"#).is_err());
        assert!(parse(r#"{"hash":"sha256=ab","hashes":{}}"#).is_err());
    }

    #[test]
    fn secrets_stay_out() {
        assert_eq!(
            without_secret("https://a:b@example.com/x@y"),
            "https://example.com/x@y"
        );
        assert_eq!(
            without_secret("https://${A}:${B}@example.com"),
            "https://${A}:${B}@example.com"
        );
        assert_eq!(
            without_secret("ssh://git@example.com/x"),
            "ssh://git@example.com/x"
        );
        assert_eq!(without_secret("https://${}@example.com"), "https://example.com");
    }

    #[test]
    fn directories_are_here() {
        for url in ["https://example.com/", "file:a", "file://host", "a"] {
            assert!(
                DirectUrl::parse(format!(r#"{{"url":"{url}","dir_info":{{}}}}"#).as_bytes()).is_err(),
                "{url}"
            );
        }
        assert!(DirectUrl::parse(b"[]").is_err());
        assert!(DirectUrl::parse(b"\xff").is_err());
    }
}
