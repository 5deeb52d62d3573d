//! Digests of contents.

use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    io::{self, Read, Write},
};

/// How much is read at a time, bytes; most files of `/etc` are shorter.
const CHUNK: usize = 16 * 1024;

/// Returns the SHA-256 of bytes in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Copies everything to `into`, and returns digest (`sha256:…`) and size.
pub(crate) fn copy(from: &mut impl Read, into: &mut impl Write) -> io::Result<(String, u64)> {
    let (mut hasher, mut size) = (Sha256::new(), 0);
    let mut chunk = [0; CHUNK];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok((format!("sha256:{}", hex(&hasher.finalize())), size)),
            Ok(count) => {
                hasher.update(&chunk[..count]);
                into.write_all(&chunk[..count])?;
                size += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{copy, hmac};

    #[test]
    fn digests_are_known_ones() {
        let (digest, size) = copy(&mut &b"abc"[..], &mut std::io::sink()).unwrap();
        assert_eq!(
            digest,
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(size, 3);
    }

    /// RFC 4231 has no key of 32 bytes; this one was made with Python's `hmac`.
    #[test]
    fn hmac_is_python_s() {
        let expected = "e8f9acc76498c028a66162edc9e6597a6f5f57c50447c8be0a9d6aaeb3a6bc46";
        assert_eq!(hmac(&[7; 32], b"secret"), expected);
    }
}
