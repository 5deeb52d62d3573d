//! Running git, with nothing of the caller's in its way and no network.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::process::{Command, Stdio};

use cli::Failure;
use rustix::fs::{MemfdFlags, memfd_create};
use wire::Kind;

/// What git is told on every command line.
const SETTINGS: [&str; 15] = [
    "protocol.allow=never",
    "core.autocrlf=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "tar.umask=0022",
    // Pointers of large files are found by their content and refused; their filter would reach out.
    "filter.lfs.smudge=",
    "filter.lfs.process=",
    "filter.lfs.required=false",
    // What git prints is read: no colours, no numbers, no signatures in between.
    "color.ui=false",
    "color.grep=false",
    "grep.lineNumber=false",
    "grep.column=false",
    "log.showSignature=false",
    "advice.detachedHead=false",
    // After a power cut a commit or a pin is there, or it is not: never an empty file in its place.
    "core.fsync=all",
];

/// The variables of git that say where its configuration is; all others of its own speak of the caller's repository.
const KEPT: [&str; 4] = [
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_COUNT",
];

/// Removes what a hook's environment says about its own repository (`GIT_DIR=.` and its like).
pub(crate) fn scrub(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with("GIT_")) else {
            continue;
        };
        let value = name.starts_with("GIT_CONFIG_KEY_") || name.starts_with("GIT_CONFIG_VALUE_");
        if !KEPT.contains(&name) && !value {
            command.env_remove(name);
        }
    }
}

/// Returns a git command without a repository, with our settings and a clean environment.
pub(crate) fn command() -> Command {
    let mut command = Command::new("git");
    scrub(&mut command);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

/// Runs a git command to its end and returns its output, whatever its exit status.
pub(crate) fn output(command: &mut Command) -> Result<std::process::Output, Failure> {
    command.output().map_err(|error| absent(&error))
}

/// Runs a git command to its end with a text on its standard input.
pub(crate) fn fed(command: &mut Command, text: &str) -> Result<std::process::Output, Failure> {
    output(command.stdin(scrap(text.as_bytes())?))
}

/// Makes a file without a name, in memory, that holds these bytes: so that nobody has to read a pipe, or fill it.
pub(crate) fn scrap(bytes: &[u8]) -> std::io::Result<File> {
    let mut file = File::from(memfd_create("git", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

/// Reads from its beginning what was written to a file.
pub(crate) fn read_again(mut file: File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn absent(error: &std::io::Error) -> Failure {
    if error.kind() != std::io::ErrorKind::NotFound {
        return Failure::new(Kind::Io, "cannot run git").cause(error.to_string());
    }
    Failure::new(Kind::NotFound, "cannot run git")
        .cause(error.to_string())
        .hint("install git")
}

/// Turns what a failed git said into a failure.
pub(crate) fn failed(what: &str, stderr: &[u8]) -> Failure {
    let said = String::from_utf8_lossy(stderr).trim().to_owned();
    let failure = if said.contains("dubious ownership") {
        Failure::new(
            Kind::NotOwner,
            format!("{what}: the repository belongs to somebody else"),
        )
        .hint("run relswitch as the user who owns it")
    } else {
        Failure::new(Kind::Io, what)
    };
    if said.is_empty() {
        failure
    } else {
        failure.cause(said)
    }
}
