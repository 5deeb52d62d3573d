//! Looking: everything that a plan is decided from, and the plan.

use crate::{
    books::{self, Book},
    change::Change,
    closed::Closed,
    command, conffiles, embed, entry,
    known::{self, Known},
    look,
    material::Material,
    obstacles::Obstacles,
    place::Place,
    plan::{self, Decision},
    request::{self, Origin, Read, Request},
    seen::Seen,
    services,
    source::Layers,
    state::{State, Store},
    veil::{self, Veil},
};
use cli::Failure;
use etc::{Services, TreePath};
use std::{collections::BTreeSet, os::unix::ffi::OsStrExt, sync::Arc};
use wire::{
    Kind, Schema,
    etc::{Check, Entry, OpKind, Plan, Reload, Skipped, Source},
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
    /// What was read for it, for the next one.
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
    let store = Store::of(place);
    let seen = Seen::of(&store);
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
    let (old, mut found) = (known.state, request.found.clone());
    let beside = seen.beside();
    let missing = request
        .wanted
        .keys()
        .filter(|path| !request.found.contains_key(path));
    let late = look::all(place, &beside, missing)?;
    let notes = beside.notes();
    seen.add(notes);
    found.extend(late);
    for (path, entry) in known.settled {
        if let Some(found) = found.get_mut(&path) {
            found.entry = entry;
        }
    }
    let mut decision = plan::decide(&request.wanted, &found, &old.managed);
    decision.same += request.same;
    if matches!(request.source, Source::Generation { .. }) {
        call_it_restoring(&mut decision.changes);
    }
    find_obstacles(place, &mut decision)?;
    keep_secret(place, &request, &mut decision);
    conffiles::note(place, &mut decision.changes);
    let mut commands = commands(place, &request, &decision, &old);
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
        summary: plan::summary(&decision),
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

/// What is run before and after the commit, and what is left out here.
struct Commands {
    checks: Vec<Check>,
    books: Vec<Book>,
    /// The scripts that etcsync has enabled.
    enabled: BTreeSet<TreePath>,
    reloads: Vec<Reload>,
    skipped: Vec<Skipped>,
}

fn commands(place: &Place, request: &Request, decision: &Decision, old: &State) -> Commands {
    let services = &request.services;
    let known = |name: &str| {
        services
            .get(name)
            .map(|service| service.reload.clone())
            .unwrap_or_default()
    };
    let all = plan::reloads(&decision.changes, &request.wanted, &known, &old.pending);
    let pends = |name: &str| old.pending.iter().any(|reload| reload.name == name);
    let here = |reload: &Reload| runs_here(place, services, &reload.name) || pends(&reload.name);
    let (reloads, left_out): (Vec<Reload>, Vec<Reload>) = all.into_iter().partition(here);
    let (checks, mut skipped) = checks(place, request, decision);
    let (mut books, mut enabled) = books(place, request, decision, old);
    if !place.is_etc() {
        skipped.extend(books.drain(..).map(|book| skip("books", &book.run.join(" "))));
        enabled.clear();
    }
    skipped.extend(request.crontabs.iter().map(|user| skip("crontab", user)));
    skipped.extend(left_out.iter().map(|reload| skip("reload", &reload.name)));
    Commands {
        checks,
        books,
        enabled,
        reloads,
        skipped,
    }
}

/// Returns the commands for the distribution's books, and the scripts that are then enabled by us.
fn books(
    place: &Place,
    request: &Request,
    decision: &Decision,
    old: &State,
) -> (Vec<Book>, BTreeSet<TreePath>) {
    let scripts = books::of_scripts(place, &old.enabled, &request.enabled);
    let mut books = books::of_links(&decision.changes);
    books.extend(scripts.books);
    (books, scripts.ours)
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

/// Marks what nothing forbids and yet cannot be done.
fn find_obstacles(place: &Place, decision: &mut Decision) -> Result<(), Failure> {
    if decision.changes.is_empty() {
        return Ok(());
    }
    let mut obstacles = Obstacles::new(place);
    let goes = |change: &&Change| change.op.after == Entry::Absent;
    let going: BTreeSet<TreePath> = decision
        .changes
        .iter()
        .filter(goes)
        .map(|change| change.path.clone())
        .collect();
    for change in decision
        .changes
        .iter_mut()
        .filter(|change| change.op.blocked.is_none())
    {
        change.op.blocked = match obstacles.of(&change.path)? {
            None if makes_way(change) => in_use(place, &change.path, &going)?,
            obstacle => obstacle.map(str::to_owned),
        };
    }
    Ok(())
}

/// Says whether a folder is to make room for something else.
fn makes_way(change: &Change) -> bool {
    entry::is_folder(&change.op.before) && change.op.op == OpKind::Retype
}

/// Says that a folder holds more than what goes with the same plan.
fn in_use(place: &Place, path: &TreePath, going: &BTreeSet<TreePath>) -> Result<Option<String>, Failure> {
    for name in place.root.beneath(path.as_path())?.names()? {
        if !going.contains(&path.join(name.as_bytes())?) {
            return Ok(Some(format!("the folder there is not empty: {}", name.display())));
        }
    }
    Ok(None)
}

/// Returns the checks that the changes ask for, and those that are left out here.
fn checks(place: &Place, request: &Request, decision: &Decision) -> (Vec<Check>, Vec<Skipped>) {
    let wanted = decision
        .changes
        .iter()
        .filter_map(|change| request.wanted.get(&change.path));
    let names: BTreeSet<&String> = wanted.flat_map(|wanted| &wanted.check).collect();
    let (mut checks, mut skipped) = (Vec::new(), Vec::new());
    for name in names {
        let Some(service) = request.services.get(name) else {
            continue;
        };
        if !runs_here(place, &request.services, name) {
            skipped.push(skip("check", name));
            continue;
        }
        checks.extend(service.check.iter().map(|argv| Check {
            name: name.clone(),
            argv: argv.clone(),
            guarded: service.guarded,
            needs_root: service.needs_root,
            unavailable: !command::is_there(argv),
        }));
    }
    (checks, skipped)
}

/// Says whether commands of a service run for this root: for `/etc` all, else the user's own.
fn runs_here(place: &Place, services: &Services, name: &str) -> bool {
    place.is_etc() || services.get(name).is_some_and(|service| service.defined)
}

fn skip(what: &str, name: &str) -> Skipped {
    Skipped {
        what: what.to_owned(),
        name: name.to_owned(),
        why: "built-in commands are for the root /etc".to_owned(),
    }
}
