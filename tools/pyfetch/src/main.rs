//! Fill a wheelhouse with exactly the files of a lock.

mod ahead;
mod args;
mod build_lock;
mod builds;
mod check;
mod closed;
mod config;
mod fetch;
mod git;
mod house;
mod items;
mod look;
mod loose;
mod manifest;
mod plan;
mod publish;
mod question;
mod refresh;
mod report;
mod run;
mod stock;
mod store;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(run::run)
}
