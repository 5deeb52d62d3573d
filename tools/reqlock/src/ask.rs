//! Asking the indexes: the resolution, then the files of what was found.

use crate::{
    args::{Args, Hashes},
    asked::Asked,
    index::client,
    old,
    targets::{self, Targets},
    workshop::{Workshop, folder},
};
use cli::{Failure, Session};
use index::Client;
use jiff::Timestamp;
use lock::Lock;
use pyspec::name::Name;
use resolve::{Error, Origin, Pin, Problem, Quarrel, Solution, Wanted};
use source::{Cooldown, File, Formats, Pages, Rules, Source};
use std::{collections::BTreeSet, time::Duration};
use wire::{Fault, Kind};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Every pin.
    pub(crate) pins: Vec<FoundPin>,
    /// What the archives of source distributions among the pins want for their build, and which archive that is.
    pub(crate) build: Vec<(String, String)>,
}

/// A pin with what its index says of it.
#[derive(Debug)]
pub(crate) struct FoundPin {
    pub(crate) pin: Pin,
    /// The files whose hashes belong into the lock.
    pub(crate) files: Vec<File>,
    /// What the index says of the project as a whole, if that is worth a warning.
    pub(crate) status: Option<String>,
    /// The hashes of every file that is offered, if somebody wants to know.
    pub(crate) offered: BTreeSet<String>,
}

/// Chooses the targets and resolves what is asked for them. While an interpreter is asked what it is, pages that will be
/// wanted in any case are on their way.
pub(crate) fn find(
    args: &Args,
    asked: &Asked,
    old: Option<&Lock>,
    session: &Session,
) -> Result<(Targets, Found), Failure> {
    let choose = || {
        let targets = targets::choose(args, old, session)?;
        targets.suit(asked)?;
        Ok::<_, Failure>(targets)
    };
    if asked.wanted.is_empty() {
        return Ok((choose()?, Found::default()));
    }
    let client = client(args, asked, &targets::program(args))?;
    let pages = pages(&client, asked, session);
    let names = match targets::are_asked(args, old) {
        true => wanted_anywhere(asked),
        false => Vec::new(),
    };
    let found = pages.ahead(&names, || {
        let targets = choose()?;
        let found = resolve_with(&pages, args, asked, &targets, old, session)?;
        Ok((targets, found))
    });
    // The process is about to end: to take thousands of files apart again would be a tenth of its time.
    std::mem::forget(pages);
    found
}

/// Resolves what is asked for the targets.
pub(crate) fn resolve(
    args: &Args,
    asked: &Asked,
    targets: &Targets,
    old: Option<&Lock>,
    session: &Session,
) -> Result<Found, Failure> {
    if asked.wanted.is_empty() {
        return Ok(Found::default());
    }
    let client = client(args, asked, targets.program())?;
    resolve_with(
        &pages(&client, asked, session),
        args,
        asked,
        targets,
        old,
        session,
    )
}

/// What does not fit pages that were not asked for anew may fit the new ones: then they are asked for.
fn resolve_with(
    pages: &Pages,
    args: &Args,
    asked: &Asked,
    targets: &Targets,
    old: Option<&Lock>,
    session: &Session,
) -> Result<Found, Failure> {
    let client = pages.client();
    for missing in client.missing_links() {
        session.warn(missing);
    }
    let question = Question {
        args,
        asked,
        targets,
        problem: problem(args, asked, targets, old)?,
        session,
    };
    match question.ask(pages) {
        Err(Unanswered::Resolve(Error::NoSolution(_))) if client.has_trusted() => {
            let args = &Args {
                refresh: true,
                ..args.clone()
            };
            let client = self::client(args, asked, targets.program())?;
            let pages = self::pages(&client, asked, session);
            question.ask(&pages).map_err(Unanswered::failure)
        }
        answer => answer.map_err(Unanswered::failure),
    }
}

fn pages<'a>(client: &'a Client, asked: &Asked, session: &'a Session) -> Pages<'a> {
    let given = asked.given.iter();
    let given = given.map(|(name, given)| (name.clone(), given.file.clone()));
    Pages::new(client)
        .telling(session.progress())
        .with_given(given.collect())
}

/// Returns the packages that are wanted whatever the target is.
fn wanted_anywhere(asked: &Asked) -> Vec<Name> {
    let requirements = asked.wanted.iter().map(|wanted| &wanted.requirement);
    let plain = requirements.filter(|requirement| requirement.marker.is_none());
    let names: BTreeSet<&Name> = plain.map(|requirement| &requirement.name).collect();
    let names = names.into_iter().filter(|name| !asked.excludes.contains(name));
    names.cloned().collect()
}

/// Everything that a resolution is about.
struct Question<'a> {
    args: &'a Args,
    asked: &'a Asked,
    targets: &'a Targets,
    problem: Problem,
    session: &'a Session,
}

/// Why there is no answer.
enum Unanswered {
    Resolve(Error<source::Error>),
    Other(Failure),
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl Unanswered {
    fn failure(self) -> Failure {
        match self {
            Self::Resolve(error) => explained(error),
            Self::Other(failure) => failure,
        }
    }
}

impl Question<'_> {
    fn ask(&self, pages: &Pages) -> Result<Found, Unanswered> {
        let client = pages.client();
        let folder = folder();
        let files = folder.join("files");
        let workshop = Workshop {
            client,
            targets: self.targets,
            sources: &self.args.sources,
            folder,
        };
        let rules = self.rules(client)?;
        let source = Source::new(pages, &self.targets.list, rules, &files, Some(&workshop));
        let solution = source
            .while_fetching(|source| resolve::solve(&self.problem, source))
            .map_err(Unanswered::Resolve)?;
        for warning in &solution.warnings {
            self.session.warn(warning);
        }
        if self.args.places.index_check {
            self.no_rivals(&solution, &source)?;
        }
        let found = self.found(solution, &source, &workshop)?;
        // As with the pages.
        std::mem::forget(source);
        Ok(found)
    }

    fn rules(&self, client: &Client) -> Result<Rules, Failure> {
        Ok(Rules {
            formats: formats(self.args, self.asked, client)?,
            preferences: self.problem.preferences.clone(),
            cooldown: cooldown(self.args)?,
            hashes: self.asked.hashes.clone(),
            limit: self.args.search_timeout.map(Duration::from_secs),
        })
    }

    /// Insists that no package is known to two indexes: then anybody could have put it into the other one.
    fn no_rivals(&self, solution: &Solution, source: &Source) -> Result<(), Failure> {
        let elsewhere =
            |name: &Name| self.asked.given.contains_key(name) || self.asked.indexes.contains_key(name);
        let names: BTreeSet<Name> = solution.pins.iter().map(|pin| pin.name.clone()).collect();
        let names: Vec<Name> = names.into_iter().filter(|name| !elsewhere(name)).collect();
        let rivals = source.rivals(&names)?;
        let Some((first, _)) = rivals.first() else {
            return Ok(());
        };
        let message = match rivals.len() {
            1 => format!("two indexes know {first}"),
            count => format!("two indexes know {first}, and {} more", count - 1),
        };
        let failure = Failure::new(Kind::Conflict, message)
            .hint("pin each to one index: --index NAME=URL, and `# index NAME` behind the requirement");
        let causes = rivals
            .iter()
            .map(|(name, pages)| format!("{name}: {}", pages.join(", ")));
        Err(causes.fold(failure, Failure::cause))
    }

    fn found(&self, solution: Solution, source: &Source, workshop: &Workshop) -> Result<Found, Failure> {
        let mut found = Found::default();
        for pin in solution.pins {
            let status = source.warning(&pin.name);
            let files = source.files(&pin.name, &pin.version, &pin.targets, which(self.args.hashes))?;
            if !self.args.check {
                self.warn(&pin, status.as_ref(), &files);
                let contradiction = source.contradiction(&pin.name, &pin.version, &pin.targets);
                contradiction.iter().for_each(|text| self.session.warn(text));
            }
            let mut offered = BTreeSet::new();
            if self.args.check {
                let all = source.files(&pin.name, &pin.version, &pin.targets, source::Hashes::All)?;
                offered.extend(all.into_iter().map(|file| file.sha256));
            }
            if self.args.sources.build_lock.is_some()
                && let Some(archive) = source.sdist(&pin.name, &pin.version, &pin.targets)?
            {
                let wanted = workshop.requirements(&archive)?;
                let who = format!("{} {}", pin.name, pin.version);
                found
                    .build
                    .extend(wanted.into_iter().map(|wanted| (who.clone(), wanted)));
            }
            found.pins.push(FoundPin {
                pin,
                files,
                status,
                offered,
            });
        }
        Ok(found)
    }

    fn warn(&self, pin: &Pin, status: Option<&String>, files: &[File]) {
        if let Some(status) = status {
            self.session.warn(status);
        }
        if let Some(reason) = files.iter().find_map(|file| file.yanked.as_ref()) {
            let text = format!("{} {} was yanked: {reason}", pin.name, pin.version);
            self.session.warn(text.trim_end_matches([':', ' ']));
        }
    }
}

fn which(hashes: Hashes) -> source::Hashes {
    match hashes {
        Hashes::Usable => source::Hashes::Usable,
        Hashes::All => source::Hashes::All,
    }
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
        taken.map_err(|reason| Failure::new(Kind::Usage, format!("--cooldown {value}: {reason}")))?;
    }
    Ok(cooldown)
}

/// Puts together what may come as a source distribution: pip's configuration, the command line, lines of the inputs.
/// Who names the address of one wants it.
fn formats(args: &Args, asked: &Asked, client: &Client) -> Result<Formats, Failure> {
    let mut formats = Formats::default();
    let usage = |name: String| Failure::new(Kind::Usage, format!("{name} is not the name of a package"));
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
    for name in asked.given.keys() {
        formats.allow_sdist(name.as_str()).map_err(usage)?;
    }
    Ok(formats)
}

/// How many quarrels are named when a search is given up.
const NAMED: usize = 8;

/// Tells who fought with whom about what, and which packages were in the thick of it.
fn fought(quarrel: &Quarrel) -> Vec<String> {
    let disputes = quarrel.disputes.iter().take(NAMED).map(|(dispute, count)| {
        let [one, other] = &dispute.between;
        let times = cli::counted(*count as usize, "time");
        format!(
            "{one} and {other} wanted different versions of {}: {times}",
            dispute.about
        )
    });
    let projects = quarrel.projects.iter().take(NAMED).map(|(name, count)| {
        format!(
            "{name} was in conflict with others: {}",
            cli::counted(*count as usize, "time")
        )
    });
    disputes.chain(projects).collect()
}

/// Makes a failure of which every fact is a cause of its own.
fn explained(error: Error<source::Error>) -> Failure {
    let place = error.place();
    let mut failure = match &error {
        Error::NoSolution(explanation) => {
            let failure = Failure::new(explanation.kind, &explanation.summary);
            let failure = explanation.facts.iter().fold(failure, Failure::cause);
            let failure = failure.derivation(explanation.derivation.clone());
            match &explanation.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        }
        Error::GaveUp { source, quarrel } => {
            let failure = Failure::new(source.kind(), source.to_string())
                .cause(format!("{} were tried", cli::counted(quarrel.tried, "version")))
                .hint("bound the versions of those that are in conflict most, or give it more time");
            fought(quarrel).into_iter().fold(failure, Failure::cause)
        }
        _ => return error.into(),
    };
    if let Some(file) = place.file {
        failure = failure.file(file);
    }
    match place.line {
        Some(line) => failure.line(line),
        None => failure,
    }
}
