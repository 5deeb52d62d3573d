//! What is known of the releases: `.relswitch/state.json`.
//!
//! Which release is current is not in it: the link says so. A lost or damaged state is made anew from the releases
//! themselves and the log of switches.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cli::{Failure, Session};
use disk::{Begun, Durability};
use serde::{Deserialize, Serialize};
use wire::release::{Release, ReleaseState, Summary};
use wire::{Document, Kind, Schema};

use crate::app::{App, RELEASE_FILE};

/// The mode of what describes releases.
const MODE: u32 = 0o644;

/// How many turns are remembered.
const REMEMBERED: usize = 1000;

/// The state of an application.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    schema: Schema<Self>,
    /// The sequence number of the next release.
    pub(crate) next: u64,
    /// Every release, by sequence. The state of one here is staging, ready, failed or bad.
    pub(crate) releases: Vec<Summary>,
    /// What became current, oldest first.
    pub(crate) history: Vec<Turn>,
}

impl Document for State {
    const SCHEMA: &'static str = "relswitch.state/1";
}

/// One release becoming current.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// The release.
    pub(crate) id: String,
    /// When, RFC 3339 in UTC.
    pub(crate) at: String,
}

impl Turn {
    /// Makes the turn that happens now.
    pub(crate) fn now(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            at: now(),
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            schema: Schema::new(),
            next: 1,
            releases: Vec::new(),
            history: Vec::new(),
        }
    }
}

/// Returns the time in UTC, to the second.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl State {
    /// Reads the state; makes it anew, with a warning, if it is lost or damaged.
    pub(crate) fn load(app: &App, session: &Session) -> Result<Self, Failure> {
        match disk::read_json::<Self>(&file(app)) {
            Ok(Some(state)) => Ok(state),
            Ok(None) => {
                session.warn("the list of releases is lost; making it anew from their folders");
                Self::rebuild(app)
            }
            Err(error @ disk::Error::Damaged { .. }) => {
                session.warn(format!("{error}; making it anew from the releases' folders"));
                Self::rebuild(app)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the state for who only looks: it is made anew, with a warning, whatever keeps it from being read.
    pub(crate) fn seen(app: &App, session: &Session) -> Result<Self, Failure> {
        Self::load(app, session).or_else(|failure| {
            let why = failure.in_one_line();
            session.warn(format!("{why}; going by the releases' folders"));
            Self::rebuild(app)
        })
    }

    /// Tells whether the state can be read as it is.
    pub(crate) fn is_sound(app: &App) -> bool {
        matches!(disk::read_json::<Self>(&file(app)), Ok(Some(_)))
    }

    /// Writes the state; it is on the disk when this returns.
    pub(crate) fn save(&mut self, app: &App) -> Result<(), Failure> {
        self.write(app, Durability::Synced)
    }

    /// Writes the state, whole at once, its name to be on the disk at once or with a sync that comes later.
    pub(crate) fn write(&mut self, app: &App, durability: Durability) -> Result<(), Failure> {
        self.forget_old_turns();
        Ok(disk::write_json(&file(app), self, MODE, durability)?)
    }

    /// Writes the state beside its place.
    pub(crate) fn begin(&mut self, app: &App) -> Result<Begun, Failure> {
        self.forget_old_turns();
        Ok(Begun::json(&file(app), self, MODE, Durability::Contents)?)
    }

    fn forget_old_turns(&mut self) {
        let excess = self.history.len().saturating_sub(REMEMBERED);
        self.history.drain(..excess);
    }

    /// Makes the state from the releases that are there and the log of switches.
    pub(crate) fn rebuild(app: &App) -> Result<Self, Failure> {
        let mut state = Self::default();
        state.add_described(app)?;
        let known: BTreeSet<&str> = state.releases.iter().map(|release| release.id.as_str()).collect();
        state.history = match crate::log::turns(app) {
            Some(mut turns) => {
                turns.retain(|turn| known.contains(turn.id.as_str()));
                turns
            }
            None => state.presumed_turns(app),
        };
        state.follow_link(app);
        Ok(state)
    }

    /// Guesses the history where the log is lost too: what is ready and older than what runs was probably current, and
    /// is no abandoned release that `prune` may take.
    fn presumed_turns(&self, app: &App) -> Vec<Turn> {
        let current = app.current().ok().flatten();
        let Some(running) = current.and_then(|current| self.get(&current.id)) else {
            return Vec::new();
        };
        let older = |release: &&Summary| release.state == ReleaseState::Ready && release.seq < running.seq;
        let turn = |release: &Summary| Turn {
            id: release.id.clone(),
            at: release.created.clone(),
        };
        self.releases.iter().filter(older).map(turn).collect()
    }

    /// Adds the releases that are there, say what they are, and are not listed; returns their ids.
    pub(crate) fn add_described(&mut self, app: &App) -> Result<Vec<String>, Failure> {
        let mut known: BTreeSet<String> = self.releases.iter().map(|release| release.id.clone()).collect();
        let mut added = Vec::new();
        for entry in fs_err::read_dir(app.releases())? {
            let entry = entry?;
            let described = disk::read_json::<Release>(&entry.path().join(RELEASE_FILE));
            // A folder that does not say what it is, is not ours; nor is a copy, which says what another one is.
            let Ok(Some(release)) = described else { continue };
            if entry.file_name() == *release.id && known.insert(release.id.clone()) {
                self.next = self.next.max(release.seq.saturating_add(1));
                self.releases.push(summary(&release));
                added.push(release.id);
            }
        }
        self.releases.sort_by_key(|release| release.seq);
        Ok(added)
    }

    /// Notes what the link says if it was moved without us: by hand, or right before a power cut.
    pub(crate) fn follow_link(&mut self, app: &App) -> bool {
        let Ok(Some(current)) = app.current() else {
            return false;
        };
        let known = self.get(&current.id).is_some();
        let moved = known && self.history.last().is_none_or(|last| last.id != current.id);
        if moved {
            self.history.push(Turn::now(&current.id));
        }
        moved
    }

    /// Finds a release by its id.
    pub(crate) fn get(&self, id: &str) -> Option<&Summary> {
        self.releases.iter().find(|release| release.id == id)
    }

    /// Finds the one release whose id starts so.
    ///
    /// # Errors
    /// None does, or several do.
    pub(crate) fn find(&self, start: &str) -> Result<&Summary, Failure> {
        if let Some(exact) = self.get(start) {
            return Ok(exact);
        }
        let mut found = self
            .releases
            .iter()
            .filter(|release| !start.is_empty() && release.id.starts_with(start));
        match (found.next(), found.next()) {
            (Some(release), None) => Ok(release),
            (None, _) => Err(Failure::new(Kind::NotFound, format!("no release {start:?}"))
                .hint("relswitch list shows all of them")),
            _ => Err(
                Failure::new(Kind::NotFound, format!("several releases start with {start:?}"))
                    .hint("write more of the id"),
            ),
        }
    }

    /// Tells whether a release was current once.
    pub(crate) fn was_current(&self, id: &str) -> bool {
        self.history.iter().any(|turn| turn.id == id)
    }

    /// Forgets releases.
    pub(crate) fn forget(&mut self, ids: &[String]) {
        let ids: BTreeSet<&String> = ids.iter().collect();
        self.releases.retain(|release| !ids.contains(&release.id));
        self.history.retain(|turn| !ids.contains(&turn.id));
    }

    /// Gives a release another state, here alone.
    pub(crate) fn set(&mut self, id: &str, state: ReleaseState) {
        if let Some(release) = self.releases.iter_mut().find(|release| release.id == id) {
            release.state = state;
        }
    }

    /// Gives a release another state, here and in its own file.
    pub(crate) fn mark(&mut self, app: &App, id: &str, state: ReleaseState) {
        self.set(id, state);
        // The release's own file only matters if this state is lost; its folder may belong to another user.
        let _ = describe(app, id, Durability::Contents, |release| release.state = state);
    }
}

/// Reads a release's own file.
pub(crate) fn described(app: &App, id: &str) -> Result<Release, Failure> {
    let path = app.release(id).join(RELEASE_FILE);
    let missing = || {
        Failure::new(Kind::BadState, format!("{} is missing", path.display()))
            .hint("stage the release again")
            .file(path.display().to_string())
    };
    disk::read_json(&path)?.ok_or_else(missing)
}

/// Changes a release's own file, and returns what it says then.
pub(crate) fn describe(
    app: &App,
    id: &str,
    durability: Durability,
    change: impl FnOnce(&mut Release),
) -> Result<Release, Failure> {
    let mut release = described(app, id)?;
    let before = release.clone();
    change(&mut release);
    if release != before {
        disk::write_json(&app.release(id).join(RELEASE_FILE), &release, MODE, durability)?;
    }
    Ok(release)
}

/// Writes a release's own file with another state beside its place. It only matters if the list is lost, and its folder
/// may belong to another user: then there is none.
pub(crate) fn begin_mark(app: &App, id: &str, state: ReleaseState) -> Option<Begun> {
    let mut release = described(app, id).ok()?;
    release.state = state;
    let path = app.release(id).join(RELEASE_FILE);
    Begun::json(&path, &release, MODE, Durability::Contents).ok()
}

/// Returns what is listed of a release.
pub(crate) fn summary(release: &Release) -> Summary {
    Summary {
        id: release.id.clone(),
        seq: release.seq,
        state: release.state,
        reference: release.reference.clone(),
        commit: release.commit.clone(),
        created: release.created.clone(),
    }
}

/// Returns the state's file.
pub(crate) fn file(app: &App) -> PathBuf {
    app.private().join("state.json")
}
