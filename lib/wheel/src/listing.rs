//! What a wheel brings, folder by folder: read off its archive, or off the manifest of the store.
//!
//! A listing is a text of records, each ended by a NUL, and an index into it. Environments have tens of thousands of
//! files, and most that is done with one needs neither its name nor its digest: so both stay in the text.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CStr;
use std::fmt::Write as _;
use std::ops::Range;

use crate::digest::Digest;
use crate::place::Area;

/// The folders and files of a wheel, or of its bytecode.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    text: String,
    /// Where in the text the listing begins: a manifest says other things before.
    start: usize,
    folders: Vec<Folder>,
    files: Vec<Entry>,
    /// The numbers of the files, those of one folder side by side.
    by_folder: Vec<u32>,
}

/// A folder, of which those above come earlier.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Where in an environment it belongs.
    pub area: Area,
    path: Range<usize>,
    files: Range<usize>,
}

/// A file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The number of its folder.
    pub folder: u32,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it can be executed.
    pub executable: bool,
    /// Whether it begins with `#!python`, and so is written anew for each environment.
    pub script: bool,
    digest: Range<u32>,
    name: Range<u32>,
}

/// A file to be listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    pub(crate) area: Area,
    /// The path in the area.
    pub(crate) path: String,
    pub(crate) size: u64,
    pub(crate) executable: bool,
    pub(crate) script: bool,
    /// As RECORD writes it; nothing if it is unknown.
    pub(crate) digest: String,
}

impl Listing {
    /// Lists files; their numbers will be those of their order by area and path, in which `items` must be.
    pub(crate) fn of(items: &[Item]) -> Self {
        let mut folders = BTreeSet::new();
        for item in items {
            let mut above = Some(parent(&item.path));
            while let Some(path) = above.filter(|path| folders.insert((item.area, *path))) {
                above = (!path.is_empty()).then(|| parent(path));
            }
        }
        let mut text = format!("{}\0", folders.len());
        for (area, path) in &folders {
            text.push_str(&format!("{} {path}\0", area.letter()));
        }
        let numbers: BTreeMap<_, usize> = folders.into_iter().zip(0..).collect();
        text.push_str(&format!("{}\0", items.len()));
        for item in items {
            let folder = numbers
                .get(&(item.area, parent(&item.path)))
                .copied()
                .unwrap_or_default();
            let flags = match (item.script, item.executable) {
                (true, _) => 's',
                (false, true) => 'x',
                (false, false) => '-',
            };
            let digest = if item.digest.is_empty() { "-" } else { &item.digest };
            let name = item.path.rsplit('/').next().unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = write!(text, "{folder} {flags} {} {digest} {name}\0", item.size);
        }
        Self::parse(text, 0).unwrap_or_default()
    }

    /// Reads the text of a listing, which begins at `start`; `None` if it is none.
    pub(crate) fn parse(text: String, start: usize) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        let mut records = Records {
            text: &text,
            at: start,
        };
        let mut folders: Vec<Folder> = Vec::new();
        for _ in 0..records.next()?.1.parse::<usize>().ok()? {
            let (begin, record) = records.next()?;
            let area = Area::of_letter(record.get(..1)?)?;
            let path = record.get(2..)?;
            if !path.is_empty() && crate::zip::check_path(path).is_err() {
                return None;
            }
            folders.push(Folder {
                area,
                path: begin + 2..begin + record.len(),
                files: 0..0,
            });
        }
        let count = records.next()?.1.parse::<usize>().ok()?;
        let mut files = Vec::with_capacity(count.min(text.len()));
        for _ in 0..count {
            let (begin, record) = records.next()?;
            files.push(
                Entry::parse(begin, record.as_bytes())
                    .filter(|file| (file.folder as usize) < folders.len())?,
            );
        }
        if records.at != text.len() {
            return None;
        }
        let by_folder = group(&mut folders, &files);
        Some(Self {
            text,
            start,
            folders,
            files,
            by_folder,
        })
    }

    /// Returns the text, which says everything.
    pub(crate) fn text(&self) -> &str {
        self.text.get(self.start..).unwrap_or_default()
    }

    /// Returns the folders.
    pub fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// Returns the files, by area and path.
    pub fn files(&self) -> &[Entry] {
        &self.files
    }

    /// Returns the numbers of the files right in a folder.
    pub fn in_folder(&self, folder: &Folder) -> &[u32] {
        self.by_folder.get(folder.files.clone()).unwrap_or_default()
    }

    /// Returns the file of that number and its name.
    pub(crate) fn file(&self, number: u32) -> Option<(&Entry, &str)> {
        let file = self.files.get(number as usize)?;
        Some((file, self.name(file)))
    }

    /// Returns a file's name.
    pub fn name(&self, file: &Entry) -> &str {
        self.cut(&file.name)
    }

    /// Returns the file of that number and its name, as the system takes names: so it stands in the text.
    pub(crate) fn file_at(&self, number: u32) -> Option<(&Entry, &CStr)> {
        let file = self.files.get(number as usize)?;
        let name = self.text.as_bytes().get(file.name.start as usize..)?;
        Some((file, CStr::from_bytes_until_nul(name).ok()?))
    }

    /// Returns a file's digest as RECORD writes it; empty if it is unknown.
    pub fn digest(&self, file: &Entry) -> &str {
        match self.cut(&file.digest) {
            "-" => "",
            digest => digest,
        }
    }

    fn cut(&self, range: &Range<u32>) -> &str {
        let range = range.start as usize..range.end as usize;
        self.text.get(range).unwrap_or_default()
    }

    /// Returns a file's digest, to be compared.
    pub(crate) fn parsed_digest(&self, file: &Entry) -> Option<Digest> {
        Digest::of_record(self.digest(file))
    }

    /// Returns the path of a folder in its area; empty for the area itself.
    pub fn folder_path(&self, folder: &Folder) -> &str {
        self.text.get(folder.path.clone()).unwrap_or_default()
    }

    /// Returns the area of a file, and its path there.
    pub fn path(&self, file: &Entry) -> (Area, String) {
        let Some(folder) = self.folders.get(file.folder as usize) else {
            return (Area::Root, self.name(file).to_owned());
        };
        (folder.area, join(self.folder_path(folder), self.name(file)))
    }

    /// Returns the number of the file at a path.
    pub(crate) fn position(&self, area: Area, path: &str) -> Option<usize> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let key = (area, folder);
        let at = self
            .folders
            .binary_search_by(|one| (one.area, self.folder_path(one)).cmp(&key))
            .ok()?;
        let numbers = self.in_folder(&self.folders[at]);
        let number = numbers
            .iter()
            .find(|number| self.file(**number).is_some_and(|(_, found)| found == name))?;
        Some(*number as usize)
    }
}

impl Entry {
    /// Reads a record, `FOLDER FLAGS SIZE DIGEST NAME`, that begins at `start`.
    fn parse(start: usize, record: &[u8]) -> Option<Self> {
        let (folder, rest) = number(record)?;
        let (&[flags, b' '], rest) = rest.split_first_chunk()? else {
            return None;
        };
        let (size, rest) = number(rest)?;
        let blank = memchr::memchr(b' ', rest)?;
        let place = |at: usize| u32::try_from(start + at).ok();
        let (digest, end) = (record.len() - rest.len(), record.len());
        let name = digest + blank + 1;
        is_name(&record[name..]).then_some(())?;
        Some(Self {
            folder: u32::try_from(folder).ok()?,
            size,
            executable: flags != b'-',
            script: flags == b's',
            digest: place(digest)?..place(name - 1)?,
            name: place(name)?..place(end)?,
        })
    }
}

/// Reads the number that a record begins with, and returns it with what is behind the blank that ends it.
fn number(record: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0u64;
    for (at, byte) in record.iter().enumerate() {
        match byte {
            b'0'..=b'9' => number = number.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?,
            b' ' if at > 0 => return Some((number, &record[at + 1..])),
            _ => return None,
        }
    }
    None
}

/// Says whether a text is the name of one file; records end with a NUL, so there is none in it.
fn is_name(text: &[u8]) -> bool {
    !matches!(text, b"" | b"." | b"..")
        && text.get(1) != Some(&b':')
        && memchr::memchr2(b'/', b'\\', text).is_none()
}

/// Sorts the numbers of files by their folders, and tells the folders which are theirs.
fn group(folders: &mut [Folder], files: &[Entry]) -> Vec<u32> {
    let mut starts = vec![0usize; folders.len() + 1];
    for file in files {
        starts[file.folder as usize + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    for (folder, bounds) in folders.iter_mut().zip(starts.windows(2)) {
        folder.files = bounds[0]..bounds[1];
    }
    let mut by_folder = vec![0; files.len()];
    for (file, number) in files.iter().zip(0..) {
        let place = &mut starts[file.folder as usize];
        by_folder[*place] = number;
        *place += 1;
    }
    by_folder
}

/// The records of a text, with the places where they begin.
struct Records<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let length = memchr::memchr(0, &self.text.as_bytes()[start..])?;
        self.at = start + length + 1;
        Some((start, &self.text[start..start + length]))
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Joins two relative paths, of which the first may be empty.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() || name.is_empty() {
        return [folder, name].concat();
    }
    [folder, "/", name].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(area: Area, path: &str) -> Item {
        Item {
            area,
            path: path.to_owned(),
            size: path.len() as u64,
            executable: path.ends_with(".so"),
            script: false,
            digest: format!("sha256=of-{}", path.len()),
        }
    }

    #[test]
    fn a_listing_is_read_as_it_was_written() {
        let mut items = [
            item(Area::Root, "a/b c/d\n.py"),
            item(Area::Root, "a.so"),
            item(Area::Data, "share/x"),
            item(Area::Root, "a/b c/e.so"),
        ];
        items.sort();
        let listing = Listing::of(&items);
        let again = Listing::parse(listing.text().to_owned(), 0).unwrap();
        let paths: Vec<_> = again.files().iter().map(|file| again.path(file)).collect();
        let expected: Vec<_> = items.iter().map(|item| (item.area, item.path.clone())).collect();
        assert_eq!(paths, expected);
        let folders: Vec<_> = again.folders().iter().map(|one| again.folder_path(one)).collect();
        assert_eq!(folders, ["", "a", "a/b c", "", "share"]);
        for (number, (file, item)) in again.files().iter().zip(&items).enumerate() {
            assert_eq!((file.size, file.executable), (item.size, item.executable));
            assert_eq!(again.digest(file), item.digest);
            assert_eq!(again.position(item.area, &item.path), Some(number));
        }
    }

    #[test]
    fn texts_that_are_none_are_told() {
        let text = Listing::of(&[item(Area::Root, "a/b.py")]).text().to_owned();
        for end in 0..text.len() {
            assert!(Listing::parse(text[..end].to_owned(), 0).is_none(), "{end}");
        }
        for (from, to) in [
            ("b.py", ".."),
            ("b.py", "b/c"),
            ("r a", "r .."),
            ("1 -", "7 -"),
            ("r a", "q a"),
        ] {
            assert!(Listing::parse(text.replacen(from, to, 1), 0).is_none(), "{from}");
        }
        assert!(Listing::parse(text + "x\0", 0).is_none());
    }
}
