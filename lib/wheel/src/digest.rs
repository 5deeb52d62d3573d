//! Digests of contents, as RECORD names them.

use pyspec::hash::{Algorithm, Hash};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// The digest of a content that is still arriving.
pub(crate) enum Hasher {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha384 => Self::Sha384(Sha384::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha384(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Digest {
        let (algorithm, bytes) = match self {
            Self::Sha256(hasher) => (Algorithm::Sha256, hasher.finalize().to_vec()),
            Self::Sha384(hasher) => (Algorithm::Sha384, hasher.finalize().to_vec()),
            Self::Sha512(hasher) => (Algorithm::Sha512, hasher.finalize().to_vec()),
        };
        Digest { algorithm, bytes }
    }
}

/// A digest, ready to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The digest's bytes.
    pub bytes: Vec<u8>,
}

impl Digest {
    /// Returns the sha256 of a content.
    pub fn sha256(content: &[u8]) -> Self {
        Self::of(Algorithm::Sha256, content)
    }

    /// Reads it as RECORD writes it; `None` if it is no digest.
    pub(crate) fn of_record(text: &str) -> Option<Self> {
        Hash::from_record(text).ok().map(|hash| Self::from(&hash))
    }

    /// Returns the digest of a content.
    pub(crate) fn of(algorithm: Algorithm, content: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(content);
        hasher.finish()
    }

    /// Returns the digest as a hash of the standard.
    pub fn hash(&self) -> Hash {
        Hash {
            algorithm: self.algorithm,
            hex: pyspec::hash::hex(&self.bytes),
        }
    }

    /// Returns it as RECORD writes it, `sha256=…`.
    pub fn in_record(&self) -> String {
        format!("{}={}", self.algorithm, pyspec::hash::base64(&self.bytes))
    }
}

impl From<&Hash> for Digest {
    fn from(hash: &Hash) -> Self {
        Self {
            algorithm: hash.algorithm,
            bytes: hash.bytes(),
        }
    }
}
