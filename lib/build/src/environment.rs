//! The environment that a backend runs in: nothing but the wheels handed in.

use crate::Error;
use python::{Interpreter, venv};
use std::path::{Path, PathBuf};
use wheel::{Order, Part, Wheel};

/// How many threads write files.
const THREADS: usize = 4;

/// Makes an environment at `place`, which must not exist, and returns its interpreter.
pub(crate) fn make(interpreter: &Interpreter, wheels: &[PathBuf], place: &Path) -> Result<PathBuf, Error> {
    let options = venv::Options {
        activation: false,
        ..venv::Options::new(place)
    };
    let items = venv::plan(interpreter, &options);
    let python = options.python(interpreter);
    fs_err::create_dir(place)?;
    venv::write(&items, place, None)?;
    let wheels: Vec<Wheel> = wheels
        .iter()
        .map(|path| Wheel::open(path))
        .collect::<Result<_, _>>()?;
    let parts: Vec<Part> = wheels.iter().map(part).collect();
    let own = items.iter().filter(|item| !matches!(item, venv::Item::Folder(_)));
    let occupied: Vec<&str> = own.map(venv::Item::path).collect();
    let plan = wheel::plan(&Order {
        parts: &parts,
        scheme: &interpreter.facts().scheme,
        python: &python,
        installer: "pydeploy",
        occupied: &occupied,
        allowed_collisions: &[],
    })?;
    let options = wheel::Options {
        threads: THREADS,
        link_mode: wheel::LinkMode::Auto,
        modified: None,
        progress: &wire::Silent,
    };
    wheel::install(&plan, &parts, place, &options)?;
    Ok(python)
}

fn part(wheel: &Wheel) -> Part<'_> {
    Part {
        wheel,
        requested: true,
        direct_url: None,
    }
}
