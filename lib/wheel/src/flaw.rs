//! What can be wrong with a wheel.

use thiserror::Error;

/// Why a file is not a wheel that may be installed.
///
/// The messages are read after the wheel's and the member's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
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
}
