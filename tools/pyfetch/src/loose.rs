//! Input that is not locked: resolved as `pip download` would, and said not to be locked.

use cli::Failure;
use index::Client;
use lock::{Lock, Package};
use pyspec::name::Name;
use pyspec::target::Target;
use resolve::{Origin, Problem, Wanted};
use source::{Formats, Hashes, Pages, Rules, SdistMetadata, Source};
use std::collections::BTreeSet;
use std::path::Path;
use wire::{Kind, Progress};

/// Finds one consistent set for what was asked, with the hashes that the indexes tell.
pub(crate) fn pin(
    lock: &Lock,
    targets: &[Target],
    client: &Client,
    formats: Formats,
    folder: &Path,
    sdists: Option<&dyn SdistMetadata>,
    progress: &dyn Progress,
) -> Result<Lock, Failure> {
    // An address with a hash and a commit are locked already; whether they need more is seen when they are here.
    let (fixed, open): (Vec<_>, Vec<_>) = lock
        .packages
        .iter()
        .cloned()
        .partition(|package| package.requirement.url().is_some() && package.is_locked());
    let lock = &Lock {
        packages: open,
        ..lock.clone()
    };
    let mut problem = problem(lock, targets)?;
    problem.excludes = settled(&fixed, lock);
    let rules = Rules {
        formats,
        preferences: problem.preferences.clone(),
        ..Rules::default()
    };
    let pages = Pages::new(client).telling(progress);
    let source = Source::new(&pages, targets, rules, folder, sdists);
    let solution = source
        .while_fetching(|source| resolve::solve(&problem, source))
        .map_err(explained)?;
    solution
        .warnings
        .iter()
        .for_each(|warning| progress.warn(warning));
    let mut packages = fixed;
    for pin in &solution.pins {
        let files = source.files(&pin.name, &pin.version, &pin.targets, Hashes::Usable)?;
        packages.push(source::locked(pin, &files, targets)?);
    }
    Ok(Lock {
        header: lock.header.clone(),
        options: lock.options.clone(),
        packages,
        ..Lock::default()
    })
}

/// The projects that addresses and commits bring on every target, and an index need not: whether they are what others
/// need is seen when they are here.
fn settled(fixed: &[Package], open: &Lock) -> BTreeSet<Name> {
    let everywhere = fixed
        .iter()
        .filter(|package| package.requirement.marker.is_none());
    let is_open = |name: &Name| open.packages.iter().any(|package| package.name() == name);
    let names = everywhere.map(|package| package.name().clone());
    names.filter(|name| !is_open(name)).collect()
}

fn problem(lock: &Lock, targets: &[Target]) -> Result<Problem, Failure> {
    if let Some(package) = lock
        .packages
        .iter()
        .find(|package| package.requirement.url().is_some())
    {
        let message = format!(
            "{}: an address needs a hash, so that it can be locked",
            package.requirement
        );
        return Err(Failure::new(Kind::MissingHash, message));
    }
    let wanted = lock.packages.iter().map(|package| Wanted {
        requirement: package.requirement.clone(),
        origin: Origin {
            file: package.site.file.clone(),
            line: Some(package.site.line).filter(|line| *line > 0),
        },
    });
    let constraints = lock.constraints.iter().map(|requirement| Wanted {
        requirement: requirement.clone(),
        origin: Origin {
            file: "constraint".to_owned(),
            line: None,
        },
    });
    Ok(Problem {
        wanted: wanted.collect(),
        constraints: constraints.collect(),
        targets: targets.to_vec(),
        ..Problem::default()
    })
}

fn explained(error: resolve::Error<source::Error>) -> Failure {
    match error {
        resolve::Error::Candidates(error) => error.into(),
        other => other.into(),
    }
}
