//! `init --adopt`: what another tool, or a person, has made becomes known as releases.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cli::{Failure, Session};
use disk::Durability;
use wire::Kind;
use wire::release::{Ancestry, Release, ReleaseState};

use crate::app::{self, App, RELEASE_FILE};
use crate::making;
use crate::state::{self, State, Turn};

/// The end of the id of a folder that was `current` itself.
const PLAIN: &str = "adopted";

/// Takes over a plain folder `current`, then every release folder that does not say what it is yet.
///
/// It can be interrupted and run again. Between the renaming of a plain `current` and the making of the link there
/// is a moment without `current`: two names cannot change at once.
pub(crate) fn run(app: &App, session: &Session) -> Result<Vec<String>, Failure> {
    let mut state = State::load(app, session)?;
    move_plain_current(app)?;
    let log = Log::read(app);
    let mut adopted = Vec::new();
    for name in unknown(app)? {
        let release = describe(app, &name, state.next, &log)?;
        state.next += 1;
        state.releases.push(state::summary(&release));
        adopted.push(name);
    }
    if state.history.is_empty() {
        state.history = log.turns;
        state
            .history
            .retain(|turn| state.releases.iter().any(|release| release.id == turn.id));
    }
    state.save(app)?;
    link(app, &adopted)?;
    if state.follow_link(app) {
        state.save(app)?;
    }
    Ok(adopted)
}

/// Gives a plain folder `current` a place among the releases.
fn move_plain_current(app: &App) -> Result<(), Failure> {
    let link = app.link();
    if !fs_err::symlink_metadata(&link).is_ok_and(|found| found.is_dir()) {
        return Ok(());
    }
    let place = app.release(&making::free_id(app, PLAIN));
    fs_err::rename(&link, &place)?;
    Ok(disk::sync_directory(&app.releases())?)
}

/// Lists the release folders that do not say what they are, by name: Capistrano's names are times.
fn unknown(app: &App) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(app.releases())? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let is_known = path.join(RELEASE_FILE).exists();
        let is_folder = fs_err::symlink_metadata(&path)?.is_dir();
        if is_folder && !is_known && !name.is_empty() && !name.starts_with('.') {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Writes into a release what is known of it.
fn describe(app: &App, name: &str, seq: u64, log: &Log) -> Result<Release, Failure> {
    let folder = app.release(name);
    let commit = fs_err::read_to_string(folder.join("REVISION")).unwrap_or_default();
    let finished =
        log.turns.is_empty() || log.turns.iter().any(|turn| turn.id == name) || is_current(app, name);
    let release = Release {
        id: name.to_owned(),
        seq,
        path: format!("releases/{name}"),
        state: if finished {
            ReleaseState::Ready
        } else {
            ReleaseState::Failed
        },
        reference: PLAIN.to_owned(),
        commit: commit.trim().to_owned(),
        created: changed(&folder)?,
        ancestry: Ancestry::Unknown,
        ..Release::default()
    };
    disk::write_json(&folder.join(RELEASE_FILE), &release, 0o644, Durability::Synced)?;
    Ok(release)
}

fn is_current(app: &App, name: &str) -> bool {
    app.current()
        .is_ok_and(|current| current.is_some_and(|current| current.id == name))
}

/// Makes the link `current` relative, or makes it if a plain folder was moved away.
fn link(app: &App, adopted: &[String]) -> Result<(), Failure> {
    match app.current()? {
        Some(current) if current.target != app::target(&current.id) => Ok(disk::relink(
            &app.link(),
            Some(&current.target),
            &app::target(&current.id),
            Durability::Synced,
        )?),
        Some(_) => Ok(()),
        None => match adopted.iter().find(|name| name.contains(PLAIN)) {
            Some(plain) => {
                let target = app::target(plain);
                Ok(disk::relink(&app.link(), None, &target, Durability::Synced)?)
            }
            None => Ok(()),
        },
    }
}

/// Returns when a folder was changed last, RFC 3339 in UTC.
fn changed(folder: &Path) -> Result<String, Failure> {
    let seconds = fs_err::metadata(folder)?.mtime();
    let time = jiff::Timestamp::from_second(seconds).map_err(|error| {
        Failure::new(Kind::Io, format!("{} has no usable time", folder.display())).cause(error.to_string())
    })?;
    Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Capistrano's log of deployments: `revisions.log`.
#[derive(Debug, Default)]
struct Log {
    turns: Vec<Turn>,
}

impl Log {
    /// Reads the lines `Branch main (at 72fa723) deployed as release 20260101120000 by deploy`, and
    /// `deploy rolled back to release 20260101110000`.
    fn read(app: &App) -> Self {
        let text = fs_err::read_to_string(app.root().join("revisions.log")).unwrap_or_default();
        Self {
            turns: text
                .lines()
                .filter_map(release_of)
                .map(|id| Turn {
                    id: id.to_owned(),
                    at: time_of(id),
                })
                .collect(),
        }
    }
}

fn release_of(line: &str) -> Option<&str> {
    let (_, rest) = line
        .split_once("deployed as release ")
        .or_else(|| line.split_once("rolled back to release "))?;
    rest.split_whitespace().next()
}

/// Returns the time that Capistrano's release name is, RFC 3339 in UTC; the epoch for another name.
fn time_of(name: &str) -> String {
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", name).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capistranos_log_is_read() {
        let deployed = "Branch main (at 72fa723) deployed as release 20260101120000 by deploy";
        assert_eq!(release_of(deployed), Some("20260101120000"));
        assert_eq!(
            release_of("deploy rolled back to release 20260101110000"),
            Some("20260101110000")
        );
        assert_eq!(release_of("something else"), None);
        assert_eq!(time_of("20260101120000"), "2026-01-01T12:00:00Z");
    }
}
