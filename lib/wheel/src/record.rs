//! RECORD as it is written into an environment: everything that a distribution installed, sorted.

use crate::digest::Digest;
use crate::listing::{Listing, join};
use crate::place::{Area, seen_from};
use crate::plan::{Laid, Made};
use crate::pyc::Compiled;

/// Returns the RECORD of a part: as pip writes it, with bytecode named but not hashed.
pub(crate) fn record(laid: &Laid, listing: &Listing, bytecode: Option<&Compiled>) -> Made {
    let root = laid.area(Area::Root).to_owned();
    let mut others: Vec<(String, String, String)> = Vec::new();
    for made in &laid.made {
        let size = made.content.len().to_string();
        others.push((seen_from(&root, &made.path), made.digest().in_record(), size));
    }
    others.push((seen_from(&root, &laid.record), String::new(), String::new()));
    let seen = |area: Area, path: String| match area {
        Area::Root => path,
        area => seen_from(&root, &join(laid.area(area), &path)),
    };
    for bytecode in bytecode.iter().map(|bytecode| &bytecode.listing) {
        let paths = bytecode.files().iter().map(|file| bytecode.path(file));
        others.extend(paths.map(|(area, path)| (seen(area, path), String::new(), String::new())));
    }
    let is_recorded = |number: &u32| !laid.skip.contains(number) || laid.shared.contains(number);
    let files = listing.files().iter().zip(0u32..);
    let (of_root, elsewhere): (Vec<_>, Vec<_>) = files
        .filter(|(_, number)| is_recorded(number))
        .partition(|(file, _)| listing.folders()[file.folder as usize].area == Area::Root);
    for (file, _) in elsewhere {
        let (area, path) = listing.path(file);
        let digest = listing.digest(file).to_owned();
        others.push((
            seen(area, path),
            digest,
            size_text(listing.digest(file), file.size),
        ));
    }
    others.sort_unstable();
    let mut others = others.into_iter().peekable();
    let mut text = String::with_capacity(listing.text().len() * 2);
    let mut path = String::new();
    for (file, _) in of_root {
        path.clear();
        path.push_str(listing.folder_path(&listing.folders()[file.folder as usize]));
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(listing.name(file));
        while let Some((other, digest, size)) = others.next_if(|other| other.0 < path) {
            push_row(&mut text, &other, &digest, &size);
        }
        let digest = listing.digest(file);
        push_row(&mut text, &path, digest, &size_text(digest, file.size));
    }
    for (other, digest, size) in others {
        push_row(&mut text, &other, &digest, &size);
    }
    Made::new(laid.record.clone(), text.into_bytes(), false)
}

/// Returns the RECORD, at the path `record`, of what no wheel brings: files with their contents, and links without.
pub fn record_of<'a>(record: &str, items: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>) -> Vec<u8> {
    let row = |(path, content): (&'a str, Option<&[u8]>)| {
        let digest = content.map(|content| Digest::sha256(content).in_record());
        let size = content.map(|content| content.len().to_string());
        (path, digest.unwrap_or_default(), size.unwrap_or_default())
    };
    let mut rows: Vec<_> = items.into_iter().map(row).collect();
    rows.push((record, String::new(), String::new()));
    rows.sort_unstable();
    let mut text = String::new();
    for (path, digest, size) in rows {
        push_row(&mut text, path, &digest, &size);
    }
    text.into_bytes()
}

/// The size, where the digest is known.
fn size_text(digest: &str, size: u64) -> String {
    if digest.is_empty() {
        String::new()
    } else {
        size.to_string()
    }
}

/// Writes a row as Python's `csv` does by default, and so pip.
fn push_row(text: &mut String, path: &str, digest: &str, size: &str) {
    let bytes = path.as_bytes();
    if memchr::memchr3(b',', b'"', b'\n', bytes).is_some() || memchr::memchr(b'\r', bytes).is_some() {
        text.push('"');
        text.push_str(&path.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(path);
    }
    for field in [digest, size] {
        text.push(',');
        text.push_str(field);
    }
    text.push_str("\r\n");
}
