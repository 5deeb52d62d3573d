//! A folder of its own for each test, and the tools run in it as a user runs them.

use rustix::process::geteuid;
use serde_json::Value;
use std::{
    ffi::OsStr,
    io::Write,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::{CommandExt, ExitStatusExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// The unprivileged user of the tests when they run as root: Debian's `www-data`.
pub const UNPRIVILEGED: u32 = 33;

/// The interpreter that every user can reach.
pub const PYTHON: &str = "/usr/bin/python3";

/// Says whether the tests run as root, and so drop to [`UNPRIVILEGED`].
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// A temporary folder that belongs to the user whom the tools run as; removed when dropped.
#[derive(Debug)]
pub struct World {
    folder: TempDir,
    root: PathBuf,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// Makes an empty world with a home in it.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("pydeploy-")
            .tempdir_in("/tmp")
            .unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs_err::set_permissions(&root, PermissionsExt::from_mode(0o755)).unwrap();
        give(&root);
        let world = Self { folder, root };
        world.folder("home");
        world
    }

    /// Returns the folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns a path in it.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.join(name)
    }

    /// Makes a folder in it, and those above.
    pub fn folder(&self, name: impl AsRef<Path>) -> PathBuf {
        let mut path = self.root.clone();
        for part in name.as_ref() {
            path.push(part);
            if !path.exists() {
                fs_err::create_dir(&path).unwrap();
                give(&path);
            }
        }
        path
    }

    /// Writes a file in it, and makes the folders above.
    pub fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let name = name.as_ref();
        self.folder(name.parent().unwrap_or(Path::new("")));
        let path = self.path(name);
        fs_err::write(&path, bytes).unwrap();
        give(&path);
        path
    }

    /// Writes a program in it, and makes the folders above.
    pub fn program(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let name = name.as_ref();
        self.folder(name.parent().unwrap_or(Path::new("")));
        let path = self.path(name);
        write_program(&path, text.as_ref());
        give(&path);
        path
    }

    /// Reads a file in it as text.
    pub fn read(&self, name: impl AsRef<Path>) -> String {
        fs_err::read_to_string(self.path(name)).unwrap()
    }

    /// Prepares to run a program in it, as the unprivileged user, with a clean environment.
    pub fn run(&self, program: impl AsRef<OsStr>) -> Run {
        let program = self.reachable(Path::new(program.as_ref()));
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", self.path("home"))
            .env("LANG", "C.UTF-8")
            .current_dir(&self.root)
            .stdin(Stdio::null());
        Run {
            command,
            unprivileged: true,
            stdin: None,
            root: self.root.clone(),
        }
    }

    /// Makes a real interpreter that has no pip at all: [`PYTHON`] with its library, but for `ensurepip`.
    pub fn python_without_pip(&self) -> PathBuf {
        let real = Path::new(PYTHON).canonicalize().unwrap();
        let library = Path::new("lib").join(real.file_name().unwrap());
        let ours = self.folder(Path::new("python").join(&library));
        for entry in fs_err::read_dir(real.parent().unwrap().join("..").join(&library)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "ensurepip" {
                fs_err::os::unix::fs::symlink(
                    entry.path().canonicalize().unwrap(),
                    ours.join(entry.file_name()),
                )
                .unwrap();
            }
        }
        let python = self.folder("python/bin").join("python3");
        copy_program(&real, &python);
        python
    }

    /// Keeps the folder for a person to look at, and returns it.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// Returns the program, or a copy in the world if the unprivileged user cannot reach it.
    fn reachable(&self, program: &Path) -> PathBuf {
        if !is_root() || !program.is_absolute() || everyone_reaches(program) {
            return program.to_owned();
        }
        let copy = self.folder("bin").join(program.file_name().unwrap());
        if !copy.exists() {
            put_tool(program, &copy);
        }
        copy
    }
}

/// Writes a program that everybody can run.
///
/// Another process does it. While this one has a file open for writing, a child that another test starts has it open
/// too until it executes its own program, and so long the kernel refuses to execute the file ("Text file busy").
pub fn write_program(place: &Path, text: &[u8]) {
    let mut child = Command::new("install")
        .args(["-m", "755", "/dev/stdin"])
        .arg(place)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    assert!(child.wait().unwrap().success(), "{}", place.display());
}

/// Copies a program to where everybody can run it; by another process, as [`write_program`] says.
pub fn copy_program(program: &Path, place: &Path) {
    let mut copy = Command::new("install");
    copy.args(["-m", "755"]).args([program, place]);
    assert!(copy.status().unwrap().success(), "{}", place.display());
}

/// Gives one of our tools another name, where everybody can run it; copies it if that is another file system.
pub fn put_tool(tool: &Path, place: &Path) {
    if fs_err::hard_link(tool, place).is_err() {
        copy_program(tool, place);
    }
}

/// Hands a path to the user whom the tools run as.
pub fn give(path: &Path) {
    if is_root() {
        chown(path, Some(UNPRIVILEGED), Some(UNPRIVILEGED)).unwrap();
    }
}

fn everyone_reaches(path: &Path) -> bool {
    path.ancestors()
        .all(|path| path.metadata().is_ok_and(|found| found.mode() & 0o001 != 0))
}

/// A program about to be run.
#[derive(Debug)]
pub struct Run {
    command: Command,
    unprivileged: bool,
    stdin: Option<Vec<u8>>,
    root: PathBuf,
}

impl Run {
    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Returns the program, for others to start.
    pub fn program(&self) -> PathBuf {
        self.command.get_program().into()
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it in another folder; relative to the world.
    #[must_use]
    pub fn cwd(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(self.root.join(folder));
        self
    }

    /// Gives it these bytes on standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Gives it this as standard input: a listening socket, for example.
    #[must_use]
    pub fn stdin_from(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    /// Lets it have so many threads and processes and no more, whatever else this user runs.
    #[must_use]
    pub fn with_tasks(mut self, count: u32) -> Self {
        // The limit counts what a user has in one user namespace.
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-current-user", "prlimit"]);
        command.arg(format!("--nproc={count}"));
        command
            .arg(self.command.get_program())
            .args(self.command.get_args());
        command.env_clear();
        let given = self.command.get_envs();
        command.envs(given.filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(self.command.get_current_dir().unwrap_or(&self.root));
        command.stdin(Stdio::null());
        self.command = command;
        self
    }

    /// Runs it as the user who runs the tests, root perhaps.
    #[must_use]
    pub fn as_caller(mut self) -> Self {
        self.unprivileged = false;
        self
    }

    /// Starts it, its output piped; the caller waits for it or kills it.
    pub fn spawn(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if self.stdin.is_some() {
            self.command.stdin(Stdio::piped());
        }
        if self.unprivileged && is_root() {
            self.command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        if let (Some(bytes), Some(mut pipe)) = (self.stdin, child.stdin.take()) {
            std::thread::spawn(move || _ = pipe.write_all(&bytes));
        }
        child
    }

    /// Runs it to its end.
    pub fn output(self) -> Ran {
        let (root, shown) = (self.root.clone(), format!("{:?}", self.command));
        Ran::new(self.spawn(), &root, shown)
    }

    /// Runs it to its end and insists on success.
    #[track_caller]
    pub fn succeed(self) -> Ran {
        self.output().expect(0)
    }

    /// Runs it, and kills it with SIGKILL after a while unless it ended before.
    pub fn killed_after(self, time: Duration) -> Ran {
        let (root, shown) = (self.root.clone(), format!("{:?}", self.command));
        let mut child = self.spawn();
        std::thread::sleep(time);
        _ = child.kill();
        Ran::new(child, &root, shown)
    }
}

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    /// Its exit status; 128 and the number of the signal that ended it.
    pub status: i32,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error, the world's folder shown as `[ROOT]`.
    pub stderr: String,
    root: PathBuf,
    shown: String,
}

impl Ran {
    fn new(child: Child, root: &Path, shown: String) -> Self {
        let output = child.wait_with_output().unwrap();
        let status = output
            .status
            .code()
            .or(output.status.signal().map(|signal| 128 + signal))
            .unwrap_or(-1);
        let root = root.to_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).replace(&*root.to_string_lossy(), "[ROOT]");
        Self {
            status,
            stdout: output.stdout,
            stderr,
            root,
            shown,
        }
    }

    /// Insists on an exit status.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}\n--- stdout\n{}\n--- stderr\n{}",
            self.shown,
            self.text(),
            self.stderr
        );
        self
    }

    /// Returns standard output as text, the world's folder shown as `[ROOT]`.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).replace(&*self.root.to_string_lossy(), "[ROOT]")
    }

    /// Returns standard output as a JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}\n{}", self.shown, self.text(), self.stderr))
    }

    /// Insists on a failure of one kind, with its document on standard output and words on standard error.
    #[track_caller]
    pub fn fails(self, status: i32, kind: &str) -> Self {
        let ran = self.expect(status);
        let document = ran.json();
        assert_eq!(document["schema"], "error/1", "{document:#}");
        assert_eq!(document["kind"], kind, "{document:#}");
        assert!(document["hint"].is_string(), "{document:#}");
        assert!(ran.stderr.contains(": error: "), "{}", ran.stderr);
        ran
    }
}
