//! Bytecode: compiled by the interpreter itself, by several of them at once.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
    fn name(self) -> &'static str {
        match self {
            Self::CheckedHash => "CHECKED_HASH",
            Self::UncheckedHash => "UNCHECKED_HASH",
            Self::Timestamp => "TIMESTAMP",
        }
    }
}

/// What is to be compiled.
pub struct Sources<'a> {
    /// The folder that the files are in now.
    pub root: &'a Path,
    /// The folder in which they will be used, which tracebacks name.
    pub destination: &'a Path,
    /// The files, relative to the folder.
    pub files: &'a [&'a str],
    /// How Python later sees whether a source changed.
    pub invalidation: Invalidation,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compiled {
    /// How many files were compiled.
    pub files: u64,
    /// The files that cannot be compiled, and why: templates, mostly, and tests of parsers.
    pub failed: Vec<(String, String)>,
}

/// Compiles files. The same files always give the same bytecode.
///
/// # Errors
///
/// The interpreter cannot be run, or cannot write.
pub fn compile(
    interpreter: &Interpreter,
    sources: &Sources,
    workers: usize,
    progress: &dyn Progress,
) -> Result<Compiled> {
    progress.begin("compiling", sources.files.len() as u64, None);
    let shared = Shared {
        interpreter,
        sources,
        progress,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        failed: Mutex::new(Vec::new()),
    };
    // A worker takes a while to start: few files are not worth many.
    let workers = workers.min(sources.files.len().div_ceil(32)).max(1);
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(|| shared.work())).collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect()
    });
    progress.end();
    results.into_iter().collect::<Result<Vec<()>>>()?;
    let mut failed = shared
        .failed
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    failed.sort();
    Ok(Compiled {
        files: (sources.files.len() - failed.len()) as u64,
        failed,
    })
}

struct Shared<'a> {
    interpreter: &'a Interpreter,
    sources: &'a Sources<'a>,
    progress: &'a dyn Progress,
    next: AtomicUsize,
    stop: AtomicBool,
    failed: Mutex<Vec<(String, String)>>,
}

impl Shared<'_> {
    /// Runs one worker until there is no file left.
    fn work(&self) -> Result<()> {
        if self.sources.files.is_empty() {
            return Ok(());
        }
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
        Err(self.broken(&stderr, &status.to_string()))
    }

    fn start(&self) -> Result<Child> {
        let Sources {
            root,
            destination,
            invalidation,
            ..
        } = self.sources;
        let mut command = run::command(&self.interpreter.executable);
        // Like -I, but for the seed: sets are written in the order of their hashes.
        command
            .args(["-s", "-S", "-c", SCRIPT])
            .args([root.as_os_str(), destination.as_os_str()]);
        command
            .arg(invalidation.name())
            .current_dir("/")
            .stdin(Stdio::piped());
        command.env("PYTHONHASHSEED", "0").env("LC_ALL", "C.UTF-8");
        Ok(command.spawn()?)
    }

    /// Hands over one file after the other, each when the one before is done: a worker whose
    /// feeder is gone stops by itself.
    fn feed(&self, child: &mut Child) -> std::io::Result<()> {
        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let mut input = child.stdin.take().ok_or_else(broken)?;
        let mut output = BufReader::new(child.stdout.take().ok_or_else(broken)?);
        let mut line = String::new();
        while !self.stop.load(Ordering::Relaxed) {
            let Some(file) = self.sources.files.get(self.next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            input.write_all(format!("{}\n", serde_json::to_string(file)?).as_bytes())?;
            line.clear();
            if output.read_line(&mut line)? == 0 {
                return Err(broken());
            }
            if let Some(reasons) = serde_json::from_str::<Option<Vec<String>>>(&line)? {
                let mut failed = self
                    .failed
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                failed.push(((*file).to_owned(), reasons.join(" ")));
            }
            self.progress.advance(1, 0);
        }
        Ok(())
    }

    fn broken(&self, stderr: &str, status: &str) -> Error {
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
}
