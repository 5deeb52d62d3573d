//! One member of an archive.

/// How a member's data are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// Compressed with deflate.
    Deflated,
}

impl Method {
    pub(super) fn from_number(number: u16) -> Option<Self> {
        match number {
            0 => Some(Self::Stored),
            8 => Some(Self::Deflated),
            _ => None,
        }
    }

    pub(super) fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }
}

/// A member as the archive's directory describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path: relative, with `/`, without `.` and `..`; a folder's ends in `/`.
    pub name: String,
    /// The size of its content in bytes.
    pub size: u64,
    /// The CRC-32 of its content.
    pub crc: u32,
    /// Whether it is said to be a regular file with any of the executable bits set, as pip understands it.
    pub executable: bool,
    /// How its data are kept.
    pub method: Method,
    /// The size of its data in the archive, in bytes.
    pub compressed_size: u64,
    /// The general purpose flags.
    pub(super) flags: u16,
    /// Where its own header begins.
    pub(super) start: u64,
    /// Where the next member, or the directory, begins.
    pub(super) end: u64,
}

impl Member {
    /// Says whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// Returns the bytes of the archive that are this member's: header, data, and what follows them.
    pub fn region(&self) -> std::ops::Range<u64> {
        self.start..self.end
    }
}
