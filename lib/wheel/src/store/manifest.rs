//! The manifest of an entry: one text with a checksum, read in one go.

use std::path::Path;

use crate::error::Result;
use crate::facts::Facts;
use crate::link::damaged;
use crate::listing::Listing;

/// The file of an entry that says what it is.
pub(super) const NAME: &str = "manifest";
/// The folder of an entry that has the files.
pub(super) const TREE: &str = "tree";

/// Writes the manifest of a wheel.
pub(super) fn of_wheel(file_name: &str, facts: &Facts, listing: &Listing) -> Vec<u8> {
    sealed(&[file_name, "\0", &facts.to_text(), listing.text()].concat())
}

/// Writes the manifest of bytecode.
pub(super) fn of_bytecode(listing: &Listing) -> Vec<u8> {
    sealed(listing.text())
}

fn sealed(text: &str) -> Vec<u8> {
    (seal(text.as_bytes()) + text).into_bytes()
}

/// The checksum in front of a manifest.
fn seal(text: &[u8]) -> String {
    format!("{:08x}\0", libdeflater::crc32(text))
}

/// How long it is.
const SEAL: usize = 9;

/// Reads the manifest of an entry, its checksum still in front of it; `None` if there is no entry.
pub(super) fn read(entry: &Path) -> Result<Option<String>> {
    let path = entry.join(NAME);
    let bytes = match fs_err::read(&path) {
        Ok(bytes) => bytes,
        Err(_) if entry.symlink_metadata().is_err() => return Ok(None),
        Err(error) => return Err(damaged(&path, &error.to_string())),
    };
    let is_whole = bytes.split_at_checked(SEAL).is_some_and(|(found, text)| {
        let expected = seal(text);
        found == expected.as_bytes()
    });
    if !is_whole {
        return Err(damaged(&path, "its checksum is another"));
    }
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|_| damaged(&path, "it is no text"))
}

/// Takes the manifest of a wheel apart: the file's name, what it says of itself, its files.
pub(super) fn parse_wheel(text: String) -> Option<(String, Facts, Listing)> {
    let (name, rest) = text.get(SEAL..)?.split_once('\0')?;
    let (facts, listing) = Facts::parse(rest)?;
    let (name, start) = (name.to_owned(), text.len() - listing.len());
    Some((name, facts, Listing::parse(text, start)?))
}

/// Takes the manifest of bytecode apart.
pub(super) fn parse_bytecode(text: String) -> Option<Listing> {
    Listing::parse(text, SEAL)
}
