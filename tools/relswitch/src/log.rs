//! The log of switches: `.relswitch/log.ndjson`, a line each, for people and for a lost state.

use std::io::Write;

use crate::app::App;
use crate::state::Turn;

/// Adds a line. The log is a help, not the truth: what cannot be written is left out.
pub(crate) fn add(app: &App, turn: &Turn) {
    let mut options = fs_err::OpenOptions::new();
    if let (Ok(mut file), Ok(line)) = (
        options
            .append(true)
            .create(true)
            .open(app.private().join("log.ndjson")),
        serde_json::to_string(turn),
    ) {
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

/// Reads all lines that are whole.
pub(crate) fn turns(app: &App) -> Vec<Turn> {
    let text = fs_err::read_to_string(app.private().join("log.ndjson")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}
