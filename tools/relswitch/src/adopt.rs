//! `init --adopt`: what another tool, or a person, has made becomes known as releases.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use cli::{Failure, Session};
use disk::Durability;
use wire::Kind;
use wire::release::{Ancestry, Release, ReleaseState, Summary};

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
    // Better refused now than when all is written.
    app.current()?;
    let log = Log::read(app);
    // What an interrupted run has described is not unknown any more.
    let mut adopted = state.add_described(app)?;
    for name in unknown(app, session)? {
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
    link(app, &state)?;
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
fn unknown(app: &App, session: &Session) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(app.releases())? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let is_known = path.join(RELEASE_FILE).exists();
        let is_folder = fs_err::symlink_metadata(&path)?.is_dir();
        if !is_folder || is_known || name.starts_with('.') {
            continue;
        }
        if is_plain(name) {
            names.push(name.to_owned());
        } else {
            session.warn(format!(
                "{} has no name for a release, and stays as it is",
                path.display()
            ));
        }
    }
    names.sort();
    Ok(names)
}

/// Tells whether a name can be told from what stands around it: on a command line, in a probe's output, in `/proc`.
fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "._+-".contains(letter))
}

/// Writes into a release what is known of it.
fn describe(app: &App, name: &str, seq: u64, log: &Log) -> Result<Release, Failure> {
    let folder = app.release(name);
    let release = Release {
        id: name.to_owned(),
        seq,
        path: format!("releases/{name}"),
        state: if is_current(app, name) {
            ReleaseState::Ready
        } else {
            log.state(name)
        },
        reference: PLAIN.to_owned(),
        commit: revision(&folder),
        created: changed(&folder)?,
        ancestry: Ancestry::Unknown,
        ..Release::default()
    };
    disk::write_json(&folder.join(RELEASE_FILE), &release, 0o644, Durability::Synced)?;
    Ok(release)
}

/// Reads which commit a release is of, if Capistrano wrote that.
fn revision(folder: &Path) -> String {
    let text = fs_err::read_to_string(folder.join("REVISION")).unwrap_or_default();
    let commit = text.trim();
    match commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => commit.to_owned(),
        false => String::new(),
    }
}

fn is_current(app: &App, name: &str) -> bool {
    app.current()
        .is_ok_and(|current| current.is_some_and(|current| current.id == name))
}

/// Makes the link `current` relative, or makes it if a plain folder was moved away.
fn link(app: &App, state: &State) -> Result<(), Failure> {
    let moved = |release: &&Summary| release.id.ends_with(PLAIN) && !state.was_current(&release.id);

    match app.current()? {
        Some(current) if current.target != app::target(&current.id) => Ok(disk::relink(
            &app.link(),
            Some(&current.target),
            &app::target(&current.id),
            Durability::Synced,
        )?),
        Some(_) => Ok(()),
        None => match state.releases.iter().rev().find(moved) {
            Some(plain) => {
                let target = app::target(&plain.id);
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
    /// The releases that were left by a rollback.
    left: BTreeSet<String>,
}

impl Log {
    fn read(app: &App) -> Self {
        let bytes = fs_err::read(app.root().join("revisions.log")).unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    /// Reads the lines `Branch main (at 72fa723) deployed as release 20260101120000 by deploy`, and
    /// `deploy rolled back to release 20260101110000`.
    fn parse(text: &str) -> Self {
        let mut log = Self::default();
        for (id, is_back) in text.lines().filter_map(release_of) {
            if let (true, Some(left)) = (is_back, log.turns.last()) {
                log.left.insert(left.id.clone());
            }
            log.left.remove(id);
            log.turns.push(Turn {
                id: id.to_owned(),
                at: time_of(id),
            });
        }
        log
    }

    /// Says what became of a release; without a log every one is good.
    fn state(&self, name: &str) -> ReleaseState {
        let finished = self.turns.is_empty() || self.turns.iter().any(|turn| turn.id == name);
        match (self.left.contains(name), finished) {
            (true, _) => ReleaseState::Bad,
            (false, true) => ReleaseState::Ready,
            (false, false) => ReleaseState::Failed,
        }
    }
}

/// Returns the release that a line is about, and whether it tells of a rollback.
fn release_of(line: &str) -> Option<(&str, bool)> {
    let back = line.split_once("rolled back to release ");
    let (_, rest) = back.or_else(|| line.split_once("deployed as release "))?;
    Some((rest.split_whitespace().next()?, back.is_some()))
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
        assert_eq!(release_of(deployed), Some(("20260101120000", false)));
        assert_eq!(
            release_of("deploy rolled back to release 20260101110000"),
            Some(("20260101110000", true))
        );
        assert_eq!(release_of("something else"), None);
        assert_eq!(time_of("20260101120000"), "2026-01-01T12:00:00Z");
    }

    #[test]
    fn what_capistrano_rolled_back_from_is_bad() {
        let log = Log::parse(
            "Branch main (at 1) deployed as release 1 by deploy\n\
             Branch main (at 2) deployed as release 2 by deploy\n\
             deploy rolled back to release 1\n",
        );
        assert_eq!(log.state("2"), ReleaseState::Bad);
        assert_eq!(log.state("1"), ReleaseState::Ready);
        assert_eq!(log.state("3"), ReleaseState::Failed);
    }

    #[test]
    fn names_that_could_be_mistaken_are_no_releases() {
        for bad in ["", "-x", ".x", "a b", "a:b", "a\nb", "a/b", "ä"] {
            assert!(!is_plain(bad), "{bad:?}");
        }
        assert!(is_plain("20260101120000") && is_plain("v1.2-rc_3+x"));
    }
}
