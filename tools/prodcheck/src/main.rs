//! Look at a host and say what is wrong with it.

mod accounts;
mod args;
mod host;
mod judge;
mod look;
mod notes;
mod read;
mod report;
mod table;

use std::process::ExitCode;

use cli::{Done, Failure, Output, Session};
use wire::Kind;
use wire::host::Audit;

use args::Args;
use host::Host;
use notes::Notes;
use report::{Listed, Shown};

fn main() -> ExitCode {
    cli::main(run)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of a run")]
fn run(args: Args, session: &Session) -> Result<Done, Failure> {
    if args.list {
        return Ok(Done::Yes(Output::text(report::list(), Listed::new())));
    }
    let baseline = args
        .baseline
        .as_deref()
        .map(|name| baseline(name, session))
        .transpose()?;
    let found = audit(&args, session)?;
    let judged = judge::judge(found, &args.allow, baseline.as_ref());
    let is_well = judged.open == 0;
    let output = Output::report(Shown(judged));
    Ok(if is_well {
        Done::Yes(output)
    } else {
        Done::No(output)
    })
}

/// Looks at everything that the command line asks for.
fn audit(args: &Args, session: &Session) -> Result<Audit, Failure> {
    let mut notes = Notes::default();
    for name in &args.with {
        look::document(&session.input(name)?, &mut notes)?;
    }
    let host = Host::open(&args.root, &mut notes)?;
    let is_unknown = |name: &&String| host.accounts.user(name).is_none();
    if let Some(name) = args.user.iter().find(is_unknown) {
        let message = format!("this host has no user {name}");
        return Err(Failure::new(Kind::NotFound, message));
    }
    let apps = look::apps(&host, &args.app, &mut notes);
    look::host(&host, &apps, &args.user, &mut notes, session.progress());
    if args.probe_network {
        look::index(&mut notes);
    }
    let (findings, unread) = notes.into_parts();
    Ok(Audit {
        root: args.root.display().to_string(),
        apps: apps.iter().map(|app| app.path.display().to_string()).collect(),
        findings,
        unread,
        ..Audit::default()
    })
}

/// Reads an earlier report.
fn baseline(name: &str, session: &Session) -> Result<Audit, Failure> {
    let input = session.input(name)?;
    let failed =
        |error: wire::ReadError| Failure::new(Kind::BadDocument, error.to_string()).file(&input.name);
    wire::read(&input.bytes).map_err(failed)
}
