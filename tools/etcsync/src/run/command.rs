//! Running the commands of services: no shell, no input, a time limit.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use wire::etc::{Outcome, Verdict};

/// How often a running command is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// How many lines of what a failing command wrote are told.
const LINES: usize = 20;

/// Prepares a command: a word list, with the root in its environment.
pub(crate) fn prepare(argv: &[String], root: &Path) -> Command {
    let mut command = Command::new(argv.first().map_or("", String::as_str));
    command.args(argv.get(1..).unwrap_or_default());
    command
        .env("ETCSYNC_ROOT", root)
        .current_dir("/")
        .env("PATH", path());
    command
}

/// Returns where programs are looked for: also where daemons are, which an ordinary user's path may leave out.
fn path() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if path.to_string_lossy().contains("sbin") {
        return path;
    }
    let mut path = path;
    path.push(":/usr/local/sbin:/usr/sbin:/sbin");
    path
}

/// Says whether the program of a command is on this host.
pub(crate) fn is_there(argv: &[String]) -> bool {
    let Some(program) = argv.first() else { return false };
    if program.contains('/') {
        return Path::new(program).exists();
    }
    std::env::split_paths(&path()).any(|folder| folder.join(program).exists())
}

/// Runs a command to its end, or for the time that it has.
///
/// What it writes goes to a file, not a pipe: a daemon that it starts may keep that open.
pub(crate) fn run(name: &str, mut command: Command, patience: Duration) -> Outcome {
    let outcome = |result, output| Outcome {
        name: name.to_owned(),
        result,
        how: None,
        output,
    };
    let mut output = match scratch() {
        Ok(file) => file,
        Err(error) => return outcome(Verdict::Unavailable, vec![error.to_string()]),
    };
    let (Ok(out), Ok(err)) = (output.try_clone(), output.try_clone()) else {
        return outcome(Verdict::Unavailable, Vec::new());
    };
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0);
    let result = command.spawn().and_then(|mut child| wait(&mut child, patience));
    match result {
        Ok(Some(status)) if status.success() => outcome(Verdict::Passed, Vec::new()),
        Ok(Some(status)) => outcome(Verdict::Failed, told(&mut output, &status.to_string())),
        Ok(None) => outcome(
            Verdict::Failed,
            told(
                &mut output,
                &format!("it took more than {} s", patience.as_secs()),
            ),
        ),
        Err(error) => outcome(
            Verdict::Unavailable,
            vec![format!("{:?}: {error}", command.get_program())],
        ),
    }
}

/// Waits for a child; nothing if it had to be killed, with all that it started.
fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < patience {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(PAUSE);
    }
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    child.wait().map(|_| None)
}

/// Opens a file without a name.
pub(crate) fn scratch() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("etcsync", MemfdFlags::CLOEXEC)?.into())
}

/// Returns the lines that a command wrote, and how it ended.
fn told(output: &mut File, end: &str) -> Vec<String> {
    let mut bytes = Vec::new();
    if output.seek(SeekFrom::Start(0)).is_ok() {
        _ = output.take(1024 * 1024).read_to_end(&mut bytes);
    }
    let text = String::from_utf8_lossy(&bytes);
    text.lines().map(str::to_owned).chain([end.to_owned()]).collect()
}

/// Keeps of what a command wrote the lines that speak of errors, or else the last ones.
pub(crate) fn shorten(outcome: &mut Outcome) {
    if outcome.output.len() <= LINES {
        return;
    }
    let speaks = |line: &&String| line.to_lowercase().contains("error");
    let mut kept: Vec<String> = outcome.output.iter().filter(speaks).cloned().collect();
    if kept.is_empty() {
        kept.clone_from(&outcome.output);
    }
    outcome.output = kept.split_off(kept.len().saturating_sub(LINES));
}
