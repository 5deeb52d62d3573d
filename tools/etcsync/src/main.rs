//! Copy a mock `/etc` over the real one, as carefully as a surgeon would.
//!
//! The plan is data: `etcsync plan etc | etcsync apply -`. A folder uses those before it in this list:
//!
//! - [`tree`]: values; [`run`]: commands, processors, steps; [`place`]: which root, and where its state is;
//! - remembered: [`state`];
//! - looked: [`root`], what is there; [`layers`], what is asked for;
//! - decided: [`plan`] puts both together (`survey`) and makes a change of every difference (`decide`, pure);
//! - done: [`stage`] makes everything ready outside, [`check`] has it judged in a namespace, [`apply`] renames, tells
//!   the services, or goes back;
//! - said: [`show`]; [`commands`] has a function for each command, [`args`] their command lines.

mod apply;
mod args;
mod check;
mod commands;
mod layers;
mod place;
mod plan;
mod root;
mod run;
mod show;
mod stage;
mod state;
mod tree;

use args::{Args, Command};
use cli::{Done, Failure, Session};
use commands::{
    apply::{apply, recover, rollback},
    attrs::attrs,
    plan::plan,
    read::{check, diff},
    status::{log, status},
};
use std::process::ExitCode;
use wire::Kind;

fn main() -> ExitCode {
    cli::main(run_command)
}

fn run_command(args: Args, session: &Session) -> Result<Done, Failure> {
    match args.command {
        Some(Command::Plan(args)) => plan(&args, session),
        Some(Command::Diff(args)) => diff(&args, session),
        Some(Command::Check(args)) => check(&args, session),
        Some(Command::Apply(args)) => apply(&args, session),
        Some(Command::Rollback(args)) => rollback(&args, session),
        Some(Command::Recover(args)) => recover(&args, session),
        Some(Command::Status(args)) => status(&args),
        Some(Command::Log(args)) => log(&args),
        Some(Command::Attrs(args)) => attrs(&args),
        None => Err(Failure::new(Kind::Usage, "which command?")),
    }
}
