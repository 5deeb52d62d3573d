//! The least that a durable switch does: `bare_switch LINK FROM TO STATE`.
//!
//! What `relswitch switch` is measured against: the same syncs, and nothing else.

use std::path::Path;

use disk::Durability;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, link, from, to, state] = arguments.as_slice() else {
        return Err("usage: bare_switch LINK FROM TO STATE".into());
    };
    let link = Path::new(link);
    disk::relink(link, Some(Path::new(from)), Path::new(to), Durability::Unsynced)?;
    let state = Path::new(state);
    disk::write_atomic(state, to.as_bytes(), 0o644, Durability::Contents)?;
    for name in [link, state] {
        disk::sync_directory(name.parent().ok_or("a name needs a folder")?)?;
    }
    Ok(())
}
