//! Digests of contents.

use pyspec::hash::hex;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// How much is read at a time, bytes; most files of `/etc` are shorter.
pub(crate) const CHUNK: usize = 32 * 1024;

/// Returns the SHA-256 of bytes.
pub(crate) fn bytes(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Returns the SHA-256 of bytes in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Copies everything to `into`, and returns digest (`sha256:…`) and size.
pub(crate) fn copy(from: &mut impl Read, into: &mut impl Write) -> io::Result<(String, u64)> {
    let (digest, size) = Reader::default().read(from, u64::MAX, |chunk| into.write_all(chunk))?;
    Ok((named(&digest), size))
}

/// Reads one content after the other.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    chunk: Vec<u8>,
}

impl Reader {
    /// Reads to the end, and returns digest and size; see [`fill`] for what is `expected`.
    pub(crate) fn read(
        &mut self,
        from: &mut impl Read,
        expected: u64,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<([u8; 32], u64)> {
        self.chunk.resize(CHUNK, 0);
        let (mut hasher, mut size) = (Sha256::new(), 0);
        loop {
            let count = fill(from, &mut self.chunk, expected.saturating_sub(size))?;
            hasher.update(&self.chunk[..count]);
            take(&self.chunk[..count])?;
            size += count as u64;
            if count < CHUNK {
                return Ok((hasher.finalize().into(), size));
            }
        }
    }
}

/// Reads until the chunk is full or the content is at its end. One that should have so many bytes left
/// ends where a short chunk completes them; that saves a second look at each file.
pub(crate) fn fill(from: &mut impl Read, chunk: &mut [u8], expected: u64) -> io::Result<usize> {
    let mut count = 0;
    while count < chunk.len() {
        match from.read(&mut chunk[count..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(0) => break,
            Ok(more) => count += more,
        }
        if count as u64 == expected && count < chunk.len() {
            break;
        }
    }
    Ok(count)
}

/// Returns the digest of a file as documents have it.
pub(crate) fn named(digest: &[u8; 32]) -> String {
    ["sha256:", &hex(digest)].concat()
}

/// Returns the HMAC-SHA-256 (RFC 2104) of bytes in hexadecimal.
pub(crate) fn hmac(key: &[u8; 32], bytes: &[u8]) -> String {
    let pad = |with: u8| -> [u8; 64] { std::array::from_fn(|at| key.get(at).unwrap_or(&0) ^ with) };
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(bytes)
        .finalize();
    hex(&Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize())
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, Reader, copy, hmac, named};

    #[test]
    fn digests_are_known_ones() {
        let (digest, size) = copy(&mut &b"abc"[..], &mut std::io::sink()).unwrap();
        assert_eq!(
            digest,
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(size, 3);
    }

    /// A file that grew since its size was asked for is read to its end all the same.
    #[test]
    fn a_wrong_size_makes_no_difference() {
        let content = vec![b'x'; CHUNK + 7];
        let (whole, _) = copy(&mut &content[..], &mut std::io::sink()).unwrap();
        for expected in [0, 7, content.len() as u64, u64::MAX] {
            let mut reader = Reader::default();
            let (digest, size) = reader.read(&mut &content[..], expected, |_| Ok(())).unwrap();
            assert_eq!(
                (named(&digest), size),
                (whole.clone(), content.len() as u64),
                "{expected}"
            );
        }
    }

    /// RFC 4231 has no key of 32 bytes; this one was made with Python's `hmac`.
    #[test]
    fn hmac_is_python_s() {
        let expected = "e8f9acc76498c028a66162edc9e6597a6f5f57c50447c8be0a9d6aaeb3a6bc46";
        assert_eq!(hmac(&[7; 32], b"secret"), expected);
    }
}
