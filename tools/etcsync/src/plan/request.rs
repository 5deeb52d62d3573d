//! What is asked for: by layers and their rules, or by an earlier generation.

use crate::{
    layers::material::Material, layers::rules, layers::services, layers::source::Layers, place::Place,
    plan::ask, plan::known::Known, plan::origin::Origin, plan::question::Asked, plan::question::Question,
    plan::wanted::Wanted, root::look::Found, state::generations, state::remembered::State, state::seen::Seen,
    state::store::Store, tree::along::Along, tree::entry, tree::scope::Scope,
};
use cli::Failure;
use etc::{Rules, Services, TreePath};
use std::collections::{BTreeMap, BTreeSet};
use wire::{
    Kind,
    etc::{EmbeddedRules, Finding, Source},
};

/// What is asked for, from wherever, as far as it is not settled.
pub(crate) struct Request {
    pub(crate) source: Source,
    pub(crate) wanted: BTreeMap<TreePath, Wanted>,
    /// What stands under some of these paths, seen already.
    pub(crate) found: BTreeMap<TreePath, Found>,
    /// How many more paths are as wanted.
    pub(crate) same: u64,
    pub(crate) lint: Vec<Finding>,
    pub(crate) crontabs: Vec<String>,
    /// The scripts of `init.d` that are to be enabled.
    pub(crate) enabled: BTreeSet<TreePath>,
    pub(crate) services: Services,
    pub(crate) material: Option<Material>,
}

/// Layers, the rules beside them, and the services that these name.
pub(crate) struct Read {
    layers: Layers,
    texts: Vec<EmbeddedRules>,
    rules: Rules,
    services: Services,
    scope: Scope,
}

/// Reads the layers that a source names, as far as their rules and the names in them.
pub(crate) fn read(place: &Place, origin: Origin<'_>) -> Result<Option<Read>, Failure> {
    let Source::Layers {
        layers,
        services,
        only,
        attrs,
        ..
    } = origin.source
    else {
        return Ok(None);
    };
    let texts = match origin.embedded {
        Some(embedded) => embedded.rules.clone(),
        None => rules::texts(layers, attrs)?,
    };
    let rules = rules::parse(&texts)?;
    let services = services::of(place, services.as_deref())?;
    refuse_unknown(&rules, &services)?;
    Ok(Some(Read {
        layers: match origin.embedded {
            Some(embedded) => Layers::embedded(embedded, layers)?,
            None => Layers::open(layers)?,
        },
        texts,
        rules,
        services,
        scope: Scope::of(only)?,
    }))
}

/// Finds out what layers and the rules beside them ask for.
pub(crate) fn from_layers(
    place: &Place,
    read: Read,
    known: &Known,
    source: &Source,
    seen: &Seen,
) -> Result<Request, Failure> {
    let question = Question {
        place,
        layers: &read.layers,
        rules: &read.rules,
        known,
        scope: &read.scope,
    };
    let mut asked = ask::ask(&question, seen)?;
    asked.added.extend(dropped(&asked, &question));
    confine(&mut asked, &read.scope, &known.state.enabled);
    let (mut wanted, mut found) = (BTreeMap::new(), BTreeMap::new());
    for (path, item, there) in asked.items {
        found.insert(path.clone(), there);
        wanted.insert(path, item);
    }
    for (path, more) in asked.added {
        wanted.entry(path).or_insert(more);
    }
    let material = Material {
        layers: read.layers,
        rules: read.texts,
    };
    Ok(Request {
        source: with_tree(source, material.tree()),
        wanted,
        found,
        same: asked.same,
        lint: asked.lint,
        crontabs: asked.crontabs,
        enabled: asked.enabled,
        services: read.services,
        material: Some(material),
    })
}

fn with_tree(source: &Source, digest: String) -> Source {
    let mut source = source.clone();
    if let Source::Layers { tree, .. } = &mut source {
        *tree = Some(digest);
    }
    source
}

/// Returns what etcsync looks after and nobody asks for any more.
fn dropped(asked: &Asked, question: &Question<'_>) -> BTreeMap<TreePath, Wanted> {
    let mut items = Along::new(&question.layers.items);
    let mut added = Along::new(&asked.added);
    let mut is_asked = |path| items.at(path).is_some() | added.at(path).is_some();
    let managed = question.known.state.managed.iter();
    let dropped = managed
        .filter(|(path, _)| !is_asked(path))
        .map(|(path, managed)| {
            let attributes = question.rules.of(path, entry::is_folder(&managed.wrote));
            let wanted = Wanted {
                dropped: true,
                ..Wanted::again(&managed.concerns, managed.original.clone(), attributes)
            };
            (path.clone(), wanted)
        });
    dropped.collect()
}

/// Confines what is asked for.
fn confine(asked: &mut Asked, scope: &Scope, enabled: &BTreeSet<TreePath>) {
    asked
        .items
        .retain(|(path, wanted, _)| scope.keeps(path, wanted.dropped));
    asked
        .added
        .retain(|path, wanted| scope.keeps(path, wanted.dropped));
    let inside = |path: &str| TreePath::new(path).is_ok_and(|path| scope.contains(&path));
    asked.lint.retain(|finding| inside(&finding.path));
    asked.crontabs.retain(|user| inside(&format!("crontabs/{user}")));
    asked.enabled.retain(|path| scope.contains(path));
    let outside = enabled.iter().filter(|path| !scope.contains(path));
    asked.enabled.extend(outside.cloned());
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
                ..Wanted::again(&managed.concerns, entry.clone(), attributes)
            },
        );
    }
    Ok(Request {
        source: Source::Generation { to },
        wanted,
        found: BTreeMap::new(),
        same: 0,
        lint: Vec::new(),
        crontabs: Vec::new(),
        enabled: then.enabled,
        services,
        material: None,
    })
}
