//! Stage, switch and roll back releases from a local bare repository.

mod adopt;
mod app;
mod archive;
mod args;
mod copy;
mod crash;
mod drift;
mod exec;
mod extract;
mod fail;
mod filters;
mod git;
mod hooks;
mod in_use;
mod init;
mod list;
mod local;
mod log;
mod making;
mod pins;
mod plan;
mod prune;
mod ready;
mod recover;
mod report;
mod stage;
mod state;
mod status;
mod switch;
mod turn;
mod writers;

use std::process::ExitCode;

use cli::{Done, Failure, Output, Session};
use wire::Kind;
use wire::release::Release;

use app::App;
use args::{Args, Command};
use report::Shown;

fn main() -> ExitCode {
    cli::main(run)
}

fn run(args: Args, session: &Session) -> Result<Done, Failure> {
    cli::refuse_root(args.allow_root)?;
    let wait = args.wait;
    if let Command::Init(init) = &args.command {
        let folder = init.folder.as_ref().unwrap_or(&args.app);
        return Ok(Done::Yes(Output::report(Shown(init::run(
            folder, init.adopt, session, wait,
        )?))));
    }
    let app = App::open(&args.app)?;
    let output = match &args.command {
        Command::Init(_) => Output::nothing(),
        Command::Stage(stage) => {
            let release = stage::run(&app, stage, session, wait)?;
            report::release(&app, release, stage.print)
        }
        Command::Ready(one) => {
            let release = ready::run(&app, &id(&one.id, session)?, session, wait)?;
            report::release(&app, release, one.print)
        }
        Command::Switch(switch) => {
            let id = id(&switch.id, session)?;
            Output::report(Shown(switch::switch(&app, &id, &switch.after, session, wait)?))
        }
        Command::Rollback(rollback) => {
            Output::report(Shown(switch::rollback(&app, rollback, session, wait)?))
        }
        Command::List => Output::report(Shown(list::run(&app, session)?)),
        Command::Prune(prune) => Output::report(Shown(prune::run(&app, prune, session, wait)?)),
        Command::Status(status) => {
            let status = status::run(&app, status, session)?;
            let unexpected = status.as_expected == Some(false);
            let output = Output::report(Shown(status));
            return Ok(if unexpected {
                Done::No(output)
            } else {
                Done::Yes(output)
            });
        }
        Command::Fail(fail) => report::release(
            &app,
            fail::run(&app, &id(&fail.id, session)?, session, wait)?,
            None,
        ),
        Command::Recover => Output::report(Shown(recover::run(&app, session, wait)?)),
        Command::Exec(exec) => match exec::run(&app, &exec.command)? {},
    };
    Ok(Done::Yes(output))
}

/// Returns the id given, or the one in the document on standard input for `-`.
fn id(given: &str, session: &Session) -> Result<String, Failure> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let input = session.input("-")?;
    let release: Release = wire::read(&input.bytes).map_err(|error| {
        let failure = Failure::new(Kind::BadDocument, error.to_string()).file(&input.name);
        match error.line() {
            Some(line) => failure.line(line),
            None => failure,
        }
    })?;
    Ok(release.id)
}
