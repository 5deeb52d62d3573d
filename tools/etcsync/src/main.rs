//! Copy a mock `/etc` over the real one, as carefully as a surgeon would.
//!
//! The plan is data: `etcsync plan etc | etcsync apply -`. To read the tool from its beginning:
//!
//! - asked: [`source`] reads the layers, [`wanted`] applies the rules to them, [`request`] joins
//!   them with what is remembered;
//! - looked: [`look`] sees what is there, [`compare`] reads it beside the layers' files, by several
//!   processors ([`batches`]); [`survey`] puts everything together;
//! - decided: [`plan`], pure, makes a [`change`] of every difference;
//! - done: [`apply`] is the run, [`stage`] makes everything ready outside, [`check`] has it
//!   judged in a [`namespace`]; [`enact`] has [`commit`] rename and [`reload`] tell the services, or
//!   goes back; [`report`] says so;
//! - remembered: [`state`], [`generations`], [`blobs`]; [`recover`] after a crash.

mod accounts;
mod along;
mod apply;
mod args;
mod asked;
mod attributes;
mod batches;
mod blobs;
mod books;
mod change;
mod check;
mod closed;
mod command;
mod commit;
mod compare;
mod conffiles;
mod crontab;
mod diff;
mod discreet;
mod embed;
mod enact;
mod entry;
mod generations;
mod git;
mod hash;
mod known;
mod layer;
mod look;
mod material;
mod namespace;
mod obstacles;
mod people;
mod place;
mod plan;
mod recover;
mod refuse;
mod reload;
mod report;
mod request;
mod rules;
mod running;
mod scope;
mod seen;
mod services;
mod source;
mod spelled;
mod stage;
mod state;
mod status;
mod steps;
mod survey;
mod veil;
mod wanted;
mod way;

use apply::Work;
use args::{ApplyArgs, Args, Command, LayerArgs, PlanArgs, ReadArgs, RecoverArgs, RollbackArgs};
use cli::{Done, Failure, Output, Session};
use people::Page;
use place::Place;
use request::Origin;
use scope::Scope;
use state::Store;
use std::process::ExitCode;
use steps::Steps;
use survey::{Survey, survey};
use wire::{
    Kind, Schema,
    etc::{Checked, Embedded, Level, Plan, Source, Verdict},
};

fn main() -> ExitCode {
    cli::main(run)
}

fn run(args: Args, session: &Session) -> Result<Done, Failure> {
    match args.command {
        Some(Command::Plan(args)) => plan(&args, session),
        Some(Command::Diff(args)) => diff(&args, session),
        Some(Command::Check(args)) => check(&args, session),
        Some(Command::Apply(args)) => apply(&args, session),
        Some(Command::Rollback(args)) => rollback(&args, session),
        Some(Command::Recover(args)) => recover(&args, session),
        Some(Command::Status(args)) => status::status(&args),
        Some(Command::Log(args)) => status::log(&args),
        Some(Command::Attrs(args)) => rules::attrs(&args),
        None => Err(Failure::new(Kind::Usage, "which command?")),
    }
}

fn plan(args: &PlanArgs, session: &Session) -> Result<Done, Failure> {
    let place = Place::of(&args.place)?;
    let (source, carried) = asked(args, session)?;
    let origin = Origin {
        source: &source,
        embedded: carried.as_ref(),
        open: args.embed_secrets || carried.as_ref().is_some_and(|carried| carried.secrets),
    };
    let git = || request::files(origin).and_then(|files| git::of(&files));
    let (git, survey) = threads::both(git, || survey(&place, origin));
    let Survey {
        mut plan, material, ..
    } = survey?;
    if let (Source::Layers { git: place, .. }, Some(git)) = (&mut plan.source, git) {
        *place = Some(git);
    }
    plan.embedded = carried;
    if plan.embedded.is_none() && (args.embed || args.embed_secrets) {
        let scope = Scope::of(&args.from.only)?;
        let embedded = material
            .as_ref()
            .map(|material| embed::embed(material, &scope, args.embed_secrets));
        plan.embedded = embedded.transpose()?;
        plan.skipped
            .extend(plan.embedded.iter().flat_map(embed::left_out));
    }
    // As there: the process ends with this.
    std::mem::forget(material);
    let differs = !(plan.ops.is_empty() && plan.books.is_empty() && plan.reloads.is_empty());
    let output = Output::report(Page(plan));
    Ok(if args.exit_code && differs {
        Done::No(output)
    } else {
        Done::Yes(output)
    })
}

/// Returns what a plan is asked for: layers, or the ones that an earlier plan carries.
fn asked(args: &PlanArgs, session: &Session) -> Result<(Source, Option<Embedded>), Failure> {
    let [name] = &args.layers[..] else {
        return Ok((source(&args.layers, &args.from), None));
    };
    if !is_plan(name) {
        return Ok((source(&args.layers, &args.from), None));
    }
    let Plan { source, embedded, .. } = read_plan(name, session)?;
    let (
        Source::Layers {
            layers, attrs, git, ..
        },
        Some(embedded),
    ) = (source, embedded)
    else {
        return Err(Failure::new(Kind::Usage, "this plan does not carry its layers")
            .file(name)
            .hint("make it with plan --embed"));
    };
    if !args.from.attrs.is_empty() {
        return Err(Failure::new(
            Kind::Usage,
            "a plan that carries its layers carries their rules too",
        )
        .hint("leave --attrs out"));
    }
    let source = Source::Layers {
        layers,
        attrs,
        git,
        only: args.from.only.clone(),
        services: args.from.services.clone(),
        tree: None,
    };
    Ok((source, Some(embedded)))
}

/// Says whether a name on the command line is that of a plan; all others are layers.
fn is_plan(name: &str) -> bool {
    name == "-" || std::path::Path::new(name).is_file()
}

fn source(layers: &[String], from: &LayerArgs) -> Source {
    Source::Layers {
        layers: layers.to_vec(),
        only: from.only.clone(),
        services: from.services.clone(),
        attrs: from.attrs.clone(),
        tree: None,
        git: None,
    }
}

fn diff(args: &ReadArgs, session: &Session) -> Result<Done, Failure> {
    let (place, survey) = read(args, session)?;
    let differs = !survey.changes.is_empty();
    let text = diff::text(&place, &survey, session.colours_output())?;
    let output = Output::text(text, Page(survey.plan));
    Ok(if args.exit_code && differs {
        Done::No(output)
    } else {
        Done::Yes(output)
    })
}

fn check(args: &ReadArgs, session: &Session) -> Result<Done, Failure> {
    let (place, survey) = read(args, session)?;
    let checks = check::alone(
        &place,
        &Store::of(&place),
        &survey,
        &Steps::new(session, args.timeout),
    )?;
    let checked = Checked {
        schema: Schema::new(),
        root: place.name.clone(),
        lint: survey.plan.lint,
        checks,
        skipped: survey.plan.skipped,
    };
    let refused = checked
        .checks
        .iter()
        .any(|outcome| outcome.result == Verdict::Failed);
    let ignored = checked.lint.iter().any(|finding| finding.level == Level::Error);
    let output = Output::report(Page(checked));
    Ok(if refused || ignored {
        Done::No(output)
    } else {
        Done::Yes(output)
    })
}

/// Surveys what diff and check are asked about: layers, or a plan that still holds.
fn read(args: &ReadArgs, session: &Session) -> Result<(Place, Survey), Failure> {
    if let [name] = &args.what[..]
        && (is_plan(name) || !std::path::Path::new(name).is_dir())
    {
        let plan = read_plan(name, session)?;
        let place = Place::open(&plan.root, args.place.state.state.as_deref())?;
        let survey = survey(&place, Origin::of_plan(&plan))?;
        refuse::stale(&plan, &survey.plan)?;
        return Ok((place, survey));
    }
    let place = Place::of(&args.place)?;
    let survey = survey(&place, Origin::of(&source(&args.what, &args.from)))?;
    Ok((place, survey))
}

fn apply(args: &ApplyArgs, session: &Session) -> Result<Done, Failure> {
    let plan = read_plan(&args.plan, session)?;
    let place = Place::open(&plan.root, args.state.state.as_deref())?;
    let work = Work::begin(&place, &args.how, Steps::new(session, args.how.timeout))?;
    let report = work.apply(&plan, &args.how)?;
    Ok(Done::Yes(Output::report(Page(report))))
}

/// Reads a plan from a file or standard input.
fn read_plan(name: &str, session: &Session) -> Result<Plan, Failure> {
    let input = session.input(name)?;
    wire::read(&input.bytes).map_err(|error| {
        let failure = Failure::new(Kind::BadDocument, error.to_string()).file(&input.name);
        match error.line() {
            Some(line) => failure.line(line),
            None => failure,
        }
    })
}

fn rollback(args: &RollbackArgs, session: &Session) -> Result<Done, Failure> {
    let place = Place::of(&args.place)?;
    if args.plan {
        let source = Source::Generation {
            to: generation_before(&place, args)?,
        };
        return Ok(Done::Yes(Output::report(Page(
            survey(&place, Origin::of(&source))?.plan,
        ))));
    }
    let work = Work::begin(&place, &args.how, Steps::new(session, args.how.timeout))?;
    let source = Source::Generation {
        to: generation_before(&place, args)?,
    };
    let report = work.carry_out(survey(&place, Origin::of(&source))?, &args.how)?;
    Ok(Done::Yes(Output::report(Page(report))))
}

fn generation_before(place: &Place, args: &RollbackArgs) -> Result<u64, Failure> {
    let now = Store::of(place).read()?.generation;
    match args.generation {
        Some(to) if to < now => Ok(to),
        Some(to) => Err(Failure::new(
            Kind::NotFound,
            format!("generation {to} is not before {now}, which holds now"),
        )),
        None if now > 0 => Ok(now - 1),
        None => Err(Failure::new(Kind::NotFound, "nothing was applied yet")),
    }
}

fn recover(args: &RecoverArgs, session: &Session) -> Result<Done, Failure> {
    let place = Place::of(&args.place)?;
    let work = Work::begin(&place, &args.how, Steps::new(session, args.how.timeout))?;
    Ok(Done::Yes(Output::report(Page(work.finish_pending(&args.how)?))))
}
