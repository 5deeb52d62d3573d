//! `plan --embed`: a plan that carries its source, for a host that has no checkout.

use crate::{
    layers::item::{ItemKind, Leaf},
    layers::material::Material,
    layers::source::Cursor,
    tree::hash,
    tree::scope::Scope,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use cli::Failure;
use etc::TreePath;
use std::io::Read;
use wire::{
    Kind,
    etc::{Embedded, EmbeddedItem, EmbeddedKind, Skipped},
};

/// Puts layers and rules into a form that travels, as far as a plan is about them; of secret files the contents
/// only if that is meant.
pub(crate) fn embed(material: &Material, scope: &Scope, secrets: bool) -> Result<Embedded, Failure> {
    let mut cursor = material.layers.cursor();
    let mut items = Vec::with_capacity(material.layers.items.len());
    for (path, item) in &material.layers.items {
        if !scope.keeps(path, false) {
            continue;
        }
        let is = match (&item.kind, item.leaf.get()) {
            (ItemKind::Folder, _) => EmbeddedKind::Folder,
            (ItemKind::Link { target }, _) => {
                let (target, target_b64) = etc::to_wire(target);
                EmbeddedKind::Link { target, target_b64 }
            }
            (ItemKind::File, Some(leaf)) if secrets || !leaf.secret => {
                file(&mut cursor, item.layer, path, leaf)?
            }
            (ItemKind::File | ItemKind::Withheld, _) => EmbeddedKind::Withheld,
        };
        items.push(EmbeddedItem {
            path: path.text(),
            path_b64: path.b64(),
            layer: item.layer,
            is,
        });
    }
    Ok(Embedded {
        secrets,
        rules: material.rules.clone(),
        items,
    })
}

fn file(
    cursor: &mut Cursor<'_>,
    layer: usize,
    path: &TreePath,
    leaf: &Leaf,
) -> Result<EmbeddedKind, Failure> {
    let mut bytes = Vec::new();
    cursor.file(layer, path)?.read_to_end(&mut bytes)?;
    if hash::bytes(&bytes) != leaf.digest {
        return Err(Failure::new(Kind::StalePlan, "the file changed while it was read").file(path.text()));
    }
    Ok(EmbeddedKind::File {
        executable: leaf.executable,
        digest: hash::named(&leaf.digest),
        content: BASE64_STANDARD.encode(bytes),
    })
}

/// Says which files of a plan are left out because they are secret.
pub(crate) fn left_out(embedded: &Embedded) -> impl Iterator<Item = Skipped> {
    withheld(embedded).map(|item| Skipped {
        what: "content".to_owned(),
        name: item.path.clone(),
        why: "it is secret, and not in the plan without --embed-secrets".to_owned(),
    })
}

/// Returns the items whose contents were left out.
pub(crate) fn withheld(embedded: &Embedded) -> impl Iterator<Item = &EmbeddedItem> {
    let items = embedded.items.iter();
    items.filter(|item| item.is == EmbeddedKind::Withheld)
}
