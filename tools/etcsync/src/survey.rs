//! Looking: everything that a plan is decided from, and the plan.

use crate::{
    books::{self, Direction},
    change::Change,
    conffiles, entry,
    look::{self, Found, Look},
    place::Place,
    plan::{self, Decision, Wanted},
    services,
    source::Layers,
    state::{State, Store},
    veil::{self, Veil},
    wanted::{self, Asked},
};
use cli::Failure;
use etc::{Rules, Services, TreePath};
use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::ffi::OsStrExt,
    thread,
};
use wire::{
    Kind, Schema,
    etc::{Check, Entry, Finding, OpKind, Phase, Plan, Reload, Skipped, Source},
};

/// A plan with all that apply needs besides.
#[derive(Debug)]
pub(crate) struct Survey {
    /// The plan, as it is printed.
    pub(crate) plan: Plan,
    /// Its ops, digests not veiled.
    pub(crate) changes: Vec<Change>,
    /// The layers that contents come from; none for a rollback.
    pub(crate) layers: Option<Layers>,
    /// The state before.
    pub(crate) old: State,
    /// The state after.
    pub(crate) new: State,
}

/// What is asked for, from wherever.
struct Request {
    source: Source,
    wanted: BTreeMap<TreePath, Wanted>,
    lint: Vec<Finding>,
    crontabs: Vec<String>,
    /// What was found already.
    early: BTreeMap<TreePath, Found>,
    services: Services,
    layers: Option<Layers>,
}

/// Makes the plan for a source.
pub(crate) fn survey(place: &Place, source: &Source) -> Result<Survey, Failure> {
    let store = Store::of(place);
    let (state, settled) = remembered(place, &store)?;
    let request = match source {
        Source::Layers {
            layers,
            only,
            services,
        } => from_layers(place, &state, layers, only, services.as_deref())?,
        Source::Generation { to } => from_generation(place, &store, &state, *to)?,
    };
    finish(place, &store, state, &settled, request)
}

/// Returns the state, and what will be under paths that an interrupted run has in hand once it
/// is recovered: apply does that first, so a plan made meanwhile holds.
fn remembered(place: &Place, store: &Store) -> Result<(State, BTreeMap<TreePath, Entry>), Failure> {
    let Some(running) = store.journal().read()? else {
        return Ok((store.read()?, BTreeMap::new()));
    };
    let forward = running.goes_forward();
    let mut settled = BTreeMap::new();
    let mut look = Look::new(place);
    for change in running.changes()? {
        let now = look.at(&change.path)?.entry;
        let op = change.op;
        let is_ours = now == op.before || now == op.after || now == Entry::Absent;
        if is_ours {
            settled.insert(change.path, if forward { op.after } else { op.before });
        }
    }
    let state = match running.phase {
        Phase::Written => running.new.read()?,
        // What was reloaded already is no longer pending.
        Phase::Reloading => store.read()?,
        Phase::Staging | Phase::Commit | Phase::Undoing => running.old.read()?,
    };
    Ok((state, settled))
}

fn from_layers(
    place: &Place,
    state: &State,
    names: &[String],
    only: &[String],
    own_services: Option<&str>,
) -> Result<Request, Failure> {
    let rules = wanted::rules(names)?;
    let services = services::of(place, own_services)?;
    refuse_unknown(&rules, &services)?;
    let layers = Layers::open(names)?;
    let (mut asked, early) = ask_and_look(place, &layers, &rules)?;
    for (path, managed) in &state.managed {
        let dropped = || {
            let attributes = rules.of(path, entry::is_folder(&managed.wrote));
            Wanted {
                dropped: true,
                ..managed.concerns.wanted(managed.original.clone(), attributes)
            }
        };
        asked.wanted.entry(path.clone()).or_insert_with(dropped);
    }
    confine(&mut asked, only)?;
    let source = Source::Layers {
        layers: names.to_vec(),
        only: only.to_vec(),
        services: own_services.map(str::to_owned),
    };
    Ok(Request {
        source,
        wanted: asked.wanted,
        lint: asked.lint,
        crontabs: asked.crontabs,
        early,
        services,
        layers: Some(layers),
    })
}

/// Confines what is asked for to some paths, if any are named.
fn confine(asked: &mut Asked, only: &[String]) -> Result<(), Failure> {
    let scope = only.iter().map(|path| TreePath::new(path.trim_end_matches('/')));
    let scope: Vec<TreePath> = scope.collect::<Result<_, _>>()?;
    if scope.is_empty() {
        return Ok(());
    }
    let inside = |path: &TreePath| scope.iter().any(|only| path.is_within(only));
    // The folders above are needed to get there.
    let above = |path: &TreePath| scope.iter().any(|only| only.is_within(path));
    let kept = |path: &TreePath, wanted: &Wanted| inside(path) || (above(path) && !wanted.dropped);
    asked.wanted.retain(|path, wanted| kept(path, wanted));
    asked.lint.retain(|finding| {
        scope
            .iter()
            .any(|only| TreePath::new(&finding.path).is_ok_and(|path| path.is_within(only)))
    });
    asked
        .crontabs
        .retain(|user| TreePath::new(format!("crontabs/{user}")).is_ok_and(|path| inside(&path)));
    Ok(())
}

fn refuse_unknown(rules: &Rules, services: &Services) -> Result<(), Failure> {
    match rules.unknown_services(services).first() {
        None => Ok(()),
        Some(name) => Err(Failure::new(Kind::BadSyntax, format!("a rule names the service {name}, which nobody defines"))
            .hint("see etcsync attrs --builtin; define your own in /etc/etcsync/services, or with --services for a root of your own")),
    }
}

/// What was wanted at an earlier generation: what etcsync wrote then, and the originals of
/// what it has written since.
fn from_generation(place: &Place, store: &Store, state: &State, to: u64) -> Result<Request, Failure> {
    let then = crate::generations::state_of(store, to)?;
    let rules = Rules::parse(&[])?;
    let mut services = services::of(place, None)?;
    if !place.is_etc() {
        services.add(&state.services);
    }
    let paths: BTreeSet<&TreePath> = state.managed.keys().chain(then.managed.keys()).collect();
    let mut wanted = BTreeMap::new();
    for path in paths {
        let (managed, entry, dropped) = match (then.managed.get(path), state.managed.get(path)) {
            (Some(then), _) => (then, &then.wrote, false),
            (None, Some(now)) => (now, &now.original, true),
            (None, None) => continue,
        };
        let attributes = rules.of(path, entry::is_folder(entry));
        wanted.insert(
            path.clone(),
            Wanted {
                dropped,
                ..managed.concerns.wanted(entry.clone(), attributes)
            },
        );
    }
    Ok(Request {
        source: Source::Generation { to },
        wanted,
        lint: Vec::new(),
        crontabs: Vec::new(),
        early: BTreeMap::new(),
        services,
        layers: None,
    })
}

fn finish(
    place: &Place,
    store: &Store,
    old: State,
    settled: &BTreeMap<TreePath, Entry>,
    mut request: Request,
) -> Result<Survey, Failure> {
    let mut found = std::mem::take(&mut request.early);
    let missing = request.wanted.keys().filter(|path| !found.contains_key(*path));
    found.extend(find(place, missing)?);
    for (path, entry) in settled {
        if let Some(found) = found.get_mut(path) {
            found.entry = entry.clone();
        }
    }
    let mut decision = plan::decide(&request.wanted, &found, &old.managed);
    if matches!(request.source, Source::Generation { .. }) {
        call_it_restoring(&mut decision.changes);
    }
    find_obstacles(place, &mut decision)?;
    conffiles::note(place, &mut decision.changes);
    let commands = commands(place, &request, &decision, &old);
    let new = State {
        generation: old.generation + u64::from(!decision.changes.is_empty()),
        managed: decision.managed.clone(),
        pending: commands.reloads,
        services: services::defined(&request.services),
    };
    let secrets = decision.changes.iter().any(|change| change.op.secret);
    let veil = secrets
        .then(|| Veil::of(store, || place.make_state()))
        .transpose()?;
    let plan = Plan {
        schema: Schema::new(),
        root: place.name.clone(),
        ownership: place.ownership(),
        source: request.source,
        generation: old.generation,
        ops: veil::ops(&decision.changes, veil.as_ref()),
        checks: commands.checks,
        books: commands.books,
        reloads: new.pending.clone(),
        skipped: commands.skipped,
        lint: request.lint,
        summary: plan::summary(&decision),
    };
    Ok(Survey {
        plan,
        changes: decision.changes,
        layers: request.layers,
        old,
        new,
    })
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
    books: Vec<Vec<String>>,
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
    let mut books = books::commands(&decision.changes, Direction::Forward);
    if !place.is_etc() {
        skipped.extend(books.drain(..).map(|argv| skip("books", &argv.join(" "))));
    }
    skipped.extend(request.crontabs.iter().map(|user| skip("crontab", user)));
    skipped.extend(left_out.iter().map(|reload| skip("reload", &reload.name)));
    Commands {
        checks,
        books,
        reloads,
        skipped,
    }
}

/// Reads the layers and looks at the root at once, a processor each.
fn ask_and_look(
    place: &Place,
    layers: &Layers,
    rules: &Rules,
) -> Result<(Asked, BTreeMap<TreePath, Found>), Failure> {
    let items = &layers.items;
    thread::scope(|scope| {
        let looking = scope.spawn(move || find(place, items.keys()));
        let asked = wanted::ask(place, layers, rules);
        let found = looking
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((asked?, found?))
    })
}

/// Looks at paths.
fn find<'a>(
    place: &Place,
    paths: impl Iterator<Item = &'a TreePath>,
) -> Result<BTreeMap<TreePath, Found>, Failure> {
    let mut look = Look::new(place);
    paths.map(|path| Ok((path.clone(), look.at(path)?))).collect()
}

/// Marks what nothing forbids and yet cannot be done.
fn find_obstacles(place: &Place, decision: &mut Decision) -> Result<(), Failure> {
    if decision.changes.is_empty() {
        return Ok(());
    }
    let mounts = look::mounts();
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
        change.op.blocked = match look::obstacle(place, &mounts, &change.path)? {
            None if makes_way(change) => in_use(place, &change.path, &going)?,
            obstacle => obstacle,
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
