//! What is asked for: by layers and their rules, or by an earlier generation.

use crate::{
    along::Along,
    entry, generations,
    place::Place,
    plan::Wanted,
    seen::Beside,
    services,
    source::Layers,
    state::{State, Store},
    wanted::{self, Asked},
};
use cli::Failure;
use etc::{Rules, Services, TreePath};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc::Sender,
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
    pub(crate) services: Services,
    pub(crate) layers: Option<Layers>,
}

/// The layers and the rules beside them, read.
#[derive(Default)]
pub(crate) struct Read {
    layers: Layers,
    rules: Option<Rules>,
    services: Services,
    asked: Asked,
}

/// Reads the layers of a source, and what they ask for; tells their paths as soon as they are known.
pub(crate) fn read(
    place: &Place,
    source: &Source,
    seen: &Beside<'_>,
    tell: Sender<Vec<TreePath>>,
) -> Result<Read, Failure> {
    let Source::Layers { layers, services, .. } = source else {
        return Ok(Read::default());
    };
    let rules = wanted::rules(layers)?;
    let services = services::of(place, services.as_deref())?;
    refuse_unknown(&rules, &services)?;
    let layers = Layers::open(layers)?;
    // Nobody listens only where looking has failed already.
    _ = tell.send(layers.items.keys().cloned().collect());
    let asked = wanted::ask(place, &layers, &rules, seen)?;
    Ok(Read {
        layers,
        rules: Some(rules),
        services,
        asked,
    })
}

/// What layers and the rules beside them ask for.
pub(crate) fn from_layers(read: Read, state: &State, source: Source) -> Result<Request, Failure> {
    let mut asked = read.asked;
    if let Some(rules) = &read.rules {
        let dropped = dropped(&asked, state, rules);
        asked.wanted.extend(dropped);
    }
    if let Source::Layers { only, .. } = &source {
        confine(&mut asked, only, &state.enabled)?;
    }
    Ok(Request {
        source,
        wanted: asked.wanted,
        lint: asked.lint,
        crontabs: asked.crontabs,
        enabled: asked.enabled,
        services: read.services,
        layers: Some(read.layers),
    })
}

/// Returns what etcsync looks after and nobody asks for any more.
fn dropped(asked: &Asked, state: &State, rules: &Rules) -> Vec<(TreePath, Wanted)> {
    let mut wanted = Along::new(&asked.wanted);
    let unasked = state.managed.iter().filter(|(path, _)| wanted.at(path).is_none());
    let dropped = unasked.map(|(path, managed)| {
        let attributes = rules.of(path, entry::is_folder(&managed.wrote));
        let wanted = Wanted {
            dropped: true,
            ..managed.concerns.wanted(managed.original.clone(), attributes)
        };
        (path.clone(), wanted)
    });
    dropped.collect()
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
        services,
        layers: None,
    })
}
