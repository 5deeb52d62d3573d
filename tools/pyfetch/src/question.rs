//! What is asked: a lock, and the Pythons that it is to be fetched for.

use std::ffi::OsStr;

use cli::{Failure, Session};
use lock::{Lock, Outside, Package, digest};
use pyspec::marker::{Extras, Marker};
use pyspec::requirement::Requirement;
use pyspec::requirements_file::Setting;
use pyspec::specifier::Prereleases;
use pyspec::target::Target;
use python::{Cache, Interpreter};
use sha2::{Digest as _, Sha256};
use wire::Kind;

use crate::args::Args;
use crate::build_lock;

/// The whole question.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) lock: Lock,
    /// Whether the lock came pinned and hashed; if not, it was made one here.
    pub(crate) locked: bool,
    pub(crate) goals: Vec<Goal>,
    /// The lock of the build requirements, if there is one of their own.
    pub(crate) build_lock: Option<Lock>,
    /// `sha256:` and the digest of that, or of the locks behind the first.
    pub(crate) build_digest: Option<String>,
}

/// A Python to fetch for.
#[derive(Debug)]
pub(crate) struct Goal {
    pub(crate) target: Target,
    /// The interpreter itself, if it is on this machine: it can build.
    pub(crate) interpreter: Option<Interpreter>,
}

impl Question {
    /// Reads locks and targets.
    pub(crate) fn ask(args: &Args, session: &Session) -> Result<Self, Failure> {
        let (mut lock, further) = read_locks(args, session)?;
        for name in &args.constraints {
            let bounds = read_lock(name, session)?.packages;
            lock.constraints
                .extend(bounds.into_iter().map(|package| package.requirement));
        }
        check_hashes(args, &lock)?;
        let goals = goals(args, &lock, session)?;
        check_constraints(&lock, &goals)?;
        let build_lock = args.building.build_lock.as_ref();
        let build_lock = build_lock
            .map(|name| build_lock::read(name, session))
            .transpose()?;
        Ok(Self {
            locked: lock.is_locked(),
            lock,
            goals,
            build_digest: build_lock.as_ref().or(further.as_ref()).map(digest_of),
            build_lock,
        })
    }

    /// The targets as documents name them.
    pub(crate) fn target_lines(&self) -> Vec<wire::lock::Target> {
        let lines = self.goals.iter().map(|goal| digest::target(&goal.target));
        lines
            .map(|line| wire::lock::Target {
                name: line.name,
                digest: line.digest.to_string(),
            })
            .collect()
    }
}

/// What a lock asks for, as a digest.
fn digest_of(lock: &Lock) -> String {
    let mut digest = Sha256::new();
    for package in lock.packages.iter().map(lock::document_of) {
        let lines = [package.name, package.version, package.url.unwrap_or_default()];
        for line in lines.iter().chain(&package.hashes) {
            digest.update(line);
            digest.update("\n");
        }
    }
    format!("sha256:{}", pyspec::hash::hex(&digest.finalize()))
}

/// Reads all locks as one, and those behind the first once more for themselves: build requirements, perhaps.
fn read_locks(args: &Args, session: &Session) -> Result<(Lock, Option<Lock>), Failure> {
    if args.requirements.is_empty() {
        return Err(Failure::new(Kind::Usage, "no lock is given")
            .hint("-r requirements.txt, or -r - for standard input"));
    }
    let mut all = Lock::default();
    let mut further: Option<Lock> = None;
    for (number, name) in args.requirements.iter().enumerate() {
        let one = read_lock(name, session)?;
        if number > 0 {
            merge(further.get_or_insert_default(), one.clone());
        }
        merge(&mut all, one);
    }
    if all.packages.is_empty() && !args.allow_empty {
        let names = args.requirements.join(", ");
        return Err(Failure::new(Kind::NoInput, format!("{names} asks for nothing"))
            .hint("--allow-empty if that is meant"));
    }
    Ok((all, further))
}

/// Reads one lock.
pub(crate) fn read_lock(name: &str, session: &Session) -> Result<Lock, Failure> {
    let input = session.input(name)?;
    let mut read = |path: &str| fs_err::read(path).map_err(|error| error.to_string());
    let variable = |name: &str| std::env::var(name).ok();
    let mut outside = Outside {
        read: &mut read,
        variable: &variable,
    };
    Ok(lock::read(&input.bytes, &input.name, &mut outside)?)
}

/// Adds one lock to another; what both say is said once.
fn merge(all: &mut Lock, one: Lock) {
    if all.header.is_empty() {
        all.header = one.header;
    }
    all.options.extend(one.options);
    all.constraints.extend(one.constraints);
    for package in one.packages {
        if !all
            .packages
            .iter()
            .any(|known| known.requirement == package.requirement && known.hashes == package.hashes)
        {
            all.packages.push(package);
        }
    }
}

/// Either every package is hashed or none: a single one without is a hole.
fn check_hashes(args: &Args, lock: &Lock) -> Result<(), Failure> {
    let required = lock
        .options
        .iter()
        .any(|option| option.setting == Setting::RequireHashes);
    let required = required || args.require_hashes;
    let hashed = lock.packages.iter().any(Package::requires_hashes);
    let Some(bare) = lock.unlocked().next().filter(|_| hashed || required) else {
        return Ok(());
    };
    let what = if bare.hashes.is_empty() {
        "has no hash"
    } else {
        "is not pinned with =="
    };
    let place = bare.site.place();
    let mut failure = Failure::new(Kind::MissingHash, format!("{} {what}", bare.requirement));
    if let Some(file) = place.file {
        failure = failure.file(file);
    }
    Err(match place.line {
        Some(line) => failure.line(line),
        None => failure,
    })
}

/// A pin must keep to the constraints: nothing else can be chosen for it.
fn check_constraints(lock: &Lock, goals: &[Goal]) -> Result<(), Failure> {
    for package in &lock.packages {
        let Some(version) = &package.version else { continue };
        let applies = |bound: &&Requirement| {
            bound.name == *package.name()
                && bound
                    .marker
                    .as_ref()
                    .is_none_or(|marker| holds_somewhere(marker, goals))
        };
        let breaks = |bound: &&Requirement| {
            let specifiers = bound.specifiers();
            specifiers.is_some_and(|specifiers| !specifiers.contains(version, Prereleases::Allow))
        };
        let mut bounds = lock.constraints.iter().filter(applies);
        if let Some(bound) = bounds.find(breaks) {
            let message = format!(
                "{} is not what the constraint {bound} allows",
                package.requirement
            );
            let place = package.site.place();
            let failure = Failure::new(Kind::Conflict, message).file(place.file.unwrap_or_default());
            return Err(match place.line {
                Some(line) => failure.line(line),
                None => failure,
            });
        }
    }
    Ok(())
}

fn holds_somewhere(marker: &Marker, goals: &[Goal]) -> bool {
    let holds = |goal: &Goal| goal.target.evaluate(marker, &Extras::none()).unwrap_or(true);
    goals.iter().any(holds)
}

/// The targets named; else those of the lock, if their names say all; else this machine's interpreter.
fn goals(args: &Args, lock: &Lock, session: &Session) -> Result<Vec<Goal>, Failure> {
    let mut goals = Vec::new();
    for name in &args.targets {
        goals.push(Goal {
            target: python::target::named(name, |name| Ok::<_, Failure>(session.input(name)?.bytes))?,
            interpreter: None,
        });
    }
    if let Some(program) = &args.python {
        goals.push(native(program.as_os_str())?);
    }
    if goals.is_empty() {
        goals = of_lock(lock).unwrap_or_default();
    }
    if goals.is_empty() {
        goals.push(native(OsStr::new("python3"))?);
    }
    let mut once: Vec<Goal> = Vec::new();
    for goal in goals {
        if !once
            .iter()
            .any(|known| digest::target(&known.target) == digest::target(&goal.target))
        {
            once.push(goal);
        }
    }
    Ok(once)
}

fn native(program: &OsStr) -> Result<Goal, Failure> {
    let interpreter = python::ask(program, &Cache::of_user())?;
    Ok(Goal {
        target: interpreter.target.clone(),
        interpreter: Some(interpreter),
    })
}

/// The lock's own targets, when each is known by its name alone: those of an interpreter are not.
fn of_lock(lock: &Lock) -> Option<Vec<Goal>> {
    let lines = lock.header.targets.iter();
    let goals = lines.map(|line| {
        let target = Target::parse(&line.name).ok()?;
        (digest::target(&target) == *line).then_some(Goal {
            target,
            interpreter: None,
        })
    });
    goals.collect()
}
