//! What a command is about: layers, or a plan.

use crate::args::LayerArgs;
use cli::{Failure, Session};
use wire::{
    Kind,
    etc::{Plan, Source},
};

/// Says whether a name on the command line is that of a plan; all others are layers.
pub(crate) fn is_plan(name: &str) -> bool {
    name == "-" || std::path::Path::new(name).is_file()
}

pub(crate) fn source(layers: &[String], from: &LayerArgs) -> Source {
    Source::Layers {
        layers: layers.to_vec(),
        only: from.only.clone(),
        services: from.services.clone(),
        attrs: from.attrs.clone(),
        tree: None,
        git: None,
    }
}

/// Reads a plan from a file or standard input.
pub(crate) fn read_plan(name: &str, session: &Session) -> Result<Plan, Failure> {
    let input = session.input(name)?;
    wire::read(&input.bytes).map_err(|error| {
        let failure = Failure::new(Kind::BadDocument, error.to_string()).file(&input.name);
        match error.line() {
            Some(line) => failure.line(line),
            None => failure,
        }
    })
}
