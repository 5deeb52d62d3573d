//! The user's own commands: reloads, and probes that see whether the new code is served.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use cli::Failure;
use serde::{Deserialize, Serialize};
use wire::Kind;
use wire::release::{CommandRun, Config, Purpose};

use crate::app::App;
use crate::{args, git};

/// How long a probe rests between two tries.
const REST: Duration = Duration::from_millis(200);

/// How much of what a command printed is told when it fails.
const TOLD: u64 = 2000;

/// How much of the line that a probe printed is told.
const TOLD_OF_A_LINE: usize = 200;

/// How much of what a command printed is looked at.
const READ: u64 = 1 << 20;

/// How much a command may print: it goes to the disk.
const ALLOWED: u64 = 64 << 20;

/// The commands of one switch.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hooks {
    /// Commands that make services take a release.
    pub(crate) reload: Vec<Vec<String>>,
    /// Commands that see whether they did.
    pub(crate) probe: Vec<Vec<String>>,
    /// How many seconds a reload, and all tries of a probe, may take.
    pub(crate) timeout: u32,
    /// Whether the probe's output does not matter.
    pub(crate) status_only: bool,
}

impl Hooks {
    /// Takes the commands of the command line; where there are none, those of the configuration.
    pub(crate) fn new(after: &args::After, config: &Config) -> Result<Self, Failure> {
        let pick = |given: &[String], configured: &[String]| {
            let commands = if given.is_empty() { configured } else { given };
            commands
                .iter()
                .map(|command| split(command))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            reload: pick(&after.reload, &config.reload)?,
            probe: pick(&after.probe, &config.probe)?,
            timeout: after.timeout.unwrap_or(config.timeout),
            status_only: after.probe_status_only,
        })
    }

    /// Tells whether there is nothing to run.
    pub(crate) fn is_empty(&self) -> bool {
        self.reload.is_empty() && self.probe.is_empty()
    }

    /// Runs the reloads for the release that is current now; stops at the first that fails.
    pub(crate) fn reload(&self, app: &App, id: &str, purpose: Purpose) -> Vec<CommandRun> {
        until_failure(&self.reload, |argv| {
            let result = run(app, argv, id, Instant::now() + self.limit());
            report(purpose, argv, 1, result.map(drop))
        })
    }

    /// Runs the probes for the release that should be served; stops at the first that fails.
    pub(crate) fn probe(&self, app: &App, id: &str) -> Vec<CommandRun> {
        until_failure(&self.probe, |argv| self.probe_one(app, argv, id))
    }

    fn probe_one(&self, app: &App, argv: &[String], id: &str) -> CommandRun {
        let deadline = Instant::now() + self.limit();
        let mut tries = 0;
        let mut why = String::new();
        loop {
            tries += 1;
            let result = run(app, argv, id, deadline).and_then(|printed| self.judge(&printed, id));
            let Err(reason) = result else {
                return report(Purpose::Probe, argv, tries, Ok(()));
            };
            // A last try that is cut short says less than the one before it.
            if tries == 1 || Instant::now() < deadline {
                why = reason;
            }
            if Instant::now() + REST >= deadline {
                return report(Purpose::Probe, argv, tries, Err(why));
            }
            std::thread::sleep(REST);
        }
    }

    fn judge(&self, printed: &str, id: &str) -> Result<(), String> {
        if self.status_only || names(printed, id) {
            return Ok(());
        }
        let line = printed.lines().next().unwrap_or_default();
        let line: String = line.chars().take(TOLD_OF_A_LINE).collect();
        Err(format!("it did not print the word {id}, but {line:?}"))
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }
}

/// Tells whether a text holds an id as a word of its own: that of another release may contain it, as `12` contains `1`.
fn names(text: &str, id: &str) -> bool {
    let mut found = text
        .match_indices(id)
        .map(|(at, _)| (&text[..at], &text[at + id.len()..]));
    found.any(|(before, after)| !goes_on(before.chars().rev()) && !goes_on(after.chars()))
}

/// Tells whether the word that ends here goes on: ids have letters, digits, `-` and `_`, with `.` and `+` between them.
fn goes_on(mut rest: impl Iterator<Item = char>) -> bool {
    match rest.next() {
        Some('.' | '+') => rest.next().is_some_and(|next| next.is_ascii_alphanumeric()),
        Some(next) => next.is_ascii_alphanumeric() || matches!(next, '-' | '_'),
        None => false,
    }
}

/// Returns the command that failed, if one did.
pub(crate) fn failed(runs: &[CommandRun]) -> Option<&CommandRun> {
    runs.iter().find(|run| !run.ok)
}

fn split(command: &str) -> Result<Vec<String>, Failure> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    words.ok_or_else(|| {
        Failure::new(
            Kind::Usage,
            format!("{command:?} is not a command: check its quotes"),
        )
    })
}

fn until_failure(commands: &[Vec<String>], mut run: impl FnMut(&[String]) -> CommandRun) -> Vec<CommandRun> {
    let mut runs = Vec::new();
    for argv in commands {
        runs.push(run(argv));
        if failed(&runs).is_some() {
            break;
        }
    }
    runs
}

fn report(purpose: Purpose, argv: &[String], tries: u32, result: Result<(), String>) -> CommandRun {
    CommandRun {
        purpose,
        argv: argv.to_vec(),
        ok: result.is_ok(),
        tries,
        why: result.err(),
    }
}

/// Runs a command to its end, and returns what it printed; why it failed, if it did.
///
/// Its output goes to files, so that a daemon which keeps them open makes nobody wait.
fn run(app: &App, argv: &[String], id: &str, deadline: Instant) -> Result<String, String> {
    let mut printed = tempfile::tempfile_in(app.private()).map_err(|error| error.to_string())?;
    let mut said = tempfile::tempfile_in(app.private()).map_err(|error| error.to_string())?;
    let mut command = Command::new(&argv[0]);
    git::scrub(&mut command);
    command
        .args(&argv[1..])
        .current_dir(app.root())
        .env("RELSWITCH_ID", id)
        .env("RELSWITCH_APP", app.root())
        .stdin(Stdio::null())
        .stdout(printed.try_clone().map_err(|error| error.to_string())?)
        .stderr(said.try_clone().map_err(|error| error.to_string())?)
        .process_group(0);
    let mut child = command
        .spawn()
        .map_err(|error| format!("it cannot be run: {error}"))?;
    let ended = wait(&mut child, deadline, [&printed, &said]);
    let said = read(&mut said);
    match ended {
        Ok(End::Itself(status)) if status.success() => Ok(read(&mut printed)),
        Ok(End::Itself(status)) => Err(with(&status.to_string(), &said)),
        Ok(End::Killed(why)) => Err(with(&format!("{why} and was killed"), &said)),
        Err(error) => Err(error.to_string()),
    }
}

/// How a command came to its end.
enum End {
    Itself(ExitStatus),
    /// It had to be killed, because of this.
    Killed(&'static str),
}

/// Waits for a child, and kills it with all of its group at the deadline, or when it has printed too much.
fn wait(child: &mut Child, deadline: Instant, printed: [&File; 2]) -> std::io::Result<End> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(End::Itself(status));
        }
        if let Some(why) = excess(deadline, printed)? {
            if let Some(group) = i32::try_from(child.id())
                .ok()
                .and_then(rustix::process::Pid::from_raw)
            {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            child.wait()?;
            return Ok(End::Killed(why));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Says of what a command takes more than it may have.
fn excess(deadline: Instant, printed: [&File; 2]) -> std::io::Result<Option<&'static str>> {
    if Instant::now() >= deadline {
        return Ok(Some("it took too long"));
    }
    for file in printed {
        if file.metadata()?.len() > ALLOWED {
            return Ok(Some("it printed more than 64 MiB"));
        }
    }
    Ok(None)
}

fn read(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let _ = file.rewind();
    let _ = file.take(READ).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn with(why: &str, said: &str) -> String {
    let said: String = said.trim().chars().take(TOLD as usize).collect();
    if said.is_empty() {
        why.to_owned()
    } else {
        format!("{why}\n{said}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_as_a_word_of_its_own() {
        for text in [
            "12",
            "12\n",
            "release 12.",
            "release 12.\n",
            "\"12\"",
            "id=12,",
            "(12)",
            "/srv/releases/12/venv",
            "12: ok",
            "id: 12;",
            "v12 12",
            "\u{fc}12",
            "12+",
            "...12...",
        ] {
            assert!(names(text, "12"), "{text:?}");
        }
        for text in [
            "", "123", "112", "a12", "12a", "12-1", "1-12", "12_", "_12", "12.1", "1.12", "12+1", "1+12",
        ] {
            assert!(!names(text, "12"), "{text:?}");
        }
        let id = "20261126T061319Z-72fa72317ab1";
        assert!(names(&format!("id={id}, 3.13"), id) && names("a 1.2.", "1.2"));
    }

    #[test]
    fn of_what_a_probe_printed_little_is_told() {
        let why = Hooks::default().judge(&"x".repeat(1 << 20), "id").unwrap_err();
        assert!(why.len() < 300 && why.contains("xxx"), "{}", why.len());
    }
}
