//! What etcsync remembers of a root: what it wrote, what was there before, what is pending.

use crate::{attributes::Attributes, place::Place, plan::Wanted, running::Running, spelled};
use cli::Failure;
use disk::{Durability, Journal, Lock};
use etc::TreePath;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use wire::{
    Document, Schema,
    etc::{Entry, Phase, Reload, Service},
};

/// What etcsync knows of a root.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// How many times something was applied.
    pub(crate) generation: u64,
    /// What etcsync looks after.
    pub(crate) managed: Arc<BTreeMap<TreePath, Managed>>,
    /// Reloads that still have to run.
    pub(crate) pending: Vec<Reload>,
    /// The services that the user defined, so that a rollback knows them.
    pub(crate) services: BTreeMap<String, Service>,
    /// The scripts of `init.d` that etcsync has enabled.
    pub(crate) enabled: BTreeSet<TreePath>,
}

/// What etcsync wrote under a path, and what was there before it first did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Managed {
    /// What it wrote.
    pub(crate) wrote: Entry,
    /// What was there before; its content is among the blobs.
    pub(crate) original: Entry,
    /// Who has to do with it.
    pub(crate) concerns: Concerns,
    /// What hung on the file that was there before.
    pub(crate) attributes: Attributes,
}

/// Whom a path concerns, as the rules said when it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Concerns {
    /// The services that check it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) check: Vec<String>,
    /// The services that read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reload: Vec<String>,
    /// Its content is never shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) secret: bool,
}

impl Concerns {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn of(wanted: &Wanted) -> Self {
        Self {
            check: wanted.check.clone(),
            reload: wanted.reload.clone(),
            secret: wanted.secret,
        }
    }

    /// Makes what is wanted of an entry: it concerns whom it did, and whom the rules say now.
    pub(crate) fn wanted(&self, entry: Entry, attributes: etc::Attributes) -> Wanted {
        let mut wanted = crate::wanted::wanted(entry, attributes);
        let add = |names: &mut Vec<String>, more: &[String]| {
            names.extend_from_slice(more);
            names.sort();
            names.dedup();
        };
        add(&mut wanted.check, &self.check);
        add(&mut wanted.reload, &self.reload);
        wanted.secret |= self.secret;
        wanted
    }
}

/// [`State`] as a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StateFile {
    schema: Schema<Self>,
    generation: u64,
    managed: Vec<ManagedLine>,
    pending: Vec<Reload>,
    #[serde(default)]
    services: BTreeMap<String, Service>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    enabled: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ManagedLine {
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_b64: Option<String>,
    #[serde(with = "spelled")]
    wrote: Entry,
    #[serde(with = "spelled")]
    original: Entry,
    #[serde(default, skip_serializing_if = "Concerns::is_empty")]
    concerns: Concerns,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attributes: Attributes,
}

impl ManagedLine {
    fn read(self) -> Result<(TreePath, Managed), Failure> {
        let path = TreePath::from_wire(&self.path, self.path_b64.as_deref())?;
        let managed = Managed {
            wrote: self.wrote,
            original: self.original,
            concerns: self.concerns,
            attributes: self.attributes,
        };
        Ok((path, managed))
    }
}

impl Document for StateFile {
    const SCHEMA: &'static str = "etcsync.state/1";
}

impl From<&State> for StateFile {
    fn from(state: &State) -> Self {
        let line = |(path, managed): (&TreePath, &Managed)| ManagedLine {
            path: path.text(),
            path_b64: path.b64(),
            wrote: managed.wrote.clone(),
            original: managed.original.clone(),
            concerns: managed.concerns.clone(),
            attributes: managed.attributes.clone(),
        };
        Self {
            schema: Schema::new(),
            generation: state.generation,
            managed: state.managed.iter().map(line).collect(),
            pending: state.pending.clone(),
            services: state.services.clone(),
            enabled: state.enabled.iter().map(TreePath::text).collect(),
        }
    }
}

impl StateFile {
    pub(crate) fn read(self) -> Result<State, Failure> {
        let lines = self.managed.into_iter().map(ManagedLine::read);
        Ok(State {
            generation: self.generation,
            managed: Arc::new(lines.collect::<Result<_, Failure>>()?),
            pending: self.pending,
            services: self.services,
            enabled: self.enabled.iter().map(TreePath::new).collect::<Result<_, _>>()?,
        })
    }
}

/// The folder that a root's state is in.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
}

impl Store {
    /// Names the folder; nothing is touched.
    pub(crate) fn of(place: &Place) -> Self {
        Self {
            folder: place.state.clone(),
        }
    }

    /// Returns a path in it.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }

    /// Keeps every other run out; the folder is there.
    pub(crate) fn lock(&self, wait: u64) -> Result<Lock, Failure> {
        let command = std::env::args().nth(1).unwrap_or_default();
        let holder = format!("etcsync {command}");
        Ok(Lock::exclusive(
            &self.path("lock"),
            &holder,
            Duration::from_secs(wait),
        )?)
    }

    /// Returns the state; the empty one if there is none.
    pub(crate) fn read(&self) -> Result<State, Failure> {
        match disk::read_json::<StateFile>(&self.path("state.json"))? {
            Some(file) => file.read(),
            None => Ok(State::default()),
        }
    }

    /// Replaces the state.
    pub(crate) fn write(&self, state: &StateFile) -> Result<(), Failure> {
        self.put("state.json", state, Durability::Synced)
    }

    /// Writes a document for its owner alone.
    pub(crate) fn put(
        &self,
        name: impl AsRef<Path>,
        document: &impl Serialize,
        durability: Durability,
    ) -> Result<(), Failure> {
        Ok(disk::write_json(&self.path(name), document, 0o600, durability)?)
    }

    /// Waits until files that were written are on the disk; all there is, if a run has many changes.
    pub(crate) fn sync(&self, files: &[PathBuf], many: bool) -> Result<(), Failure> {
        if many {
            return Ok(disk::sync_filesystem(&self.folder)?);
        }
        for file in files {
            fs_err::File::open(file)?.sync_all()?;
        }
        let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
        for folder in folders {
            disk::sync_directory(folder)?;
        }
        Ok(())
    }

    /// Returns the run that is under way, or was when the machine stopped.
    pub(crate) fn running(&self) -> Result<Option<Running>, Failure> {
        let found = self.journal().read_marked::<Phase>()?;
        Ok(found.map(|(mut running, mark)| {
            running.phase = mark.unwrap_or(running.phase);
            running
        }))
    }

    /// Returns the journal.
    pub(crate) fn journal(&self) -> Journal<Running> {
        Journal::at(self.path("journal"))
    }
}
