//! `exec`: a command in the release that is current now, which is kept as long as the command runs.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use cli::Failure;
use disk::Lock;
use wire::Kind;

use crate::app::App;

/// Replaces this process by the command. Returns only if that fails.
pub(crate) fn run(app: &App, argv: &[OsString]) -> Result<std::convert::Infallible, Failure> {
    let (id, lock) = hold_current(app)?;
    let folder = app.release(&id);
    // On purpose: prune sees the lock as long as the command, or a child of it, runs.
    lock.keep_on_exec()?;
    std::env::set_current_dir(&folder)?;
    let mut command = Command::new(&argv[0]);
    command
        .args(&argv[1..])
        .env("RELSWITCH_ID", &id)
        .env("RELSWITCH_APP", app.root())
        .env("PWD", &folder);
    let error = command.exec();
    let kind = if error.kind() == std::io::ErrorKind::NotFound {
        Kind::NotFound
    } else {
        Kind::of_io(&error)
    };
    let name = argv[0].to_string_lossy();
    Err(Failure::new(kind, format!("cannot run {name} in release {id}")).cause(error.to_string()))
}

/// Takes a shared lock on the release that is current.
///
/// Between reading the link and locking, the release may be switched away from and pruned: then there is another one.
fn hold_current(app: &App) -> Result<(String, Lock), Failure> {
    let mut tries = 0..10;
    loop {
        let Some(current) = app.current()? else {
            return Err(Failure::new(Kind::BadState, "no release is current").hint("switch to one first"));
        };
        match Lock::shared_folder(&app.release(&current.id), Duration::from_secs(5)) {
            Ok(lock) => return Ok((current.id, lock)),
            Err(error) if tries.next().is_none() => return Err(error.into()),
            Err(_) => {}
        }
    }
}
