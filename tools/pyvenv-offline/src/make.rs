//! Making an environment: look, decide, do, report; and once more, if the store turns out to be damaged.

use std::cmp::Reverse;
use std::path::PathBuf;
use std::time::Instant;

use cli::{Done, Failure, Output, Session};
use disk::Durability;
use lock::Lock;
use pyspec::target::Target;
use python::{Interpreter, Invalidation};
use wheel::{LinkMode, Store};
use wire::Kind;

use crate::apply::{self, Ways};
use crate::args::{Args, Link, Pyc};
use crate::choose::{self, Chosen, House};
use crate::extra::{self, Own};
use crate::spread::spread;
use crate::trouble::Trouble;
use crate::{check, input, own, plan, report, store};

/// How often a damaged store is mended before it counts as hopeless.
const TRIES: usize = 1000;

/// What is asked for, with all that one look at the machine answers.
struct Request<'a> {
    args: &'a Args,
    destination: PathBuf,
    lock: Lock,
    interpreter: Interpreter,
    house: House,
    own: Own,
    threads: usize,
}

/// Makes the environment that is asked for.
pub(crate) fn make(args: &Args, threads: usize, session: &Session) -> Result<Done, Failure> {
    let (Some(destination), Some(lock), Some(wheels)) = (&args.destination, &args.requirement, &args.wheels)
    else {
        return Err(Failure::new(Kind::Usage, "a destination, -r and -w are needed"));
    };
    let start = Instant::now();
    let destination = plan::destination(destination)?;
    let mut lock = input::read(lock, args.allow_empty || !args.source.is_empty(), session)?;
    let interpreter = python::ask(&args.python, &python::Cache::of_user())?;
    let house = House::open(wheels, args.trust_manifest)?;
    if args.with_pip {
        extra::add_pip(&mut lock, &house, &interpreter)?;
    }
    let own = Own::build(args, &destination, &interpreter, (&house, &lock), session)?;
    let request = Request {
        args,
        destination,
        lock,
        interpreter,
        house,
        own,
        threads,
    };
    let store = store::open(args, session)?;
    for _ in 0..TRIES {
        match request.attempt(store.as_ref(), start, session) {
            Err(Trouble::Damaged(path, failure)) => {
                // It is taken from the wheel again, if that can be had.
                if !store.as_ref().is_some_and(|store| store.discard(&path)) {
                    return Err(failure);
                }
                session
                    .progress()
                    .note(&format!("{}: removed", failure.message()));
            }
            done => return done.map_err(Trouble::into_failure),
        }
    }
    Err(Failure::new(
        Kind::StoreDamaged,
        "the store is damaged again and again",
    ))
}

impl Request<'_> {
    fn attempt(&self, store: Option<&Store>, start: Instant, session: &Session) -> Result<Done, Trouble> {
        let (args, target) = (self.args, &self.interpreter.target);
        let chosen = self.choose(target, store)?;
        for one in chosen.iter().filter(|one| one.wheel.about().is_newer()) {
            let name = choose::file_name(one.wheel.path());
            session.warn(format!(
                "{name} follows a newer version of the wheel format than is known here"
            ));
        }
        let plan = self.plan(&chosen, session)?;
        check::pth(&plan, &args.pth)?;
        for path in &plan.wheels.collisions {
            session.warn(format!("several wheels install {path}, as allowed"));
        }
        if let Some(store) = store.filter(|_| args.paranoid) {
            chosen
                .iter()
                .try_for_each(|one| store.compare(&one.wheel, self.threads))?;
        }
        let ways = self.ways()?;
        let made = apply::apply(&plan, &chosen, &self.interpreter, &ways, store, session)?;
        own::compile(&args.path, &self.interpreter, &ways, session);
        let report = report::made(&plan, &chosen, &self.interpreter, &made, start.elapsed());
        // The process ends here, and giving back tens of thousands of pieces of memory takes as long as planning.
        std::mem::forget((made, plan));
        std::mem::forget(chosen);
        Ok(Done::Yes(Output::report(report)))
    }

    /// Finds and opens the wheel of every package, in the order of the names.
    fn choose(&self, target: &Target, store: Option<&Store>) -> Result<Vec<Chosen<'_>>, Trouble> {
        let choices = self.lock.select(target)?.into_iter();
        let choices = choices.map(|package| self.house.choose(package, target));
        let mut choices = choices.collect::<Result<Vec<_>, _>>()?;
        choices.sort_by_cached_key(|choice| Reverse(choice.size()));
        let chosen = spread(choices, self.threads, |choice| {
            choice.open(&self.args.allow_record, store)
        });
        let mut chosen = chosen.into_iter().collect::<Result<Vec<_>, _>>()?;
        chosen.extend(self.own.open()?);
        chosen.sort_by(|one, other| one.package.name().cmp(other.package.name()));
        Ok(chosen)
    }

    /// Checks the wheels together, and decides everything.
    fn plan<'a>(&self, chosen: &'a [Chosen], session: &Session) -> Result<plan::Plan<'a>, Failure> {
        let (args, target) = (self.args, &self.interpreter.target);
        check::pythons(chosen, target, session)?;
        check::records(chosen, session);
        let (closed, plan) = threads::both(
            || check::closure(chosen, &self.lock, target, args.closure, session),
            || {
                plan::plan(
                    args,
                    &self.destination,
                    &self.interpreter,
                    chosen,
                    &self.lock.header,
                )
            },
        );
        closed.and(plan)
    }

    fn ways(&self) -> Result<Ways, Failure> {
        Ok(Ways {
            threads: self.threads,
            bytecode: invalidation(self.args.pyc),
            modified: modified()?,
            link_mode: link_mode(self.args.link_mode),
            durability: match self.args.no_sync {
                true => Durability::Unsynced,
                false => Durability::Synced,
            },
        })
    }
}

fn invalidation(pyc: Pyc) -> Option<Invalidation> {
    match pyc {
        Pyc::Checked => Some(Invalidation::CheckedHash),
        Pyc::Unchecked => Some(Invalidation::UncheckedHash),
        Pyc::Timestamp => Some(Invalidation::Timestamp),
        Pyc::None => None,
    }
}

fn link_mode(link: Link) -> LinkMode {
    match link {
        Link::Auto => LinkMode::Auto,
        Link::Hardlink => LinkMode::Hardlink,
        Link::Reflink => LinkMode::Reflink,
        Link::Copy => LinkMode::Copy,
    }
}

/// The time that what is generated gets, if the environment fixes one for reproducible results.
fn modified() -> Result<Option<i64>, Failure> {
    let Some(text) = std::env::var_os("SOURCE_DATE_EPOCH") else {
        return Ok(None);
    };
    let seconds = text.to_str().and_then(|text| text.parse().ok());
    let message = format!("SOURCE_DATE_EPOCH is {}, not a number of seconds", text.display());
    seconds
        .map(Some)
        .ok_or_else(|| Failure::new(Kind::Usage, message))
}
