//! What is asked for: by layers and their rules, or by an earlier generation.

use crate::{
    entry, generations,
    look::{self, Found},
    place::Place,
    plan::Wanted,
    services,
    source::Layers,
    state::{State, Store},
    wanted::{self, Asked},
};
use cli::Failure;
use etc::{Rules, Services, TreePath};
use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};
use wire::{
    Kind,
    etc::{Finding, Source},
};

/// What is asked for, from wherever.
pub(crate) struct Request {
    pub(crate) source: Source,
    pub(crate) wanted: BTreeMap<TreePath, Wanted>,
    pub(crate) lint: Vec<Finding>,
    pub(crate) crontabs: Vec<String>,
    /// The scripts of `init.d` that are to be enabled.
    pub(crate) enabled: BTreeSet<TreePath>,
    /// What was found already.
    pub(crate) early: BTreeMap<TreePath, Found>,
    pub(crate) services: Services,
    pub(crate) layers: Option<Layers>,
}

/// What layers and the rules beside them ask for.
pub(crate) fn from_layers(
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
    confine(&mut asked, only, &state.enabled)?;
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
        enabled: asked.enabled,
        early,
        services,
        layers: Some(layers),
    })
}

/// Confines what is asked for to some paths, if any are named.
fn confine(asked: &mut Asked, only: &[String], enabled: &BTreeSet<TreePath>) -> Result<(), Failure> {
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
    asked.enabled.retain(|path| inside(path));
    asked
        .enabled
        .extend(enabled.iter().filter(|path| !inside(path)).cloned());
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
pub(crate) fn from_generation(
    place: &Place,
    store: &Store,
    state: &State,
    to: u64,
) -> Result<Request, Failure> {
    let then = generations::state_of(store, to)?;
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
        enabled: then.enabled,
        early: BTreeMap::new(),
        services,
        layers: None,
    })
}

/// Reads the layers and looks at the root at once, a processor each.
fn ask_and_look(
    place: &Place,
    layers: &Layers,
    rules: &Rules,
) -> Result<(Asked, BTreeMap<TreePath, Found>), Failure> {
    let items = &layers.items;
    thread::scope(|scope| {
        let looking = scope.spawn(move || look::all(place, items.keys()));
        let asked = wanted::ask(place, layers, rules);
        let found = looking
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((asked?, found?))
    })
}
