//! Recognising private keys. Nothing of a key but its kind is ever shown.

use base64::{Engine, prelude::BASE64_STANDARD};
use memchr::memmem;

/// What a file with a private key in it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The kind of file.
    pub(crate) kind: &'static str,
    /// Whether a passphrase guards it.
    pub(crate) encrypted: bool,
}

/// How a key of PuTTY begins.
const PUTTY: &str = "PuTTY-User-Key-File-";

/// The first lines of the files that hold private keys.
const KINDS: [(&str, &str); 6] = [
    ("-----BEGIN OPENSSH PRIVATE KEY-----", "OpenSSH key"),
    ("-----BEGIN RSA PRIVATE KEY-----", "RSA key"),
    ("-----BEGIN EC PRIVATE KEY-----", "EC key"),
    ("-----BEGIN DSA PRIVATE KEY-----", "DSA key"),
    ("-----BEGIN ENCRYPTED PRIVATE KEY-----", "PKCS 8 key"),
    ("-----BEGIN PRIVATE KEY-----", "PKCS 8 key"),
];

/// Returns the private key in a file, if there is one.
pub(crate) fn find(bytes: &[u8]) -> Option<Key> {
    // Nearly every file of a home is none, and there are many.
    if memmem::find(bytes, b"PRIVATE KEY-----").is_none() && !bytes.starts_with(PUTTY.as_bytes()) {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    if text.starts_with(PUTTY) {
        let encrypted = !text.contains("\nEncryption: none");
        return Some(Key {
            kind: "PuTTY key",
            encrypted,
        });
    }
    let mut lines = text.lines();
    let is_head = |line: &str| KINDS.iter().find(|(head, _)| line.trim_end() == *head);
    let (head, kind) = lines.find_map(is_head)?;
    let body: Vec<&str> = lines.take_while(|line| !line.starts_with("-----END")).collect();
    let encrypted = match *kind {
        "OpenSSH key" => is_encrypted_openssh(&body),
        _ => head.contains("ENCRYPTED") || body.iter().any(|line| line.contains("ENCRYPTED")),
    };
    Some(Key { kind, encrypted })
}

/// Says whether an OpenSSH key names a cipher: behind the magic stand a length and its name.
fn is_encrypted_openssh(body: &[&str]) -> bool {
    let joined: String = body.iter().flat_map(|line| line.trim().chars()).collect();
    let bytes = BASE64_STANDARD.decode(joined).unwrap_or_default();
    let cipher = bytes.strip_prefix(b"openssh-key-v1\0").and_then(|rest| {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?);
        rest.get(4..4 + usize::try_from(length).ok()?)
    });
    cipher != Some(b"none")
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_public_key_and_talk_about_keys_are_none() {
        for text in [
            "ssh-ed25519 AAAA x",
            "-----BEGIN CERTIFICATE-----\nx\n",
            "look for -----BEGIN PRIVATE KEY----- in",
        ] {
            assert_eq!(find(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_key_behind_its_certificate_is_found() {
        let text =
            "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nx\n";
        let key = find(text.as_bytes()).unwrap();
        assert_eq!((key.kind, key.encrypted), ("PKCS 8 key", false));
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nx\n";
        assert!(find(old.as_bytes()).unwrap().encrypted);
    }
}
