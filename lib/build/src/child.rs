//! Running foreign code: its own session, its own environment, its words in a log, a limit of time.

use crate::isolate::{NOT_CUT, Network, isolate};
use crate::wall::Wall;
use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    ffi::OsString,
    io,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread::{self, Builder},
    time::Duration,
};

/// What of our environment a compiler may need; everything else, secrets first of all, stays here.
const PASSED_ON: [&str; 22] = [
    "AR",
    "ARCHFLAGS",
    "AS",
    "CARGO_HOME",
    "CC",
    "CFLAGS",
    "CMAKE_PREFIX_PATH",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "FC",
    "LD",
    "LDFLAGS",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "MAKEFLAGS",
    "NM",
    "PKG_CONFIG_PATH",
    "RUSTFLAGS",
    "RUSTUP_HOME",
    "STRIP",
    "CPATH",
];

/// Returns the variables of our environment that a backend sees, as they are now: what is built depends on them.
pub fn passed_on() -> impl Iterator<Item = (&'static str, OsString)> {
    PASSED_ON
        .iter()
        .filter_map(|name| Some((*name, std::env::var_os(name)?)))
}

/// How a child ended.
#[derive(Debug)]
pub(crate) enum End {
    /// By itself.
    Exit(ExitStatus),
    /// By us, because the limit was reached.
    Timeout,
    /// It never began: the network cannot be cut here.
    NoIsolation,
}

/// Everything around a child but its arguments.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    /// The folder it runs in.
    pub(crate) directory: &'a Path,
    /// A folder for its HOME and TMPDIR.
    pub(crate) scratch: &'a Path,
    /// The folder of programs that comes first in its PATH.
    pub(crate) programs: &'a Path,
    /// `SOURCE_DATE_EPOCH`.
    pub(crate) epoch: u64,
    /// The file that its output is added to.
    pub(crate) log: &'a Path,
    /// Whether it may reach the network.
    pub(crate) network: Network,
    /// How long it may run.
    pub(crate) limit: Duration,
}

/// Runs `program` with `arguments` to its end.
pub(crate) fn run(program: &Path, arguments: &[OsString], around: &Surroundings) -> io::Result<End> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(around.directory);
    environment(&mut command, around)?;
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(around.log)?;
    let log = log.into_parts().0;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.process_group(0);
    isolate(
        &mut command,
        around.network,
        Wall::new([around.directory, around.scratch]),
    );
    match command.spawn() {
        Ok(child) => wait(child, around.limit),
        Err(error) if error.raw_os_error() == Some(NOT_CUT) => Ok(End::NoIsolation),
        Err(error) => Err(io::Error::new(
            error.kind(),
            format!("cannot run {}: {error}", program.display()),
        )),
    }
}

fn environment(command: &mut Command, around: &Surroundings) -> io::Result<()> {
    let home = around.scratch.join("home");
    let temporary = around.scratch.join("tmp");
    fs::create_dir_all(&home)?;
    fs::create_dir_all(&temporary)?;
    command.env_clear().envs(passed_on());
    let outer = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let path = std::env::join_paths(
        std::iter::once(around.programs.to_owned()).chain(std::env::split_paths(&outer)),
    )
    .map_err(io::Error::other)?;
    command
        .env("PATH", path)
        .env("HOME", home)
        .env("TMPDIR", temporary)
        .env("LANG", "C.UTF-8")
        .env("SOURCE_DATE_EPOCH", around.epoch.to_string())
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PIP_NO_INDEX", "1");
    Ok(())
}

/// Waits in a thread, so that a limit needs no polling.
fn wait(mut child: Child, limit: Duration) -> io::Result<End> {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    thread::scope(|scope| {
        let (done, ended) = mpsc::channel();
        let waiting = Builder::new().spawn_scoped(scope, move || done.send(child.wait()));
        let end = ended.recv_timeout(limit);
        // What the backend left running in its group ends with it.
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
        waiting?;
        match end {
            Ok(status) => Ok(End::Exit(status?)),
            Err(_) => Ok(End::Timeout),
        }
    })
}
