//! Files that came with a plan.

use crate::{
    layers::item::{Item, ItemKind},
    run::command,
    tree::hash,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use cli::Failure;
use disk::FileKind;
use etc::TreePath;
use std::{
    fs::File,
    io::{Seek, Write},
};
use wire::{
    Kind,
    etc::{EmbeddedItem, EmbeddedKind},
};

/// A file that came with the plan.
#[derive(Debug)]
pub(crate) struct Content {
    executable: bool,
    bytes: Vec<u8>,
}

impl Content {
    /// Opens it as a file without a name.
    pub(crate) fn open(&self) -> Result<File, Failure> {
        let mut file = command::scratch()?;
        file.write_all(&self.bytes)?;
        file.rewind()?;
        Ok(file)
    }

    /// Says what the system would say of it in a folder; it is never old enough to be remembered.
    pub(crate) fn stat(&self) -> disk::Entry {
        disk::Entry {
            kind: FileKind::File,
            mode: if self.executable { 0o755 } else { 0o644 },
            uid: 0,
            gid: 0,
            size: self.bytes.len() as u64,
            device: 0,
            inode: 0,
            links: 1,
            modified: (i64::MAX, 0),
            changed: (i64::MAX, 0),
        }
    }
}

/// Takes an item out of a plan, with the content that it has.
pub(crate) fn unpack(
    item: &EmbeddedItem,
    names: &[String],
) -> Result<(TreePath, Item, Option<Content>), Failure> {
    let path = TreePath::from_wire(&item.path, item.path_b64.as_deref())?;
    if item.layer >= names.len() {
        let message = format!("it is of layer {}, and the plan has {}", item.layer, names.len());
        return Err(Failure::new(Kind::BadDocument, message).file(&item.path));
    }
    let mut unpacked = None;
    let kind = match &item.is {
        EmbeddedKind::Folder => ItemKind::Folder,
        EmbeddedKind::Withheld => ItemKind::Withheld,
        EmbeddedKind::Link { target, target_b64 } => ItemKind::Link {
            target: etc::from_wire(target, target_b64.as_deref())?,
        },
        EmbeddedKind::File {
            executable,
            digest,
            content,
        } => {
            unpacked = Some(Content {
                executable: *executable,
                bytes: verified(&path, digest, content)?,
            });
            ItemKind::File
        }
    };
    let layer = item.layer;
    Ok((path, Item::new(layer, kind), unpacked))
}

/// Returns the content of an embedded file, if it is the one that its digest names.
fn verified(path: &TreePath, digest: &str, content: &str) -> Result<Vec<u8>, Failure> {
    let bytes = BASE64_STANDARD.decode(content).map_err(|error| {
        Failure::new(Kind::BadDocument, "its content in the plan is no base64")
            .file(path.text())
            .cause(error.to_string())
    })?;
    let found = hash::named(&hash::bytes(&bytes));
    if found == digest {
        return Ok(bytes);
    }
    let message = format!("its content in the plan is another one: expected {digest}, found {found}");
    Err(Failure::new(Kind::HashMismatch, message)
        .file(path.text())
        .hint("the plan was changed or damaged on its way: make it again"))
}
