//! Indexes and folders of links on this machine.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::download::Received;
use crate::page::{self, File, Page};
use crate::{Address, Error, Partial, tail};

/// What a folder of links may hold.
const KINDS: [&str; 6] = [".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz"];

fn io_at(path: &Path) -> impl Fn(io::Error) -> Error + '_ {
    |source| Error::Io {
        path: path.to_owned(),
        source,
    }
}

/// The page of a project in an index of files: `NAME/index.html`, or `NAME/` with files in it.
pub(crate) fn page(index: &Address, name: &str) -> Result<Option<Page>, Error> {
    let folder = index.below(name);
    let shown = Arc::from(index.to_string());
    if !folder.to_path().is_dir() {
        return Ok(None);
    }
    let page = folder.below("index.html");
    if page.to_path().is_file() {
        return html(&page, &shown).map(Some);
    }
    let files = folder_links(&folder.to_path(), &shown)?;
    Ok(Some(Page::of_files(shown, files)))
}

/// The files of a folder of links, or those that a page on this machine links to. Nothing if it is not there.
pub(crate) fn links(place: &Address, index: &Arc<str>) -> Result<Vec<File>, Error> {
    let path = place.to_path();
    if path.is_dir() {
        return folder_links(&path, index);
    }
    if path.is_file() {
        Ok(html(place, index)?.files)
    } else {
        Ok(Vec::new())
    }
}

fn html(place: &Address, index: &Arc<str>) -> Result<Page, Error> {
    let path = place.to_path();
    let bytes = fs_err::read(&path).map_err(io_at(&path))?;
    page::links(&bytes, "text/html", place, index)
}

fn folder_links(folder: &Path, index: &Arc<str>) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(io_at(folder))? {
        let path = entry.map_err(io_at(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if !KINDS.iter().any(|kind| name.ends_with(kind)) {
            continue;
        }
        let mut file = File::new(name.to_owned(), Address::of_path(&path), index);
        file.size = fs_err::metadata(&path).ok().map(|metadata| metadata.len());
        files.push(file);
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// The `METADATA` of a wheel on this machine.
pub(crate) fn metadata(file: &File) -> Result<Vec<u8>, Error> {
    let path = file.url.to_path();
    tail::of_file(
        fs_err::File::open(&path).map_err(io_at(&path))?.into_file(),
        &file.name,
    )
}

/// Copies a file of this machine.
pub(crate) fn copy(
    file: &File,
    expected: &[String],
    partial: &mut Partial,
    arrived: &dyn Fn(u64),
) -> Result<Received, Error> {
    let path = file.url.to_path();
    let mut source = fs_err::File::open(&path).map_err(io_at(&path))?;
    let to = partial.path().to_owned();
    partial.restart(None).map_err(io_at(&to))?;
    let mut buffer = vec![0; 128 * 1024];
    loop {
        let count = source.read(&mut buffer).map_err(io_at(&path))?;
        if count == 0 {
            break;
        }
        partial.write(&buffer[..count]).map_err(io_at(&to))?;
        arrived(count as u64);
    }
    let received = Received {
        sha256: partial.sha256(),
        size: partial.len(),
        transferred: 0,
    };
    if expected.is_empty() || expected.contains(&received.sha256) {
        return Ok(received);
    }
    partial.restart(None).map_err(io_at(&to))?;
    Err(file.mismatch(expected, received.sha256, received.size))
}
