//! Files that are looked into, or installed from, here.

use crate::{Error, error::Found};
use index::{Client, Partial};
use std::path::{Path, PathBuf};

/// Downloads a file below `folder`, which is made if it is not there, into a folder named by the file's hash; returns
/// where it is, and the hash.
pub(crate) fn download(client: &Client, file: &index::File, folder: &Path) -> Found<(PathBuf, String)> {
    if let Some(hash) = &file.sha256 {
        let there = folder.join(hash).join(&file.name);
        // It was not waited for when it was written; and nothing is built or installed but what has its hash.
        if there.is_file() && Partial::open(&there).is_ok_and(|found| found.sha256() == *hash) {
            return Ok((there, hash.clone()));
        }
    }
    fs_err::create_dir_all(folder).map_err(Error::io(folder))?;
    // Other runs may be fetching the same file.
    let part = folder.join(format!(".{}.{}.part", file.name, std::process::id()));
    let mut partial = Partial::open(&part).map_err(Error::io(&part))?;
    let received = client.download(file, &[], &mut partial, &|_| ())?;
    let place = folder.join(&received.sha256);
    fs_err::create_dir_all(&place).map_err(Error::io(&place))?;
    let path = place.join(&file.name);
    partial.persist(&path).map_err(Error::io(&path))?;
    Ok((path, received.sha256))
}
