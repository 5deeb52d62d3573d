//! Looking: everything that a plan is decided from, and the plan.

use crate::{
    layers::embed,
    layers::material::Material,
    layers::services,
    layers::source::Layers,
    place::Place,
    plan::around,
    plan::blocked,
    plan::decide,
    plan::decide::Decision,
    plan::known::{self, Known},
    plan::origin::Origin,
    plan::reloads,
    plan::request::{self, Read, Request},
    root::closed::Closed,
    root::conffiles,
    root::look::{self, Found},
    state::book::Book,
    state::remembered::State,
    state::seen::Seen,
    state::store::Store,
    state::veil::{self, Veil},
    tree::change::Change,
    tree::entry,
};
use cli::Failure;
use etc::TreePath;
use std::{collections::BTreeMap, sync::Arc};
use wire::{
    Kind, Schema,
    etc::{Entry, OpKind, Plan, Source},
};

/// A plan with all that apply needs besides.
#[derive(Debug)]
pub(crate) struct Survey {
    /// The plan, as it is printed.
    pub(crate) plan: Plan,
    /// Its ops, digests not veiled.
    pub(crate) changes: Vec<Change>,
    /// What contents come from; none for a rollback.
    pub(crate) material: Option<Material>,
    /// The state before.
    pub(crate) old: State,
    /// The state after.
    pub(crate) new: State,
    /// The commands that then keep the distribution's books.
    pub(crate) books: Vec<Book>,
    /// What was read for it, for the next one, if it was made to be applied.
    pub(crate) seen: Seen,
}

impl Survey {
    /// Returns the layers that contents come from; none for a rollback.
    pub(crate) fn layers(&self) -> Option<&Layers> {
        self.material.as_ref().map(|material| &material.layers)
    }
}

/// Makes the plan for a source.
pub(crate) fn survey(place: &Place, origin: Origin<'_>) -> Result<Survey, Failure> {
    with_memory(place, origin, |seen| seen)
}

/// Makes the plan for a source, to be applied now: what is read for it is remembered.
pub(crate) fn survey_to_apply(place: &Place, origin: Origin<'_>) -> Result<Survey, Failure> {
    with_memory(place, origin, Seen::noting)
}

fn with_memory(
    place: &Place,
    origin: Origin<'_>,
    memory: impl FnOnce(Seen) -> Seen,
) -> Result<Survey, Failure> {
    let store = Store::of(place);
    let seen = memory(Seen::of(&store));
    let (known, read) = known_and_read(place, &store, origin)?;
    let request = match (origin.source, read) {
        (source, Some(read)) => request::from_layers(place, read, &known, source, &seen)?,
        (Source::Generation { to }, _) => request::from_generation(place, &store, &known.state, *to)?,
        (Source::Layers { .. }, None) => return Err(Failure::new(Kind::Usage, "no layers")),
    };
    finish(place, &store, known, request, seen, origin)
}

/// Reads the state and the names in the layers at once.
fn known_and_read(
    place: &Place,
    store: &Store,
    origin: Origin<'_>,
) -> Result<(Known, Option<Read>), Failure> {
    let (known, read) = threads::both(|| known::known(place, store), || request::read(place, origin));
    // What is wrong with the layers is said first.
    let read = read?;
    Ok((known?, read))
}

fn finish(
    place: &Place,
    store: &Store,
    known: Known,
    request: Request,
    seen: Seen,
    origin: Origin<'_>,
) -> Result<Survey, Failure> {
    let old = known.state;
    let found = found(place, known.settled, &request, &seen)?;
    let decision = decided(place, &request, &found, &old)?;
    let mut commands = around::commands(place, &request, &decision, &old);
    commands
        .skipped
        .extend(origin.embedded.into_iter().flat_map(embed::left_out));
    let new = State {
        generation: old.generation + u64::from(!decision.changes.is_empty()),
        managed: Arc::clone(&decision.managed),
        pending: commands.reloads,
        enabled: commands.enabled,
        services: services::defined(&request.services),
    };
    let veil = veil(place, store, origin, &decision.changes)?;
    let plan = Plan {
        schema: Schema::new(),
        root: place.name.clone(),
        ownership: place.ownership(),
        source: request.source,
        generation: old.generation,
        ops: veil::ops(&decision.changes, veil.as_ref()),
        checks: commands.checks,
        books: commands.books.iter().map(|book| book.run.clone()).collect(),
        reloads: new.pending.clone(),
        skipped: commands.skipped,
        embedded: None,
        lint: request.lint,
        summary: reloads::summary(&decision),
    };
    // The end of the process gives this back at once, and faster than piece by piece.
    std::mem::forget((request.wanted, found));
    Ok(Survey {
        plan,
        changes: decision.changes,
        material: request.material,
        old,
        new,
        books: commands.books,
        seen,
    })
}

/// Returns what stands under every path that something is wanted of, or will once an interrupted run is recovered.
fn found(
    place: &Place,
    settled: BTreeMap<TreePath, Entry>,
    request: &Request,
    seen: &Seen,
) -> Result<BTreeMap<TreePath, Found>, Failure> {
    let mut found = request.found.clone();
    let beside = seen.beside();
    let missing = request
        .wanted
        .keys()
        .filter(|path| !request.found.contains_key(path));
    found.extend(look::all(place, &beside, missing)?);
    seen.add(beside.notes());
    for (path, entry) in settled {
        if let Some(found) = found.get_mut(&path) {
            found.entry = entry;
        }
    }
    Ok(found)
}

/// Decides, and adds to the changes what only the root can tell.
fn decided(
    place: &Place,
    request: &Request,
    found: &BTreeMap<TreePath, Found>,
    old: &State,
) -> Result<Decision, Failure> {
    let mut decision = decide::decide(&request.wanted, found, &old.managed);
    decision.same += request.same;
    if matches!(request.source, Source::Generation { .. }) {
        call_it_restoring(&mut decision.changes);
    }
    blocked::find(place, &mut decision)?;
    keep_secret(place, request, &mut decision);
    conffiles::note(place, &mut decision.changes);
    Ok(decision)
}

/// Returns what secrets are named by, if there are any and they are not told as they are.
fn veil(
    place: &Place,
    store: &Store,
    origin: Origin<'_>,
    changes: &[Change],
) -> Result<Option<Veil>, Failure> {
    let needed = !origin.open && changes.iter().any(|change| change.op.secret);
    needed.then(|| Veil::of(store, || place.make_state())).transpose()
}

/// Whatever a rollback puts in place, it puts back.
fn call_it_restoring(changes: &mut [Change]) {
    for change in changes {
        if matches!(change.op.op, OpKind::Create | OpKind::Replace | OpKind::Meta) {
            change.op.op = OpKind::Restore;
        }
    }
}

/// Marks what is in a folder that not everybody may go through.
fn keep_secret(place: &Place, request: &Request, decision: &mut Decision) {
    let mode = |folder: &TreePath| match request.wanted.get(folder)?.entry {
        Entry::Folder { mode, .. } => Some(mode.0),
        _ => None,
    };
    let mut closed = Closed::new(place, mode);
    for change in &mut decision.changes {
        let op = &mut change.op;
        let has_content = entry::is_file(&op.before) || entry::is_file(&op.after);
        op.secret |= has_content && closed.holds(&change.path);
    }
}
