//! How a root stands to what etcsync wrote, and what it wrote when.

use crate::{
    args::{PlaceArgs, StatusArgs},
    place::Place,
    root::conffiles,
    root::look::Look,
    show::people::Page,
    state::generations,
    state::remembered::State,
    state::store::Store,
    tree::entry,
};
use cli::{Done, Failure, Output};
use wire::{
    Schema,
    etc::{DriftKind, Drifted, Entry, Log, Status},
};

/// Runs `etcsync status`.
pub(crate) fn status(args: &StatusArgs) -> Result<Done, Failure> {
    let place = args.place.open()?;
    let store = Store::of(&place);
    let state = store.read()?;
    let status = Status {
        schema: Schema::new(),
        root: place.name.clone(),
        generation: state.generation,
        managed: state.managed.len() as u64,
        drift: drift(&place, &state)?,
        waiting: state
            .managed
            .keys()
            .filter_map(|path| conffiles::waiting(&place, path))
            .collect(),
        pending: state.pending.iter().map(|reload| reload.name.clone()).collect(),
        interrupted: store.running()?.map(|running| running.phase),
    };
    let fine = status.drift.is_empty() && status.pending.is_empty() && status.interrupted.is_none();
    let output = Output::report(Page(status));
    Ok(if args.exit_code && !fine {
        Done::No(output)
    } else {
        Done::Yes(output)
    })
}

fn drift(place: &Place, state: &State) -> Result<Vec<Drifted>, Failure> {
    let (mut drift, mut look) = (Vec::new(), Look::new(place));
    for (path, managed) in &*state.managed {
        let now = look.at(path)?.entry;
        if entry::same(&now, &managed.wrote) {
            continue;
        }
        let how = match now {
            Entry::Absent => DriftKind::Missing,
            Entry::Unknown { .. } => DriftKind::Unreadable,
            _ => DriftKind::Changed,
        };
        drift.push(Drifted {
            path: path.text(),
            how,
        });
    }
    Ok(drift)
}

/// Runs `etcsync log`.
pub(crate) fn log(args: &PlaceArgs) -> Result<Done, Failure> {
    let place = args.open()?;
    let generations = generations::all(&Store::of(&place))?;
    let log = Log {
        schema: Schema::new(),
        root: place.name,
        generations,
    };
    Ok(Done::Yes(Output::report(Page(log))))
}
