//! The log of switches: `.relswitch/log.ndjson`, a line each, for people and for a lost state.

use std::io::Write;
use std::path::PathBuf;

use fs_err::os::unix::fs::OpenOptionsExt;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::state::Turn;

/// A line of the log.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    event: Event,
    id: String,
    at: String,
}

/// What happened to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Event {
    /// It became current.
    Switched,
    /// It proved wrong right away, or the switch was interrupted: the one before is current again.
    Undone,
}

/// Adds a line. The log is a help, not the truth: what cannot be written is left out.
pub(crate) fn add(app: &App, event: Event, turn: Turn) {
    let Turn { id, at } = turn;
    let mut options = fs_err::OpenOptions::new();
    let opened = options.append(true).create(true).mode(0o644).open(file(app));
    if let (Ok(mut file), Ok(line)) = (opened, serde_json::to_string(&Line { event, id, at })) {
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

/// Reads what became current and stayed so, from all lines that are whole; `None` if the log is lost: there are none.
pub(crate) fn turns(app: &App) -> Option<Vec<Turn>> {
    let file = file(app);
    disk::expect_file(&file).ok()?;
    let bytes = fs_err::read(&file).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .peekable();
    lines.peek()?;
    let mut turns: Vec<Turn> = Vec::new();
    for Line { event, id, at } in lines {
        match event {
            Event::Switched => turns.push(Turn { id, at }),
            Event::Undone if turns.last().is_some_and(|last| last.id == id) => drop(turns.pop()),
            Event::Undone => {}
        }
    }
    Some(turns)
}

fn file(app: &App) -> PathBuf {
    app.private().join("log.ndjson")
}
