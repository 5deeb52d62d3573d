//! Entries as one line of text each: the state has many of them, and reads and writes them often.
//!
//! `absent`, `file 0644 0 0 12 sha256:…`, `folder 0755 - -`, `link TARGET`; a dash is what is unsaid.

use serde::{Deserializer, Serializer, de};
use std::fmt;
use wire::etc::Entry;

/// Writes an entry, for `#[serde(with)]`.
pub(crate) fn serialize<S: Serializer>(entry: &Entry, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Line(entry))
}

/// Reads an entry, for `#[serde(with)]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Entry, D::Error> {
    struct Visitor;
    impl de::Visitor<'_> for Visitor {
        type Value = Entry;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("what is under a path, in one line")
        }

        fn visit_str<E: de::Error>(self, line: &str) -> Result<Entry, E> {
            read(line).ok_or_else(|| E::invalid_value(de::Unexpected::Str(line), &self))
        }
    }
    deserializer.deserialize_str(Visitor)
}

struct Line<'a>(&'a Entry);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Entry::Absent => f.write_str("absent"),
            Entry::File {
                digest,
                size,
                mode,
                uid,
                gid,
            } => {
                write!(
                    f,
                    "file {mode} {} {} {} {digest}",
                    said(uid),
                    said(gid),
                    said(size)
                )
            }
            Entry::Folder { mode, uid, gid } => write!(f, "folder {mode} {} {}", said(uid), said(gid)),
            Entry::Link {
                target_b64: Some(target),
                ..
            } => write!(f, "link64 {target}"),
            Entry::Link { target, .. } => write!(f, "link {target}"),
            Entry::Special { what } => write!(f, "special {what}"),
            Entry::Unknown { why } => write!(f, "unknown {why}"),
        }
    }
}

fn said(number: &Option<impl fmt::Display>) -> String {
    number
        .as_ref()
        .map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn read(line: &str) -> Option<Entry> {
    let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut words = rest.split(' ');
    Some(match kind {
        "absent" => Entry::Absent,
        "file" => Entry::File {
            mode: words.next()?.parse().ok()?,
            uid: number(words.next()?)?,
            gid: number(words.next()?)?,
            size: number(words.next()?)?,
            digest: words.next()?.to_owned(),
        },
        "folder" => Entry::Folder {
            mode: words.next()?.parse().ok()?,
            uid: number(words.next()?)?,
            gid: number(words.next()?)?,
        },
        "link" => crate::tree::entry::link(rest.as_bytes()),
        "link64" => crate::tree::entry::link(&etc::from_wire("", Some(rest)).ok()?),
        "special" => Entry::Special {
            what: rest.to_owned(),
        },
        "unknown" => Entry::Unknown { why: rest.to_owned() },
        _ => return None,
    })
}

fn number<T: std::str::FromStr>(word: &str) -> Option<Option<T>> {
    match word {
        "-" => Some(None),
        word => word.parse().ok().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, read};
    use wire::etc::{Entry, Mode};

    #[test]
    fn every_entry_comes_back() {
        let file = |size, uid, gid| Entry::File {
            digest: "sha256:00".to_owned(),
            size,
            mode: Mode(0o4755),
            uid,
            gid,
        };
        let folder = Entry::Folder {
            mode: Mode(0o755),
            uid: Some(7),
            gid: None,
        };
        let special = Entry::Special {
            what: "named pipe".to_owned(),
        };
        let unknown = Entry::Unknown {
            why: "no such  luck".to_owned(),
        };
        let links = [&b"../a b"[..], b"", b"odd\xff"].map(crate::tree::entry::link);
        let others = [
            Entry::Absent,
            file(None, None, None),
            file(Some(12), Some(0), Some(33)),
            folder,
            special,
            unknown,
        ];
        for entry in others.into_iter().chain(links) {
            assert_eq!(read(&Line(&entry).to_string()), Some(entry));
        }
        for rubbish in [
            "",
            "file",
            "file 0644 0 0",
            "file 0644 x 0 1 sha256:00",
            "folder 99 - -",
            "link64 ?",
        ] {
            assert_eq!(read(rubbish), None, "{rubbish:?}");
        }
    }
}
