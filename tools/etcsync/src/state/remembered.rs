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
    #[serde(with = "lines")]
    managed: Arc<BTreeMap<TreePath, Managed>>,
    pending: Vec<Reload>,
    #[serde(default)]
    services: BTreeMap<String, Service>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    enabled: Vec<String>,
}

impl Document for StateFile {
    const SCHEMA: &'static str = "etcsync.state/1";
}

impl From<&State> for StateFile {
    fn from(state: &State) -> Self {
        Self {
            schema: Schema::new(),
            generation: state.generation,
            managed: Arc::clone(&state.managed),
            pending: state.pending.clone(),
            services: state.services.clone(),
            enabled: state.enabled.iter().map(TreePath::text).collect(),
        }
    }
}

impl StateFile {
    pub(crate) fn read(self) -> Result<State, Failure> {
        Ok(State {
            generation: self.generation,
            managed: self.managed,
            pending: self.pending,
            services: self.services,
            enabled: self.enabled.iter().map(TreePath::new).collect::<Result<_, _>>()?,
        })
    }
}

/// What etcsync looks after, a line for each path. There may be many, so each is made and taken apart by itself.
mod lines {
    use super::{Attributes, Concerns, Managed, spelled};
    use etc::TreePath;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::{collections::BTreeMap, sync::Arc};
    use wire::etc::Entry;

    pub(super) fn serialize<S: Serializer>(
        managed: &BTreeMap<TreePath, Managed>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(managed.iter().map(Line::from))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<BTreeMap<TreePath, Managed>>, D::Error> {
        let read = Vec::<Read>::deserialize(deserializer)?;
        Ok(Arc::new(
            read.into_iter()
                .map(|Read(path, managed)| (path, managed))
                .collect(),
        ))
    }

    #[derive(Serialize, Deserialize)]
    struct Line {
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

    impl From<(&TreePath, &Managed)> for Line {
        fn from((path, managed): (&TreePath, &Managed)) -> Self {
            Self {
                path: path.text(),
                path_b64: path.b64(),
                wrote: managed.wrote.clone(),
                original: managed.original.clone(),
                concerns: managed.concerns.clone(),
                attributes: managed.attributes.clone(),
            }
        }
    }

    /// A line that was read.
    #[derive(Deserialize)]
    #[serde(try_from = "Line")]
    struct Read(TreePath, Managed);

    impl TryFrom<Line> for Read {
        type Error = etc::Error;

        fn try_from(line: Line) -> Result<Self, Self::Error> {
            let path = TreePath::from_wire(&line.path, line.path_b64.as_deref())?;
            let managed = Managed {
                wrote: line.wrote,
                original: line.original,
                concerns: line.concerns,
                attributes: line.attributes,
            };
            Ok(Self(path, managed))
        }
    }
}
