//! Writing a plan: many files at once, each verified on its way.

use std::io::Write as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, Timespec, Timestamps};
use wire::Progress;

use crate::digest::Hasher;
use crate::error::{Error, Result};
use crate::plan::{File, Part, Plan, Source};
use crate::wheel::{compare, verify};
use crate::zip::{Content, Member, WHOLE};

/// How a plan is written.
pub struct Options<'a> {
    /// How many threads write.
    pub threads: usize,
    /// The time of change that every file gets, in seconds since 1970; without one, the time of writing.
    pub modified: Option<i64>,
    /// Who is told.
    pub progress: &'a dyn Progress,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The number of files.
    pub files: u64,
    /// The sum of their sizes in bytes.
    pub bytes: u64,
}

/// How much content one piece of work has, in bytes.
const RUN: u64 = 1 << 20;

/// Writes all files of a plan below a folder. None of them may exist.
///
/// The modes are 0644, or 0755 for what can be executed, whatever the umask says. After a failure
/// some of the files are there: the folder is the caller's to remove.
///
/// # Errors
///
/// A content is not what RECORD says, a wheel changed meanwhile, or the system is in the way.
pub fn install(plan: &Plan, parts: &[Part], root: &Path, options: &Options) -> Result<Written> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::openat(CWD, root, flags, Mode::empty()).map_err(|error| at(root, "", error))?;
    let exact = umask_is_open();
    make_folders(&folder, root, plan, (options.threads, exact))?;
    let tasks = tasks(plan, parts);
    let total = Written {
        files: plan.files.len() as u64,
        bytes: tasks.iter().map(Task::bytes).sum(),
    };
    options
        .progress
        .begin("installing", total.files, Some(total.bytes));
    let shared = Shared {
        tasks: &tasks,
        parts,
        root,
        folder,
        exact,
        options,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        failure: Mutex::new(None),
    };
    std::thread::scope(|scope| {
        for _ in 1..options.threads.clamp(1, tasks.len().max(1)) {
            scope.spawn(|| shared.work());
        }
        shared.work();
    });
    options.progress.end();
    if let Some(error) = shared
        .failure
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
    {
        return Err(error);
    }
    for part in parts {
        part.wheel.archive().check_unchanged()?;
    }
    Ok(total)
}

/// How deep folders are made one after the other; below, each such tree is one thread's work.
const SHARED_DEPTH: usize = 4;

/// Makes all folders. There are thousands: making them takes as long as unpacking small wheels.
fn make_folders(folder: &OwnedFd, root: &Path, plan: &Plan, (threads, exact): (usize, bool)) -> Result<()> {
    let depth = |path: &str| path.bytes().filter(|byte| *byte == b'/').count() + 1;
    let (shallow, deep): (Vec<&str>, Vec<&str>) = plan
        .folders
        .iter()
        .map(String::as_str)
        .partition(|path| depth(path) <= SHARED_DEPTH);
    shallow
        .iter()
        .try_for_each(|path| make_folder(folder, root, path, exact))?;
    let tree = |path: &str| path.match_indices('/').nth(SHARED_DEPTH - 1).map(|(at, _)| at);
    let trees: Vec<&[&str]> = deep
        .chunk_by(|one, other| one[..tree(one).unwrap_or(0)] == other[..tree(other).unwrap_or(0)])
        .collect();
    let (next, failure) = (AtomicUsize::new(0), Mutex::new(None));
    let work = || {
        while let Some(paths) = trees.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = paths
                .iter()
                .try_for_each(|path| make_folder(folder, root, path, exact))
            {
                next.store(trees.len(), Ordering::Relaxed);
                failure
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.clamp(1, trees.len().max(1)) {
            scope.spawn(work);
        }
        work();
    });
    failure
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .map_or(Ok(()), Err)
}

/// Makes one folder with exactly mode 0755; one that is there stays as it is.
fn make_folder(folder: &OwnedFd, root: &Path, path: &str, exact: bool) -> Result<()> {
    let mode = Mode::from_raw_mode(0o755);
    match rustix::fs::mkdirat(folder, path, mode) {
        Ok(()) if exact => return Ok(()),
        Ok(()) => {}
        Err(rustix::io::Errno::EXIST) => return Ok(()),
        Err(error) => return Err(at(root, path, error)),
    }
    rustix::fs::chmodat(folder, path, mode, AtFlags::empty()).map_err(|error| at(root, path, error))
}

/// A piece of work for one thread.
enum Task<'a> {
    /// Members that lie side by side in an archive, and what becomes of each.
    Run {
        part: usize,
        members: &'a [Member],
        files: Vec<Option<&'a File>>,
    },
    /// A large member.
    Flow {
        part: usize,
        member: &'a Member,
        file: &'a File,
    },
    /// A file that is in no archive.
    Made { file: &'a File, content: &'a [u8] },
}

impl Task<'_> {
    fn bytes(&self) -> u64 {
        match self {
            Self::Run { members, .. } => members.iter().map(|member| member.size).sum(),
            Self::Flow { member, .. } => member.size,
            Self::Made { content, .. } => content.len() as u64,
        }
    }

    fn files(&self) -> u64 {
        match self {
            Self::Run { files, .. } => files.iter().flatten().count() as u64,
            Self::Flow { .. } | Self::Made { .. } => 1,
        }
    }
}

/// Cuts the plan into pieces, the large ones first so that none is left over for one thread alone.
fn tasks<'a>(plan: &'a Plan, parts: &'a [Part]) -> Vec<Task<'a>> {
    let mut wanted: Vec<Vec<Option<&File>>> = parts
        .iter()
        .map(|part| vec![None; part.wheel.archive().members().len()])
        .collect();
    let mut tasks = Vec::new();
    for file in &plan.files {
        match &file.source {
            Source::Member { part, member } => wanted[*part][*member] = Some(file),
            Source::Bytes(content) => tasks.push(Task::Made { file, content }),
        }
    }
    for (number, (part, wanted)) in parts.iter().zip(&wanted).enumerate() {
        push_runs(&mut tasks, number, part.wheel.archive().members(), wanted);
    }
    tasks.sort_by_key(|task| std::cmp::Reverse(if task.bytes() > WHOLE { task.bytes() } else { 0 }));
    tasks
}

fn push_runs<'a>(tasks: &mut Vec<Task<'a>>, part: usize, members: &'a [Member], wanted: &[Option<&'a File>]) {
    let mut start = 0;
    while start < members.len() {
        let mut end = start;
        let mut bytes = 0;
        while end < members.len() && members[end].size <= WHOLE && wanted[end].is_some() && bytes < RUN {
            bytes += members[end].size;
            end += 1;
        }
        if end > start {
            let files = wanted[start..end].to_vec();
            tasks.push(Task::Run {
                part,
                members: &members[start..end],
                files,
            });
            start = end;
            continue;
        }
        if let Some(file) = wanted[start] {
            tasks.push(Task::Flow {
                part,
                member: &members[start],
                file,
            });
        }
        start += 1;
    }
}

/// What the threads share.
struct Shared<'a> {
    tasks: &'a [Task<'a>],
    parts: &'a [Part<'a>],
    root: &'a Path,
    folder: OwnedFd,
    /// Whether files are created with the mode asked for.
    exact: bool,
    options: &'a Options<'a>,
    next: AtomicUsize,
    stop: AtomicBool,
    failure: Mutex<Option<Error>>,
}

impl Shared<'_> {
    /// Takes tasks until there are none, or one of them failed.
    fn work(&self) {
        let mut content = Content::default();
        while !self.stop.load(Ordering::Relaxed) {
            let Some(task) = self.tasks.get(self.next.fetch_add(1, Ordering::Relaxed)) else {
                return;
            };
            match self.perform(task, &mut content) {
                Ok(()) => self.options.progress.advance(task.files(), task.bytes()),
                Err(error) => {
                    self.stop.store(true, Ordering::Relaxed);
                    let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                    failure.get_or_insert(error);
                }
            }
        }
    }

    fn perform(&self, task: &Task, content: &mut Content) -> Result<()> {
        match task {
            Task::Made { file, content } => self.create(file)?.finish(content),
            Task::Run { part, members, files } => {
                let archive = self.parts[*part].wheel.archive();
                let mut files = files.iter();
                content.each(archive, members, |member, bytes| {
                    let Some(Some(file)) = files.next() else {
                        return Ok(());
                    };
                    verify(archive, member, file.digest.as_ref(), bytes)?;
                    self.create(file)?.finish(bytes)
                })
            }
            Task::Flow { part, member, file } => {
                let archive = self.parts[*part].wheel.archive();
                let mut output = self.create(file)?;
                let mut hasher = file.digest.as_ref().map(|digest| Hasher::new(digest.algorithm));
                content.flow(archive, member, |piece| {
                    if let Some(hasher) = &mut hasher {
                        hasher.update(piece);
                    }
                    output.write(piece)
                })?;
                if let (Some(hasher), Some(expected)) = (hasher, &file.digest) {
                    compare(archive, member, expected, &hasher.finish())?;
                }
                output.finish(&[])
            }
        }
    }

    /// Creates a file with exactly its mode.
    fn create<'f>(&'f self, file: &'f File) -> Result<Output<'f>> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(if file.executable { 0o755 } else { 0o644 });
        let fault = |error| at(self.root, &file.path, error);
        let opened = rustix::fs::openat(&self.folder, &file.path, flags, mode).map_err(fault)?;
        if !self.exact {
            rustix::fs::fchmod(&opened, mode).map_err(fault)?;
        }
        Ok(Output {
            file: opened.into(),
            path: &file.path,
            shared: self,
        })
    }
}

/// A file being written.
struct Output<'a> {
    file: std::fs::File,
    path: &'a str,
    shared: &'a Shared<'a>,
}

impl Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(|error| at(self.shared.root, self.path, error))
    }

    fn finish(mut self, bytes: &[u8]) -> Result<()> {
        if !bytes.is_empty() {
            self.write(bytes)?;
        }
        if let Some(seconds) = self.shared.options.modified {
            let time = Timespec {
                tv_sec: seconds,
                tv_nsec: 0,
            };
            let times = Timestamps {
                last_access: time,
                last_modification: time,
            };
            let changed = rustix::fs::futimens(self.file.as_fd(), &times);
            changed.map_err(|error| at(self.shared.root, self.path, error))?;
        }
        Ok(())
    }
}

/// Says whether the umask takes nothing from the modes used here. Asking is cheap; setting it would concern all threads.
fn umask_is_open() -> bool {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    umask
        .and_then(|umask| u32::from_str_radix(umask.trim(), 8).ok())
        .is_some_and(|umask| umask & 0o755 == 0)
}

/// Names the path in an error of the system.
fn at(root: &Path, path: &str, error: impl Into<std::io::Error>) -> Error {
    let error = error.into();
    let path = root.join(path);
    Error::Io(std::io::Error::new(
        error.kind(),
        format!("failed to write {}: {error}", path.display()),
    ))
}
