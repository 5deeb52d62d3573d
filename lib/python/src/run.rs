//! Running an interpreter for an answer.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::error::{Error, Result};

/// How long an interpreter may take; a shim on a slow disk takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Prepares to run a program with its output piped, without the variables that lead Python astray.
///
/// The others stay: some interpreters find their libraries through them.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        let bytes = name.as_encoded_bytes();
        if bytes.starts_with(b"PYTHON") || bytes == b"__PYVENV_LAUNCHER__" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program with arguments and returns what it wrote to standard output.
pub(crate) fn answer<A: AsRef<OsStr>>(program: &Path, args: &[A]) -> Result<Vec<u8>> {
    let child = command(program)
        .args(args)
        .spawn()
        .map_err(|error| unusable(program, error))?;
    wait(program, child)
}

pub(crate) fn unusable(program: &Path, error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => Error::NotFound {
            program: program.to_owned(),
        },
        // An executable format that the kernel does not know.
        _ if error.raw_os_error() == Some(8) => Error::NotPython {
            program: program.to_owned(),
            why: "it is not a program".to_owned(),
        },
        kind => Error::Io(std::io::Error::new(
            kind,
            format!("failed to run {}: {error}", program.display()),
        )),
    }
}

fn wait(program: &Path, mut child: Child) -> Result<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let stderr = child.stderr.take().map(|pipe| drain(pipe, None));
    let stdout = child.stdout.take().map(|pipe| drain(pipe, Some(sender)));
    let (stderr, stdout) = match (stderr.transpose(), stdout.transpose()) {
        (Ok(stderr), Ok(stdout)) => (stderr, stdout),
        (Err(error), _) | (_, Err(error)) => {
            let _ = child.kill();
            let _ = child.wait();
            return Err(unusable(program, error));
        }
    };
    if receiver.recv_timeout(PATIENCE).is_err() {
        // It is killed whatever it is doing; that it may have ended by itself meanwhile is no matter.
        let _ = child.kill();
        let _ = child.wait();
        return Err(Error::Timeout {
            program: program.to_owned(),
            seconds: PATIENCE.as_secs(),
        });
    }
    let status = child.wait()?;
    let collect = |thread: Option<std::thread::JoinHandle<Vec<u8>>>| {
        thread.and_then(|thread| thread.join().ok()).unwrap_or_default()
    };
    let (stdout, stderr) = (collect(stdout), collect(stderr));
    if status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&stderr);
    let last = stderr
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("it said nothing");
    Err(Error::NotPython {
        program: program.to_owned(),
        why: format!("{status}: {}", last.trim()),
    })
}

/// Reads a pipe to its end on a thread of its own, and tells when that is reached.
fn drain(
    mut pipe: impl Read + Send + 'static,
    done: Option<mpsc::Sender<()>>,
) -> std::io::Result<std::thread::JoinHandle<Vec<u8>>> {
    std::thread::Builder::new().spawn(move || {
        let mut bytes = Vec::new();
        // What a dying child leaves unread is not missed: its exit status tells.
        let _ = pipe.read_to_end(&mut bytes);
        if let Some(done) = done {
            let _ = done.send(());
        }
        bytes
    })
}
