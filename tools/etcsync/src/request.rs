//! What is asked for: by layers and their rules, or by an earlier generation.

use crate::{
    along::Along,
    asked::{self, Asked, Question},
    entry, generations,
    known::Known,
    look::Found,
    material::Material,
    place::Place,
    plan::Wanted,
    scope::Scope,
    seen::Seen,
    services,
    source::Layers,
    state::{State, Store},
};
use cli::Failure;
use etc::{Rules, Services, TreePath};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use wire::{
    Kind,
    etc::{Embedded, EmbeddedRules, Finding, Plan, Source},
};

/// Where everything that is asked for stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// Layers, by name, or an earlier generation.
    pub(crate) source: &'a Source,
    /// The layers themselves, if a plan carries them.
    pub(crate) embedded: Option<&'a Embedded>,
    /// Whether digests of secrets are told as they are.
    pub(crate) open: bool,
}

impl<'a> Origin<'a> {
    /// What a plan was made from.
    pub(crate) fn of_plan(plan: &'a Plan) -> Self {
        let embedded = plan.embedded.as_ref();
        Self {
            source: &plan.source,
            embedded,
            open: embedded.is_some_and(|embedded| embedded.secrets),
        }
    }

    /// What the source names.
    pub(crate) fn of(source: &'a Source) -> Self {
        Self {
            source,
            embedded: None,
            open: false,
        }
    }
}

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
        None => texts(layers, attrs)?,
    };
    let rules = rules(&texts)?;
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

/// Returns the folders of layers and the files of rules, there or not; nothing where no checkout is read.
pub(crate) fn files(origin: Origin<'_>) -> Option<Vec<PathBuf>> {
    match origin {
        Origin {
            source: Source::Layers { layers, attrs, .. },
            embedded: None,
            ..
        } => {
            let beside = layers.iter().filter_map(|layer| rules_file(layer).ok());
            Some(
                layers
                    .iter()
                    .cloned()
                    .chain(beside)
                    .chain(attrs.iter().cloned())
                    .map(PathBuf::from)
                    .collect(),
            )
        }
        _ => None,
    }
}

/// Reads the rules that stand beside the layers, and those that were named.
fn texts(layers: &[String], attrs: &[String]) -> Result<Vec<EmbeddedRules>, Failure> {
    let mut texts = Vec::new();
    let named = attrs.iter().map(|file| (file.clone(), true));
    let beside = layers.iter().map(|layer| Ok((rules_file(layer)?, false)));
    let files = beside.collect::<Result<Vec<_>, Failure>>()?;
    for (file, expected) in files.into_iter().chain(named) {
        match fs_err::read_to_string(&file) {
            Ok(text) => texts.push(EmbeddedRules { file, text }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if expected {
                    return Err(Failure::new(Kind::NotFound, "there is no such file of rules").file(file));
                }
            }
            Err(error) => return Err(Failure::new(Kind::of_io(&error), error.to_string()).file(file)),
        }
    }
    Ok(texts)
}

fn rules(texts: &[EmbeddedRules]) -> Result<Rules, Failure> {
    let texts = texts
        .iter()
        .map(|rules| (rules.file.as_str(), rules.text.as_str()));
    Ok(Rules::parse(&texts.collect::<Vec<_>>())?)
}

/// Returns the file of rules of a layer: `etc.attrs` beside `etc`.
fn rules_file(layer: &str) -> Result<String, Failure> {
    let plain = layer.trim_end_matches('/');
    match Path::new(plain).file_name() {
        Some(_) => Ok(format!("{plain}.attrs")),
        // `.` and `..` have a name only where they really are.
        None => Ok(format!("{}.attrs", fs_err::canonicalize(layer)?.display())),
    }
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
    let mut asked = asked::ask(&question, seen)?;
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
        leaves: asked.leaves,
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
                ..managed.concerns.wanted(managed.original.clone(), attributes)
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
                ..managed.concerns.wanted(entry.clone(), attributes)
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
