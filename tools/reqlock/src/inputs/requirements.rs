//! Requirements files, with those that they name.

use super::{
    files::Files,
    lines::{self, Role},
};
use crate::{
    addresses,
    asked::Asked,
    names::{is_far, plain},
};
use cli::Failure;
use lock::digest;
use pyspec::requirements_file::{self, Item, Kind, Outside};
use std::collections::BTreeMap;

/// Takes up a requirements file and those that it names. A file at an address is an input of its own, so that a check
/// that asks nobody can judge all others.
pub(crate) fn take(
    bytes: &[u8],
    name: &str,
    role: Role,
    files: &Files,
    asked: &mut Asked,
) -> Result<(), Failure> {
    let mut read = |name: &str| files.nested(name);
    let mut outside = Outside {
        read: &mut read,
        variable: &|name| std::env::var(name).ok(),
    };
    let parsed = requirements_file::parse(bytes, name, &mut outside);
    let parsed = parsed.map_err(|error| files.failure(&error))?;
    let mut texts = said(&parsed.items, name);
    for item in parsed.items {
        let texts = texts.entry(input_of(&item, name)).or_default();
        lines::take(item, role, files, asked, texts)?;
    }
    for (name, texts) in texts {
        if files.is_silent() && is_far(&name) {
            asked.far.insert(name);
        } else {
            asked
                .inputs
                .push(digest::input(&name, texts.iter().map(String::as_str)));
        }
    }
    Ok(())
}

/// Returns what the lines say, by the input that they count for.
fn said(items: &[Item], name: &str) -> BTreeMap<String, Vec<String>> {
    let mut texts = BTreeMap::from([(plain(name), Vec::new())]);
    for item in items {
        if let Kind::Nested { file, .. } = &item.kind
            && is_far(file)
        {
            texts.entry(plain(file)).or_default();
        }
        if !matches!(item.kind, Kind::Comment) {
            let lines = texts.entry(input_of(item, name)).or_default();
            lines.push(addresses::said(item));
        }
    }
    texts
}

/// Returns the input that a line counts for: its own file if that is at an address, else `name`, which led to it.
fn input_of(item: &Item, name: &str) -> String {
    plain(if is_far(&item.file) { &item.file } else { name })
}
