//! What can be wrong with a wheel.

use thiserror::Error;

/// Why a file is not a wheel that may be installed.
///
/// The messages are read after the wheel's and the member's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// A folder, a pipe, a device.
    #[error("not a regular file")]
    NotFile,
    /// There is no end record where a zip archive must end.
    #[error("not a zip archive, or cut short")]
    NotZip,
    /// Bytes follow the archive.
    #[error("{0} bytes follow the end of the archive")]
    TrailingBytes(u64),
    /// Bytes in the archive belong to no member.
    #[error("{0} bytes belong to no member")]
    UnclaimedBytes(u64),
    /// Two end records could be meant.
    #[error("the archive's end is ambiguous")]
    AmbiguousEnd,
    /// The archive is spread over several files.
    #[error("the archive claims to be one of several volumes")]
    Volumes,
    /// The central directory is not where, or as large as, the end record says.
    #[error("the archive's directory does not match its end record")]
    Directory,
    /// The 64-bit fields contradict the 32-bit ones.
    #[error("the zip64 fields contradict the others")]
    Zip64,
    /// The name is not UTF-8, or not marked as such.
    #[error("the name is not UTF-8, or not marked as such")]
    NameEncoding,
    /// The name would lead out of the environment, or means different things to different readers.
    #[error("the path is unsafe: {0}")]
    UnsafePath(&'static str),
    /// A name occurs twice.
    #[error("the archive has two members of this name")]
    Duplicate,
    /// Neither stored nor deflated.
    #[error("compression method {0} is not allowed in a wheel")]
    Method(u16),
    /// The member is encrypted.
    #[error("the member is encrypted")]
    Encrypted,
    /// The member is a link, a device, …
    #[error("the member is not a regular file (mode {0:o})")]
    FileType(u32),
    /// The local header says something else than the directory.
    #[error("the {0} in the member's own header differs from the archive's directory")]
    HeaderDisagrees(&'static str),
    /// Members share bytes.
    #[error("the member overlaps its neighbour")]
    Overlap,
    /// The compressed data are damaged.
    #[error("the compressed data are damaged")]
    Damaged,
    /// More or fewer bytes than announced.
    #[error("the content is not of the announced size {0}")]
    Size(u64),
    /// The CRC-32 differs.
    #[error("the checksum differs: expected {expected:08x}, found {found:08x}")]
    Checksum {
        /// As the directory says.
        expected: u32,
        /// Of the content.
        found: u32,
    },
    /// The archive unpacks to far more than it holds.
    #[error("{size} bytes out of {compressed}: this looks like a bomb")]
    Bomb {
        /// The sum of the unpacked sizes in bytes.
        size: u64,
        /// The size of the archive in bytes.
        compressed: u64,
    },
    /// The file's name is not that of a wheel.
    #[error("not the name of a wheel: {0}")]
    FileName(String),
    /// There is not exactly one `.dist-info` folder.
    #[error("expected one .dist-info folder, found {}", if .0.is_empty() { "none".to_owned() } else { .0.join(", ") })]
    DistInfo(Vec<String>),
    /// Name or version are not those of the file's name.
    #[error("expected {what} {expected}, as the wheel's file name says, found {found}")]
    Identity {
        /// `name` or `version`.
        what: &'static str,
        /// As the file's name says.
        expected: String,
        /// As is found here.
        found: String,
    },
    /// A file that every wheel has is not there.
    #[error("the wheel has no {0}")]
    Missing(&'static str),
    /// A file does not follow its standard.
    #[error("{0}")]
    Content(pyspec::Error),
    /// A text is not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// RECORD lists a file that is not there.
    #[error("RECORD lists it, and the wheel does not have it")]
    Absent,
    /// RECORD does not list a file.
    #[error("RECORD does not list it")]
    Unlisted,
    /// RECORD has no hash for a file that needs one.
    #[error("RECORD has no hash for it")]
    NoHash,
    /// RECORD has two lines for a file.
    #[error("RECORD lists it twice")]
    ListedTwice,
    /// The content is not what RECORD says.
    #[error("RECORD says {expected}, found {found}")]
    RecordHash {
        /// `sha256=…` as RECORD has it.
        expected: String,
        /// The same of the content.
        found: String,
    },
    /// The size is not what RECORD says.
    #[error("RECORD says {expected} bytes, found {found}")]
    RecordSize {
        /// As RECORD has it, in bytes.
        expected: u64,
        /// The size of the content in bytes.
        found: u64,
    },
    /// A `.data` folder of another distribution, or a file right in it.
    #[error("not in the wheel's own .data folder, {0}")]
    DataFolder(String),
    /// A folder of `.data` that no installer knows.
    #[error("{0:?} is none of purelib, platlib, headers, scripts, data")]
    Scheme(String),
    /// A script must not have this name.
    #[error("{0}")]
    ScriptName(String),
}

impl Flaw {
    /// Says whether nothing but RECORD is to blame, or what it says of the member.
    pub(crate) fn is_of_record(&self, member: Option<&str>) -> bool {
        match self {
            Self::Absent
            | Self::Unlisted
            | Self::NoHash
            | Self::ListedTwice
            | Self::RecordHash { .. }
            | Self::RecordSize { .. } => true,
            Self::Missing(name) => *name == "RECORD",
            Self::Content(_) | Self::Encoding => member.is_some_and(|name| name.ends_with("/RECORD")),
            _ => false,
        }
    }
}
