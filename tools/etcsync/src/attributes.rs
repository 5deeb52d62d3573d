//! Extended attributes: access control lists, labels, what users hang on files.

use cli::Failure;
use rustix::{
    fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr},
    io::Errno,
};
use std::{fs::File, io};

/// What belongs to the content, and would be wrong on another one.
const OF_CONTENT: [&[u8]; 3] = [b"security.capability", b"security.ima", b"security.evm"];

/// Copies the extended attributes of one file to another, as far as we may.
pub(crate) fn copy(from: &File, to: &File) -> Result<(), Failure> {
    for name in names(from)? {
        if OF_CONTENT.contains(&name.as_slice()) {
            continue;
        }
        let value = value(from, &name)?;
        match fsetxattr(to, name.as_slice(), &value, XattrFlags::empty()) {
            // Another file system, or an attribute that only the system sets.
            Ok(()) | Err(Errno::NOTSUP | Errno::PERM | Errno::ACCESS) => {}
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
    Ok(())
}

fn names(file: &File) -> Result<Vec<Vec<u8>>, Failure> {
    let mut list = vec![0; 64 * 1024];
    let length = match flistxattr(file, &mut list[..]) {
        Ok(length) => length,
        Err(Errno::NOTSUP) => 0,
        Err(error) => return Err(io::Error::from(error).into()),
    };
    let names = list[..length]
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty());
    Ok(names.map(<[u8]>::to_vec).collect())
}

fn value(file: &File, name: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut value = vec![0; 64 * 1024];
    let length = fgetxattr(file, name, &mut value[..]).map_err(io::Error::from)?;
    value.truncate(length);
    Ok(value)
}
