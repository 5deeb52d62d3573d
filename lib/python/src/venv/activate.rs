//! Scripts that put an environment first in a shell's search path.

use std::os::unix::ffi::OsStrExt as _;

use super::Options;

const POSIX: &str = include_str!("activate.sh");
const FISH: &str = include_str!("activate.fish");

/// How a script finds out where it is, in an environment that can be moved.
const POSIX_PLACE: &str = include_str!("place.sh");
const FISH_PLACE: &str = "(builtin realpath (dirname (builtin realpath (status filename)))/@UP@)";

/// What stands for a folder's name then.
const POSIX_FOLDER: &[u8] = b"${VIRTUAL_ENV##*/}";
const FISH_FOLDER: &[u8] = b"(basename $VIRTUAL_ENV)";

/// Returns the scripts by name, for the environment's folder of scripts.
pub(super) fn scripts(options: &Options, scripts: &str) -> [(&'static str, Vec<u8>); 2] {
    let up = vec![".."; scripts.split('/').count()].join("/");
    let known = |name: &str| match name {
        "UP" => up.as_bytes().to_vec(),
        _ => scripts.as_bytes().to_vec(),
    };
    let place = options.destination.as_os_str().as_bytes();
    let (posix_place, fish_place) = match options.relocatable {
        true => (fill(POSIX_PLACE, known), fill(FISH_PLACE, known)),
        false => (
            [b"VIRTUAL_ENV=", &*quote_posix(place)].concat(),
            quote_fish(place),
        ),
    };
    let (posix_prompt, fish_prompt) = match (&options.prompt, options.relocatable) {
        (None, true) => (POSIX_FOLDER.to_vec(), FISH_FOLDER.to_vec()),
        (prompt, _) => {
            let folder = options
                .destination
                .file_name()
                .unwrap_or(options.destination.as_os_str());
            let prompt = prompt.as_deref().map_or(folder.as_bytes(), str::as_bytes);
            (quote_posix(prompt), quote_fish(prompt))
        }
    };
    let script = |template, place: &[u8], prompt: &[u8]| {
        fill(template, |name| match name {
            "PLACE" => place.to_vec(),
            "PROMPT" => prompt.to_vec(),
            other => known(other),
        })
    };
    [
        ("activate", script(POSIX, &posix_place, &posix_prompt)),
        ("activate.fish", script(FISH, &fish_place, &fish_prompt)),
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

/// Puts values in the places of names between at signs.
fn fill(template: &str, value: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let pieces = template.split('@').enumerate();
    let filled = pieces.map(|(number, piece)| match number % 2 {
        0 => piece.as_bytes().to_vec(),
        _ => value(piece),
    });
    filled.collect::<Vec<_>>().concat()
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
