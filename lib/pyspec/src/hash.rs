//! Hashes of files: an algorithm and a digest.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base64;

/// Is a hash algorithm that counts as strong enough to vouch for a file.
///
/// ```
/// use pyspec::hash::Algorithm;
/// assert_eq!(Algorithm::from_name("sha256"), Some(Algorithm::Sha256));
/// assert_eq!(Algorithm::from_name("md5"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// Every algorithm, the weakest first.
    ///
    /// ```
    /// assert_eq!(pyspec::hash::Algorithm::ALL.len(), 3);
    /// ```
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Finds an algorithm by its name in Python's `hashlib`.
    ///
    /// ```
    /// assert!(pyspec::hash::Algorithm::from_name("sha384").is_some());
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Returns the name, `sha256`.
    ///
    /// ```
    /// assert_eq!(pyspec::hash::Algorithm::Sha512.name(), "sha512");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Returns the length of a digest in bytes.
    ///
    /// ```
    /// assert_eq!(pyspec::hash::Algorithm::Sha256.length(), 32);
    /// ```
    pub fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Is the hash of a file, its digest in lower-case hexadecimal.
///
/// It prints, and serialises, as pip writes it: `sha256:9f86…`.
///
/// ```
/// use pyspec::hash::Hash;
/// let text = format!("sha256:{}", "0a".repeat(32));
/// let hash: Hash = text.parse().unwrap();
/// assert_eq!(hash.hex.len(), 64);
/// assert_eq!(hash.to_string(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The digest in lower-case hexadecimal, of the algorithm's length.
    pub hex: String,
}

impl Hash {
    /// Makes a hash of a digest in hexadecimal, of either case.
    ///
    /// # Errors
    /// The digest has the wrong length or another character.
    ///
    /// ```
    /// use pyspec::hash::{Algorithm, Hash};
    /// assert!(Hash::from_hex(Algorithm::Sha256, &"AB".repeat(32)).is_ok());
    /// assert!(Hash::from_hex(Algorithm::Sha256, "abc").is_err());
    /// ```
    pub fn from_hex(algorithm: Algorithm, hex: &str) -> Result<Self, String> {
        if hex.len() != algorithm.length() * 2 {
            let expected = algorithm.length() * 2;
            return Err(format!(
                "a {algorithm} has {expected} hexadecimal digits, found {}",
                hex.len()
            ));
        }
        // Without a way out in the middle, so that it is done many bytes at a time.
        let is_hex = hex.bytes().fold(true, |all, byte| all & byte.is_ascii_hexdigit());
        if !is_hex {
            return Err(format!("{hex:?} is no hexadecimal digest"));
        }
        Ok(Self {
            algorithm,
            hex: hex.to_ascii_lowercase(),
        })
    }

    /// Makes a hash of a digest's bytes.
    ///
    /// # Errors
    /// There are too few or too many bytes.
    ///
    /// ```
    /// use pyspec::hash::{Algorithm, Hash};
    /// assert_eq!(Hash::from_bytes(Algorithm::Sha256, &[10; 32]).unwrap().hex, "0a".repeat(32));
    /// ```
    pub fn from_bytes(algorithm: Algorithm, digest: &[u8]) -> Result<Self, String> {
        if digest.len() != algorithm.length() {
            return Err(format!(
                "a {algorithm} has {} bytes, found {}",
                algorithm.length(),
                digest.len()
            ));
        }
        Ok(Self {
            algorithm,
            hex: hex(digest),
        })
    }

    /// Reads RECORD's form, `sha256=` and the digest in unpadded URL-safe base64.
    ///
    /// # Errors
    /// The algorithm is weaker than sha256 or unknown, or the digest is not of its length.
    ///
    /// ```
    /// use pyspec::hash::Hash;
    /// assert!(Hash::from_record("sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU").is_ok());
    /// assert!(Hash::from_record("md5=1B2M2Y8AsgTpgAmY7PhCfg").is_err());
    /// ```
    pub fn from_record(text: &str) -> Result<Self, String> {
        let (name, digest) = text
            .split_once('=')
            .ok_or_else(|| format!("{text:?} is no hash"))?;
        let bytes = base64::decode(digest).ok_or_else(|| format!("{digest:?} is no URL-safe base64"))?;
        Self::from_bytes(strong(name)?, &bytes)
    }

    /// Returns the digest's bytes.
    ///
    /// ```
    /// use pyspec::hash::{Algorithm, Hash};
    /// let hash = Hash::from_bytes(Algorithm::Sha256, &[7; 32]).unwrap();
    /// assert_eq!(hash.bytes(), [7; 32]);
    /// ```
    pub fn bytes(&self) -> Vec<u8> {
        let pairs = self.hex.as_bytes().chunks(2);
        pairs
            .map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | hex_value(*digit)))
            .collect()
    }

    /// Returns the digest in RECORD's unpadded URL-safe base64.
    ///
    /// ```
    /// use pyspec::hash::{Algorithm, Hash};
    /// let hash = Hash::from_bytes(Algorithm::Sha256, &[0; 32]).unwrap();
    /// assert_eq!(hash.to_base64(), "A".repeat(43));
    /// ```
    pub fn to_base64(&self) -> String {
        base64(&self.bytes())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.algorithm, self.hex)
    }
}

impl std::str::FromStr for Hash {
    type Err = String;

    /// Reads pip's form, `sha256:` and the digest in hexadecimal.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, hex) = text
            .split_once(':')
            .ok_or_else(|| format!("{text:?} is no hash: an algorithm, a colon and a digest are expected"))?;
        Self::from_hex(strong(name)?, hex)
    }
}

impl TryFrom<String> for Hash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

fn strong(name: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(name)
        .ok_or_else(|| format!("{name:?} does not vouch for a file: sha256, sha384 or sha512 is expected"))
}

/// Reads the strong hashes that the fragment of an address names, `#sha256=…&egg=…`.
///
/// # Errors
/// A digest has the wrong length or another character.
///
/// ```
/// use pyspec::hash::of_address;
/// let digest = "0a".repeat(32);
/// let found = of_address(&format!("https://example.com/a.zip#egg=a&sha256={digest}&md5=x")).unwrap();
/// assert_eq!(found[0].hex, digest);
/// assert!(found.len() == 1 && of_address("https://example.com/a.zip?sha256=x").unwrap().is_empty());
/// assert!(of_address("https://example.com/a.zip#sha256=x").is_err());
/// ```
pub fn of_address(url: &str) -> Result<Vec<Hash>, String> {
    let fragment = crate::url::split_fragment(url).1.unwrap_or_default();
    let hash = |part: &str| {
        let (name, digest) = part.split_once('=')?;
        Some(Hash::from_hex(Algorithm::from_name(name)?, digest))
    };
    fragment.split('&').filter_map(hash).collect()
}

/// Returns bytes in lower-case hexadecimal.
///
/// ```
/// assert_eq!(pyspec::hash::hex(&[0x0a, 0xff]), "0aff");
/// ```
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text
}

/// Returns bytes in RECORD's unpadded URL-safe base64.
///
/// ```
/// assert_eq!(pyspec::hash::base64(&[0xfb, 0xff]), "-_8");
/// ```
pub fn base64(bytes: &[u8]) -> String {
    base64::encode(bytes)
}

/// The hexadecimal digits, by their value.
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Returns the value of a lower-case digit that was checked to be one.
fn hex_value(digit: u8) -> u8 {
    match digit {
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit & 15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pips_form_and_records_form_are_one_hash() {
        let hash = Hash::from_record("sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU").unwrap();
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash.to_string(), format!("sha256:{hex}"));
        assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
        assert_eq!(hash.to_base64(), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    }

    #[test]
    fn malformed_hashes_are_refused() {
        for wrong in [
            "",
            "sha256",
            "sha256:",
            "sha256:zz",
            "md5:d41d8cd98f00b204e9800998ecf8427e",
            "SHA256:ab",
        ] {
            assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
        }
    }
}
