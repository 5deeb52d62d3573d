//! Asking the indexes: the resolution, then the files of what was found.

use crate::{
    args::{Args, Hashes},
    index::client,
    inputs::Asked,
    old,
    targets::Targets,
    workshop::{Workshop, folder},
};
use cli::{Failure, Session};
use jiff::Timestamp;
use lock::Lock;
use resolve::{Origin, Pin, Problem, Solution, Wanted};
use source::{Cooldown, File, Formats, Rules, Source};
use std::time::Duration;
use wire::Fault;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Every pin with its files.
    pub(crate) pins: Vec<(Pin, Vec<File>)>,
}

/// Resolves what is asked for the targets.
pub(crate) fn resolve(
    args: &Args,
    asked: &Asked,
    targets: &Targets,
    old: Option<&Lock>,
    session: &Session,
) -> Result<Found, Failure> {
    let problem = problem(args, asked, targets, old)?;
    if problem.wanted.is_empty() {
        return Ok(Found::default());
    }
    let client = client(args, asked, targets)?;
    for missing in client.missing_links() {
        session.warn(missing);
    }
    let rules = Rules {
        formats: formats(args, asked, &client)?,
        preferences: problem.preferences.clone(),
        cooldown: cooldown(args)?,
        limit: args.search_timeout.map(Duration::from_secs),
    };
    let folder = folder();
    let files = folder.join("files");
    let workshop = Workshop {
        client: &client,
        targets,
        sources: &args.sources,
        folder,
    };
    let source =
        Source::new(&client, &targets.list, rules, &files, Some(&workshop)).telling(session.progress());
    let solution = source
        .while_fetching(|source| resolve::solve(&problem, source))
        .map_err(explained)?;
    for warning in &solution.warnings {
        session.warn(warning);
    }
    files_of(solution, &source, args.hashes, session)
}

fn files_of(
    solution: Solution,
    source: &Source,
    hashes: Hashes,
    session: &Session,
) -> Result<Found, Failure> {
    let hashes = match hashes {
        Hashes::Usable => source::Hashes::Usable,
        Hashes::All => source::Hashes::All,
    };
    let mut found = Found::default();
    for pin in solution.pins {
        if let Some(warning) = source.warning(&pin.name) {
            session.warn(warning);
        }
        let files = source.files(&pin.name, &pin.version, &pin.targets, hashes)?;
        if let Some(reason) = files.iter().find_map(|file| file.yanked.as_ref()) {
            session.warn(format!("{} {} was yanked: {reason}", pin.name, pin.version));
        }
        found.pins.push((pin, files));
    }
    Ok(found)
}

fn problem(args: &Args, asked: &Asked, targets: &Targets, old: Option<&Lock>) -> Result<Problem, Failure> {
    let mut constraints = asked.constraints.clone();
    // A version behind -P binds this run only.
    let bound = old::upgrades(args)?.into_iter().filter(|upgrade| {
        upgrade
            .specifiers()
            .is_some_and(|specifiers| !specifiers.is_empty())
    });
    constraints.extend(bound.map(|requirement| Wanted {
        requirement,
        origin: Origin {
            file: "--upgrade-package".to_owned(),
            line: None,
        },
    }));
    Ok(Problem {
        wanted: asked.wanted.clone(),
        constraints,
        overrides: asked.overrides.clone(),
        excludes: asked.excludes.iter().cloned().collect(),
        targets: targets.list.clone(),
        preferences: old::preferences(args, old)?,
        policy: asked.policy.clone(),
    })
}

fn cooldown(args: &Args) -> Result<Cooldown, Failure> {
    let mut cooldown = Cooldown::default();
    for value in &args.cooldown {
        let taken = cooldown.take(value, Timestamp::now());
        taken.map_err(|reason| Failure::new(wire::Kind::Usage, format!("--cooldown {value}: {reason}")))?;
    }
    Ok(cooldown)
}

/// Puts together what may come as a source distribution: pip's configuration, the command line, lines of the inputs.
fn formats(args: &Args, asked: &Asked, client: &index::Client) -> Result<Formats, Failure> {
    let mut formats = Formats::default();
    let usage =
        |name: String| Failure::new(wire::Kind::Usage, format!("{name} is not the name of a package"));
    for names in &client.settings().no_binary {
        formats.no_binary(names).map_err(usage)?;
    }
    for names in &args.sources.no_binary {
        formats.no_binary(names).map_err(usage)?;
    }
    for names in client
        .settings()
        .only_binary
        .iter()
        .chain(&args.sources.only_binary)
    {
        formats.only_binary(names).map_err(usage)?;
    }
    for names in &args.sources.allow_sdist {
        formats.allow_sdist(names).map_err(usage)?;
    }
    for line in &asked.formats {
        line.apply(&mut formats)?;
    }
    Ok(formats)
}

/// Makes a failure of which every fact is a cause of its own.
fn explained(error: resolve::Error<source::Error>) -> Failure {
    let resolve::Error::NoSolution(explanation) = &error else {
        return error.into();
    };
    let place = error.place();
    let mut failure = Failure::new(explanation.kind, &explanation.summary);
    for fact in &explanation.facts {
        failure = failure.cause(fact);
    }
    if let Some(hint) = &explanation.hint {
        failure = failure.hint(hint);
    }
    match (place.file, place.line) {
        (Some(file), Some(line)) => failure.file(file).line(line),
        (Some(file), None) => failure.file(file),
        _ => failure,
    }
}
