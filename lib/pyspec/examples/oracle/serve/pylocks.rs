//! `pylock`: what a target installs from a lock file; `pylock-text`: the file as it is written again.

use pyspec::pylock::{Choice, Pylock, Selected};
use pyspec::target::Target;
use serde_json::{Value, json};

use super::{Answer, Request};

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    match request.operation() {
        "pylock" => Some(selected(request)),
        "pylock-text" => Some(lock(request).map(|lock| json!(lock.to_toml()))),
        _ => None,
    }
}

fn lock(request: &Request) -> Result<Pylock, String> {
    Pylock::parse(request.text("s")?.as_bytes()).map_err(|error| error.to_string())
}

fn selected(request: &Request) -> Answer {
    let target: Target = request.parse("target")?;
    let lock = lock(request)?;
    let selected = lock
        .select(&target, &[], None)
        .map_err(|error| error.to_string())?;
    Ok(selected.iter().map(one).collect())
}

fn one(selected: &Selected<'_>) -> Value {
    let place = match selected.choice {
        Choice::Vcs(vcs) => vcs.url.clone().or(vcs.path.clone()),
        Choice::Directory(directory) => Some(directory.path.clone()),
        Choice::Archive(archive) => archive.file.url.clone().or(archive.file.path.clone()),
        Choice::Sdist(_) | Choice::Wheel(_) => selected.choice.filename().map(Into::into),
    };
    json!({
        "name": selected.package.name.as_str(),
        "version": selected.package.version.as_ref().map(ToString::to_string),
        "file": place,
    })
}
