//! Asking git, with nothing of the caller's in its way and no network.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cli::Failure;
use wire::Kind;
use wire::release::{Ancestry, LocalCommit};

/// What git is told on every command line.
const SETTINGS: [&str; 9] = [
    "protocol.allow=never",
    "core.autocrlf=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "tar.umask=0022",
    // Pointers of large files are found by their content and refused; their filter would reach out.
    "filter.lfs.smudge=",
    "filter.lfs.process=",
    "filter.lfs.required=false",
    "advice.detachedHead=false",
];

/// A repository.
#[derive(Debug)]
pub(crate) struct Git {
    repository: PathBuf,
}

/// A path that a commit has.
#[derive(Debug)]
pub(crate) struct Tracked {
    /// Whether it is a commit of another repository.
    pub(crate) is_submodule: bool,
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl Tracked {
    /// Reads an entry of `git ls-tree -z`: mode, kind and name of the object, a tab, the path.
    fn read(entry: &[u8]) -> Option<Self> {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let path = PathBuf::from(OsStr::from_bytes(&entry[tab + 1..]));
        Some(Self {
            is_submodule: entry.starts_with(b"160000 "),
            path,
        })
    }
}

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
    command.output().map_err(|error| {
        Failure::new(Kind::NotFound, "cannot run git")
            .cause(error.to_string())
            .hint("install git")
    })
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

impl Git {
    /// Names a repository.
    pub(crate) fn at(repository: PathBuf) -> Self {
        Self { repository }
    }

    /// Returns a git command in the repository.
    pub(crate) fn command(&self) -> Command {
        let mut command = command();
        command.arg("--git-dir").arg(&self.repository);
        command
    }

    /// Runs a git command that has to succeed, and returns what it prints.
    pub(crate) fn text(&self, what: &str, arguments: &[&str]) -> Result<String, Failure> {
        let output = output(self.command().args(arguments))?;
        if !output.status.success() {
            return Err(failed(what, &output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end_matches('\n')
            .to_owned())
    }

    /// Runs a git command whose exit status is its answer.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<bool, Failure> {
        Ok(output(self.command().args(arguments))?.status.success())
    }

    /// Returns the full name of the commit that a branch, tag or commit means.
    pub(crate) fn resolve(&self, reference: &str) -> Result<String, Failure> {
        let asked = format!("{reference}^{{commit}}");
        let output =
            output(
                self.command()
                    .args(["rev-parse", "--verify", "--quiet", "--end-of-options", &asked]),
            )?;
        let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && is_object_name(&commit) {
            return Ok(commit);
        }
        if String::from_utf8_lossy(&output.stderr).contains("dubious ownership") {
            return Err(failed("cannot read the repository", &output.stderr));
        }
        let repository = self.repository.display();
        Err(Failure::new(
            Kind::UnknownRef,
            format!("{repository} has no commit {reference:?}"),
        )
        .hint(self.branches_hint()))
    }

    /// Returns the commit of a reference; `None` if there is no such reference.
    pub(crate) fn lookup(&self, reference: &str) -> Option<String> {
        self.resolve(reference).ok()
    }

    /// Tells how a commit relates to another one that runs.
    pub(crate) fn ancestry(&self, running: Option<&str>, commit: &str) -> Result<Ancestry, Failure> {
        let Some(running) = running else {
            return Ok(Ancestry::First);
        };
        if running == commit {
            return Ok(Ancestry::Same);
        }
        if !self.has(running)? {
            return Ok(Ancestry::Unknown);
        }
        let (ahead, behind) = (
            self.is_ancestor(running, commit)?,
            self.is_ancestor(commit, running)?,
        );
        Ok(match (ahead, behind) {
            (true, _) => Ancestry::Ahead,
            (_, true) => Ancestry::Behind,
            _ => Ancestry::Diverged,
        })
    }

    /// Tells whether the repository has this commit.
    pub(crate) fn has(&self, commit: &str) -> Result<bool, Failure> {
        self.ask(&["cat-file", "-e", &format!("{commit}^{{commit}}")])
    }

    /// Lists the commits that `tips` have and `without` do not, newest first.
    pub(crate) fn missing(&self, tips: &[&str], without: &[&str]) -> Result<Vec<LocalCommit>, Failure> {
        let mut arguments = vec!["log", "--format=%H %s"];
        arguments.extend(tips);
        arguments.push("--not");
        arguments.extend(without);
        arguments.push("--");
        let text = self.text("cannot compare commits", &arguments)?;
        let commits = text
            .lines()
            .filter_map(|line| line.split_once(' ').or(Some((line, ""))));
        Ok(commits
            .map(|(commit, subject)| LocalCommit {
                commit: commit.to_owned(),
                subject: subject.to_owned(),
            })
            .collect())
    }

    /// Lists the tracked paths of a commit with their modes.
    pub(crate) fn tracked(&self, commit: &str) -> Result<Vec<Tracked>, Failure> {
        let output = output(
            self.command()
                .args(["ls-tree", "-r", "-z", "--full-tree", commit]),
        )?;
        if !output.status.success() {
            return Err(failed("cannot list the commit's files", &output.stderr));
        }
        Ok(output
            .stdout
            .split(|byte| *byte == 0)
            .filter_map(Tracked::read)
            .collect())
    }

    /// Keeps a commit from being collected as garbage while the release is there.
    pub(crate) fn pin(&self, id: &str, commit: &str) -> Result<(), Failure> {
        self.text("cannot pin the commit", &["update-ref", &pin_name(id), commit])
            .map(drop)
    }

    /// Lets a release's commit go. A pin that is gone already is fine.
    pub(crate) fn unpin(&self, id: &str) -> Result<(), Failure> {
        self.text("cannot unpin the commit", &["update-ref", "-d", &pin_name(id)])
            .map(drop)
    }

    /// Lists the releases whose commits are pinned.
    pub(crate) fn pinned(&self) -> Result<Vec<String>, Failure> {
        let format = "--format=%(refname:lstrip=2)";
        let text = self.text(
            "cannot list pinned commits",
            &["for-each-ref", format, "refs/relswitch"],
        )?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn is_ancestor(&self, old: &str, new: &str) -> Result<bool, Failure> {
        self.ask(&["merge-base", "--is-ancestor", old, new])
    }

    fn branches_hint(&self) -> String {
        let listed = self.text(
            "",
            &[
                "for-each-ref",
                "--count=10",
                "--format=%(refname:short)",
                "refs/heads",
            ],
        );
        match listed.unwrap_or_default().lines().collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "nothing was pushed into it yet".to_owned(),
            branches => format!("push it first; its branches are: {branches}"),
        }
    }
}

/// Refuses to work where the objects of a push are not accepted yet.
pub(crate) fn refuse_quarantine() -> Result<(), Failure> {
    if std::env::var_os("GIT_QUARANTINE_PATH").is_none() {
        return Ok(());
    }
    Err(Failure::new(
        Kind::BadState,
        "the push is not accepted yet, so its commits may still vanish",
    )
    .hint("call relswitch from post-receive, not from pre-receive or update"))
}

/// Tells whether this is the full name of an object, SHA-1 or SHA-256.
fn is_object_name(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn pin_name(id: &str) -> String {
    format!("refs/relswitch/{id}")
}

/// Returns the git folder of a clone, if it is one.
pub(crate) fn folder_of_clone(clone: &Path) -> Option<PathBuf> {
    let folder = clone.join(".git");
    folder.is_dir().then_some(folder)
}
