//! Bytecode: compiled by the interpreter itself, by several of them at once.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use wire::Progress;

use crate::ask::Interpreter;
use crate::error::{Error, Result};
use crate::run;

const SCRIPT: &str = include_str!("compile.py");

/// How Python later sees whether a source changed (PEP 552).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalidation {
    /// By a hash of the source, at every start.
    CheckedHash,
    /// Not at all: who changes the source has to compile it again.
    UncheckedHash,
    /// By time and size of the source.
    Timestamp,
}

impl Invalidation {
    /// Returns its name: `checked`, `unchecked` or `timestamp`.
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckedHash => "checked",
            Self::UncheckedHash => "unchecked",
            Self::Timestamp => "timestamp",
        }
    }
}

/// A file to be compiled.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Where its bytecode is to be written; nothing may be there.
    pub target: PathBuf,
    /// Its name in the bytecode. Whoever imports it puts the real path in its place.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// How files are compiled.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// How Python later sees whether a source changed.
    pub invalidation: Invalidation,
    /// The mode of the bytecode's files.
    pub mode: u32,
    /// The time of change of the bytecode's files, and of the sources; in seconds since 1970.
    pub modified: i64,
    /// How many interpreters work at once.
    pub workers: usize,
    /// Who is told.
    pub progress: &'a dyn Progress,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was compiled.
    Made {
        /// The size of the bytecode.
        size: u64,
        /// The hexadecimal sha256 of the bytecode.
        sha256: String,
    },
    /// It cannot be compiled: a template, mostly, or a test of a parser.
    Failed(String),
}

/// How an interpreter answers for a file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Made(u64, String),
    Failed([String; 1]),
}

/// Compiles files, and returns what became of each, in their order. The same files always give the same bytecode.
///
/// # Errors
///
/// The interpreter cannot be run, or cannot write.
pub fn compile(interpreter: &Interpreter, sources: &[Source], way: &Way) -> Result<Vec<Outcome>> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    way.progress.begin("compiling", sources.len() as u64, None);
    let batches = batches(sources);
    let shared = Shared {
        interpreter,
        sources,
        way,
        batches: &batches,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        outcomes: Mutex::new(vec![None; sources.len()]),
    };
    // A worker takes a while to start: few files are not worth many.
    let workers = way.workers.min(sources.len().div_ceil(32)).max(1);
    let results = threads::all(workers, || shared.work());
    way.progress.end();
    results.into_iter().collect::<Result<Vec<()>>>()?;
    let outcomes = shared
        .outcomes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let missing = || Outcome::Failed("the interpreter did not answer".to_owned());
    Ok(outcomes
        .into_iter()
        .map(|one| one.unwrap_or_else(missing))
        .collect())
}

/// How much one batch has at most, in bytes of source.
const BATCH: u64 = 64 << 10;

/// Cuts the files into batches, the large ones first so that none is left over for one worker alone.
fn batches(sources: &[Source]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(sources[*at].size));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut bytes = BATCH;
    for at in order {
        if bytes >= BATCH {
            batches.push(Vec::new());
            bytes = 0;
        }
        // Opening and writing a file is work, too.
        bytes += sources[at].size + 1024;
        batches.last_mut().into_iter().for_each(|batch| batch.push(at));
    }
    batches
}

struct Shared<'a> {
    interpreter: &'a Interpreter,
    sources: &'a [Source],
    way: &'a Way<'a>,
    batches: &'a [Vec<usize>],
    next: AtomicUsize,
    stop: AtomicBool,
    outcomes: Mutex<Vec<Option<Outcome>>>,
}

impl Shared<'_> {
    /// Runs one worker until there is no file left.
    fn work(&self) -> Result<()> {
        let mut child = self.start()?;
        let fed = self.feed(&mut child);
        if fed.is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
        let mut stderr = String::new();
        if let Some(mut pipe) = child.stderr.take() {
            // What cannot be read is missing from a message, no more.
            let _ = pipe.read_to_string(&mut stderr);
        }
        let status = child.wait()?;
        if status.success() && fed.is_ok() {
            return Ok(());
        }
        self.stop.store(true, Ordering::Relaxed);
        Err(broken(&stderr, &status.to_string()))
    }

    fn start(&self) -> Result<Child> {
        let Way {
            invalidation,
            mode,
            modified,
            ..
        } = self.way;
        let mut command = run::command(&self.interpreter.executable);
        // Like -I, but for the seed: sets are written in the order of their hashes.
        command.args(["-s", "-S", "-c", SCRIPT, invalidation.name()]);
        command.args([format!("{mode:o}"), modified.to_string()]);
        command.current_dir("/").stdin(Stdio::piped());
        command.env("PYTHONHASHSEED", "0").env("LC_ALL", "C.UTF-8");
        command
            .spawn()
            .map_err(|error| run::unusable(&self.interpreter.executable, error))
    }

    /// Hands over one batch after the other, the next one while the last is worked at: a worker whose feeder is gone
    /// stops by itself.
    fn feed(&self, child: &mut Child) -> std::io::Result<()> {
        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let mut input = child.stdin.take().ok_or_else(broken)?;
        let mut output = BufReader::new(child.stdout.take().ok_or_else(broken)?);
        let mut ahead = self.hand_over(&mut input)?;
        while let Some(batch) = ahead {
            ahead = self.hand_over(&mut input)?;
            self.take_in(batch, &mut output)?;
        }
        Ok(())
    }

    fn hand_over(&self, input: &mut ChildStdin) -> std::io::Result<Option<&[usize]>> {
        if self.stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let Some(batch) = self.batches.get(self.next.fetch_add(1, Ordering::Relaxed)) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        for source in batch.iter().map(|at| &self.sources[*at]) {
            let fields = [
                source.path.as_os_str().as_bytes(),
                source.target.as_os_str().as_bytes(),
                source.name.as_bytes(),
            ];
            bytes.extend(fields.into_iter().flat_map(|field| field.iter().chain(b"\0")));
        }
        input.write_all(format!("{}\n", bytes.len()).as_bytes())?;
        input.write_all(&bytes)?;
        Ok(Some(batch))
    }

    fn take_in(&self, batch: &[usize], output: &mut BufReader<ChildStdout>) -> std::io::Result<()> {
        let mut line = String::new();
        if output.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        let answers: Vec<Answer> = serde_json::from_str(&line)?;
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, answer) in batch.iter().zip(answers) {
            outcomes[*at] = Some(match answer {
                Answer::Made(size, sha256) => Outcome::Made { size, sha256 },
                Answer::Failed([why]) => Outcome::Failed(why),
            });
        }
        self.way.progress.advance(batch.len() as u64, 0);
        Ok(())
    }
}

fn broken(stderr: &str, status: &str) -> Error {
    let last = stderr
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or(status);
    if last.contains("[Errno 28]") {
        return Error::Io(std::io::Error::new(
            std::io::ErrorKind::StorageFull,
            last.to_owned(),
        ));
    }
    Error::Io(std::io::Error::other(format!("failed to compile {last}")))
}
