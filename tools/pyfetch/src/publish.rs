//! Giving the files their names, and writing down what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cli::Failure;
use disk::Durability;
use lock::Lock;
use wire::wheelhouse::{Run, Wheelhouse};

use crate::args::Args;
use crate::builds::Wheel;
use crate::closed;
use crate::fetch::{Arrived, Place};
use crate::house::{self, House, Known};
use crate::manifest::{From, Stored};
use crate::plan::{Form, Item, Making};

const MANIFEST: &str = "wheelhouse.json";
const REQUIREMENTS: &str = "requirements.txt";

/// A file that is or will be in the wheelhouse.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) item: &'a Item,
    pub(crate) stored: Stored,
    /// Where it waits for its name; `None` if it is at home.
    pub(crate) waits_at: Option<PathBuf>,
    /// Whether it came, or was built, now.
    is_new: bool,
}

impl Entry<'_> {
    /// What is known of the file before it has its name.
    fn claim(&self) -> Result<(String, Known), Failure> {
        let waits_at = self.waits_at.as_deref().unwrap_or(Path::new(""));
        let mut known = house::known(waits_at, &self.stored.sha256)?;
        known.ours = true;
        Ok((self.stored.name.clone(), known))
    }

    /// The wheel and where it can be read, if it is one that somebody uses.
    pub(crate) fn wheel<'b>(&'b self, house: &House) -> Option<closed::Wheel<'b>> {
        let name = self.stored.name.as_str();
        let used = name.ends_with(".whl") && !self.item.targets.is_empty();
        let path = self.waits_at.clone().unwrap_or_else(|| house.path(name));
        used.then_some(closed::Wheel {
            item: self.item,
            name,
            path,
        })
    }
}

/// What will be in the wheelhouse: a built wheel stands for its source distribution.
pub(crate) fn entries<'a>(
    items: &'a [Item],
    arrived: &[Arrived],
    built: &[Option<Wheel>],
    making: &Making,
) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    for ((item, arrived), built) in items.iter().zip(arrived).zip(built) {
        let sdist = || Stored {
            name: item.file.name.clone(),
            sha256: arrived.sha256.clone(),
            size: arrived.size,
            built: None,
        };
        let waits_at = match &arrived.place {
            Place::Beside(path) => Some(path.clone()),
            Place::Home | Place::Needless => None,
        };
        match (&item.form, built) {
            (Form::AsIs, _) => entries.push(Entry {
                item,
                stored: sdist(),
                waits_at,
                is_new: true,
            }),
            (Form::Build(_), Some(wheel)) => {
                let stored = Stored {
                    name: wheel.name.clone(),
                    sha256: wheel.sha256.clone(),
                    size: wheel.size,
                    built: Some(From {
                        content: arrived.content(item),
                        making: making.clone(),
                    }),
                };
                entries.push(Entry {
                    item,
                    stored,
                    waits_at: Some(wheel.path.clone()),
                    is_new: wheel.is_new,
                });
            }
            (Form::Build(earlier), None) => entries.extend(earlier.as_ref().map(|wheel| Entry {
                item,
                stored: earlier_wheel(wheel),
                waits_at: None,
                is_new: false,
            })),
        }
    }
    entries
}

fn earlier_wheel(wheel: &wire::wheelhouse::File) -> Stored {
    let digest = |hash: &str| hash.trim_start_matches("sha256:").to_owned();
    Stored {
        name: wheel.name.clone(),
        sha256: digest(&wheel.hash),
        size: wheel.size,
        built: wheel.built.as_ref().map(|built| From {
            content: built.hash.clone(),
            making: Making {
                build_lock: built.build_lock.clone(),
                network_cut: built.network_cut,
            },
        }),
    }
}

/// Publishes files and documents; says what was done.
pub(crate) fn publish(
    mut house: House,
    wheelhouse: &Wheelhouse,
    emitted: &Lock,
    entries: &[Entry],
    args: &Args,
) -> Result<Run, Failure> {
    let durability = if args.no_sync {
        Durability::Unsynced
    } else {
        Durability::Synced
    };
    let mut run = Run::default();
    let waiting: Vec<&Entry> = entries.iter().filter(|entry| entry.waits_at.is_some()).collect();
    let documents = prepared(&house, wheelhouse, emitted)?;
    let changes = !(waiting.is_empty() && documents.is_empty());
    if changes && !args.no_sync {
        // Once for all of them, and before any has its name.
        disk::sync_filesystem(&args.output)?;
    }
    // Whoever ends us between the first name and the last: what has one is known to be ours.
    let claimed = waiting.iter().map(|entry| entry.claim());
    house.remember(&claimed.collect::<Result<_, _>>()?, durability)?;
    cli::uninterrupted(|| waiting.iter().try_for_each(|entry| name(entry, &house)))?;
    let known = looks(&house, entries, &mut run)?;
    house.remember(&known, durability)?;
    let names: BTreeSet<&str> = wheelhouse.files.iter().map(|file| file.name.as_str()).collect();
    let stale = house.stale(|name| names.contains(name));
    cli::uninterrupted(|| -> Result<(), Failure> {
        for (from, name) in &documents {
            fs_err::rename(from, house.path(name))?;
        }
        if changes && !args.no_sync {
            disk::sync_directory(&args.output)?;
        }
        if let Some(path) = &args.emit_lock {
            write_if_new(path, &emitted.to_requirements(), durability)?;
        }
        Ok(())
    })?;
    if args.prune {
        for name in &stale {
            fs_err::remove_file(house.path(name))?;
        }
        run.removed = stale;
    } else {
        run.stale = stale;
    }
    sweep(&house);
    Ok(run)
}

/// How the files look now that they have their names; says in `run` where they came from.
fn looks(house: &House, entries: &[Entry], run: &mut Run) -> Result<BTreeMap<String, Known>, Failure> {
    let mut known = BTreeMap::new();
    for entry in entries {
        let path = house.path(&entry.stored.name);
        let list = match (&entry.waits_at, &entry.stored.built) {
            (None, _) => None,
            (Some(_), None) => Some(&mut run.fetched),
            (Some(_), Some(_)) if entry.is_new => Some(&mut run.built),
            (Some(_), Some(_)) => Some(&mut run.reused),
        };
        match list {
            Some(list) => list.push(entry.stored.name.clone()),
            None => run.kept += 1,
        }
        let ours = entry.waits_at.is_some()
            || house
                .owned
                .get(&entry.stored.name)
                .is_some_and(|known| known.ours);
        let mut looks = house::known(&path, &entry.stored.sha256)?;
        looks.ours = ours;
        known.insert(entry.stored.name.clone(), looks);
    }
    Ok(known)
}

/// Writes the documents that have changed beside their places: where they are, and what they will be called. The manifest
/// comes last.
fn prepared(
    house: &House,
    wheelhouse: &Wheelhouse,
    emitted: &Lock,
) -> Result<Vec<(PathBuf, &'static str)>, Failure> {
    let mut documents = Vec::new();
    let text = emitted.to_requirements();
    if !fs_err::read(house.path(REQUIREMENTS)).is_ok_and(|old| old == text.as_bytes()) {
        let path = house.hidden(REQUIREMENTS);
        disk::write_atomic(&path, text.as_bytes(), 0o644, Durability::Unsynced)?;
        documents.push((path, REQUIREMENTS));
    }
    if house.manifest.as_ref() != Some(wheelhouse) {
        let path = house.hidden(MANIFEST);
        disk::write_json(&path, wheelhouse, 0o644, Durability::Unsynced)?;
        documents.push((path, MANIFEST));
    }
    Ok(documents)
}

fn name(entry: &Entry, house: &House) -> Result<(), Failure> {
    let Some(from) = &entry.waits_at else {
        return Ok(());
    };
    fs_err::rename(from, house.path(&entry.stored.name))?;
    let mut validator = from.clone().into_os_string();
    validator.push(".validator");
    // It may not be there, and harms nobody if it is.
    let _ = std::fs::remove_file(validator);
    Ok(())
}

fn write_if_new(path: &Path, text: &str, durability: Durability) -> Result<(), Failure> {
    if fs_err::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    Ok(disk::write_atomic(path, text.as_bytes(), 0o644, durability)?)
}

/// Removes what builds left, and partial files that nobody will go on with: all is complete now.
fn sweep(house: &House) {
    let _ = disk::remove_tree(&house.hidden("build"));
    let Ok(entries) = std::fs::read_dir(house.hidden("")) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".part") || name.ends_with(".part.validator") {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
