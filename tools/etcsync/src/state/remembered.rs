//! What etcsync remembers of a root: what it wrote, what was there before, what is pending.

use crate::{tree::entry::Attributes, tree::spelled};
use cli::Failure;
use etc::TreePath;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use wire::{
    Document, Schema,
    etc::{Entry, Reload, Service},
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
