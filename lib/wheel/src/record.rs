//! RECORD as it is written into an environment: everything that a distribution installed, sorted.

use std::fmt::Write as _;

use crate::digest::Digest;
use crate::listing::{Entry, Listing, join};
use crate::place::{Area, seen_from};
use crate::plan::Laid;
use crate::pyc::Compiled;

/// A row of what is not simply a file of the wheel below the root.
type Row = (String, String, Option<u64>);

/// Writes the RECORD of a part behind a text: as pip writes it, with bytecode named but not hashed.
pub(crate) fn write(text: &mut String, laid: &Laid, listing: &Listing, bytecode: Option<&Compiled>) {
    let is_recorded = |number: &u32| !laid.skip.contains(number) || laid.shared.contains(number);
    let files = listing.files().iter().zip(0u32..);
    let files = files
        .filter(|(_, number)| is_recorded(number))
        .map(|(file, _)| file);
    let is_of_root = |file: &&Entry| listing.folders()[file.folder as usize].area == Area::Root;
    let elsewhere = files.clone().filter(|file| !is_of_root(file));
    let mut others = others(laid, listing, bytecode, elsewhere).into_iter().peekable();
    // Most files are below the root, and in the order of their paths already.
    let (mut path, mut folder, mut above) = (String::new(), None, 0);
    for file in files.filter(is_of_root) {
        if folder.replace(file.folder) != Some(file.folder) {
            path.clear();
            path.push_str(listing.folder_path(&listing.folders()[file.folder as usize]));
            if !path.is_empty() {
                path.push('/');
            }
            above = path.len();
        }
        path.truncate(above);
        path.push_str(listing.name(file));
        while let Some(row) = others.next_if(|row| row.0 < path) {
            push_row(text, &row.0, &row.1, row.2);
        }
        let digest = listing.digest(file);
        push_row(text, &path, digest, known(digest, file.size));
    }
    others.for_each(|row| push_row(text, &row.0, &row.1, row.2));
}

/// Lists, sorted, what was made, RECORD itself, bytecode, and the files of the wheel that are not below the root.
fn others<'a>(
    laid: &Laid,
    listing: &Listing,
    bytecode: Option<&Compiled>,
    elsewhere: impl Iterator<Item = &'a Entry>,
) -> Vec<Row> {
    let root = laid.area(Area::Root);
    let seen = |area: Area, path: String| match area {
        Area::Root => path,
        area => seen_from(root, &join(laid.area(area), &path)),
    };
    let made = laid.made.iter().map(|made| {
        let size = made.content.len() as u64;
        (seen_from(root, &made.path), made.digest().in_record(), Some(size))
    });
    let mut others: Vec<Row> = made.collect();
    others.push((seen_from(root, &laid.record), String::new(), None));
    for bytecode in bytecode.iter().map(|bytecode| &bytecode.listing) {
        let paths = bytecode.files().iter().map(|file| bytecode.path(file));
        others.extend(paths.map(|(area, path)| (seen(area, path), String::new(), None)));
    }
    others.extend(elsewhere.map(|file| {
        let (area, path) = listing.path(file);
        let digest = listing.digest(file);
        (seen(area, path), digest.to_owned(), known(digest, file.size))
    }));
    others.sort_unstable();
    others
}

/// Returns the RECORD, at the path `record`, of what no wheel brings: files with their contents, and links without.
pub fn record_of<'a>(record: &str, items: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>) -> Vec<u8> {
    let row = |(path, content): (&'a str, Option<&[u8]>)| {
        let digest = content.map(|content| Digest::sha256(content).in_record());
        let size = content.map(|content| content.len() as u64);
        (path, digest.unwrap_or_default(), size)
    };
    let mut rows: Vec<_> = items.into_iter().map(row).collect();
    rows.push((record, String::new(), None));
    rows.sort_unstable();
    let mut text = String::new();
    for (path, digest, size) in rows {
        push_row(&mut text, path, &digest, size);
    }
    text.into_bytes()
}

/// The size, where the digest is known.
fn known(digest: &str, size: u64) -> Option<u64> {
    (!digest.is_empty()).then_some(size)
}

/// Writes a row as Python's `csv` does by default, and so pip.
fn push_row(text: &mut String, path: &str, digest: &str, size: Option<u64>) {
    let bytes = path.as_bytes();
    if memchr::memchr3(b',', b'"', b'\n', bytes).is_some() || memchr::memchr(b'\r', bytes).is_some() {
        text.push('"');
        text.push_str(&path.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(path);
    }
    text.push(',');
    text.push_str(digest);
    text.push(',');
    if let Some(size) = size {
        // Writing to a String cannot fail.
        let _ = write!(text, "{size}");
    }
    text.push_str("\r\n");
}
