//! Scripts that put an environment first in a shell's search path.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

const POSIX: &str = include_str!("activate.sh");
const FISH: &str = include_str!("activate.fish");

/// Returns the scripts by name, for an environment that will be used at `destination`.
pub(super) fn scripts(destination: &Path, scripts: &str, prompt: &OsStr) -> [(&'static str, Vec<u8>); 2] {
    let fill = |template: &str, quote: fn(&[u8]) -> Vec<u8>| {
        let text = replace(
            template.as_bytes(),
            b"@ENVIRONMENT@",
            &quote(destination.as_os_str().as_bytes()),
        );
        let text = replace(&text, b"@SCRIPTS@", scripts.as_bytes());
        replace(&text, b"@PROMPT@", &quote(prompt.as_bytes()))
    };
    [
        ("activate", fill(POSIX, quote_posix)),
        ("activate.fish", fill(FISH, quote_fish)),
    ]
}

/// Quotes for a POSIX shell: everything between single quotes stands for itself.
fn quote_posix(text: &[u8]) -> Vec<u8> {
    [b"'", &*replace(text, b"'", b"'\\''"), b"'"].concat()
}

/// Quotes for fish, where a backslash works between single quotes, before a quote or a backslash.
fn quote_fish(text: &[u8]) -> Vec<u8> {
    [
        b"'",
        &*replace(&replace(text, b"\\", b"\\\\"), b"'", b"\\'"),
        b"'",
    ]
    .concat()
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}
