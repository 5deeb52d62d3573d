//! Asking git about a repository.

mod process;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use cli::Failure;
use wire::Kind;
use wire::release::{Ancestry, LocalCommit};

use crate::app;

pub(crate) use process::{absent, command, failed, fed, output, read_again, scrap, scrub};

/// A repository.
#[derive(Debug)]
pub(crate) struct Git {
    repository: PathBuf,
    /// Another repository's folder of objects, which are seen too.
    borrowed: Option<PathBuf>,
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

impl Git {
    /// Names a repository.
    pub(crate) fn at(repository: PathBuf) -> Self {
        Self {
            repository,
            borrowed: None,
        }
    }

    /// Returns the same repository, with the objects of a clone seen too: those that nobody pushed yet.
    pub(crate) fn seeing(&self, clone: &Path) -> Self {
        let objects = clone.join(".git/objects");
        Self {
            repository: self.repository.clone(),
            borrowed: objects.is_dir().then_some(objects),
        }
    }

    /// Returns a git command in the repository.
    pub(crate) fn command(&self) -> Command {
        let mut command = command();
        command.arg("--git-dir").arg(&self.repository);
        if let Some(objects) = &self.borrowed {
            command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted(objects));
        }
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

    /// Tells whether a setting is set, for the repository or its user.
    pub(crate) fn is_configured(&self, setting: &str) -> Result<bool, Failure> {
        let output = output(self.command().args(["config", "--get", setting]))?;
        Ok(output.status.success() && !output.stdout.is_empty())
    }

    /// Returns the full name of the commit that a branch, tag or commit means.
    pub(crate) fn resolve(&self, reference: &str) -> Result<String, Failure> {
        let found = self.commits(&[reference])?.pop().flatten();
        found.ok_or_else(|| self.unknown(reference))
    }

    /// Says that a reference means no commit.
    pub(crate) fn unknown(&self, reference: &str) -> Failure {
        let repository = self.repository.display();
        Failure::new(
            Kind::UnknownRef,
            format!("{repository} has no commit {reference:?}"),
        )
        .hint(self.branches_hint())
    }

    /// Returns the full names of the commits that references mean, all asked at once; `None` for one that means none.
    pub(crate) fn commits(&self, references: &[&str]) -> Result<Vec<Option<String>>, Failure> {
        self.objects(&references.iter().map(|name| commit_of(name)).collect::<Vec<_>>())
    }

    /// Returns the tree of a commit.
    pub(crate) fn tree(&self, commit: &str) -> Result<String, Failure> {
        let found = self.objects(&[tree_of(commit)])?.pop().flatten();
        found.ok_or_else(|| self.unknown(commit))
    }

    /// Returns the full names of objects, all asked at once; `None` for one that is not there.
    pub(crate) fn objects(&self, names: &[String]) -> Result<Vec<Option<String>>, Failure> {
        // A line is a question, so a name of two lines is none.
        let lines: String = names
            .iter()
            .map(|name| {
                if name.contains('\n') {
                    "\n".into()
                } else {
                    format!("{name}\n")
                }
            })
            .collect();
        let mut command = self.command();
        command.args(["cat-file", "--batch-check=%(objectname)"]);
        let output = fed(&mut command, &lines)?;
        if !output.status.success() {
            return Err(failed("cannot read the repository", &output.stderr));
        }
        let answers = String::from_utf8_lossy(&output.stdout);
        let found: Vec<_> = answers
            .lines()
            .map(|line| is_object_name(line).then(|| line.to_owned()))
            .collect();
        if found.len() == names.len() {
            return Ok(found);
        }
        Err(failed("cannot read the repository", &output.stderr))
    }

    /// Returns the commit of a reference; `None` if there is no such reference.
    pub(crate) fn lookup(&self, reference: &str) -> Option<String> {
        self.commits(&[reference]).ok()?.pop().flatten()
    }

    /// Tells how a commit relates to another one that runs.
    pub(crate) fn ancestry(&self, running: &str, commit: &str) -> Result<Ancestry, Failure> {
        if running == commit {
            return Ok(Ancestry::Same);
        }
        let range = format!("{running}...{commit}");
        let counts = self.text(
            "cannot compare commits",
            &["rev-list", "--left-right", "--count", &range, "--"],
        )?;
        Ok(match counts.split_once('\t') {
            Some(("0", _)) => Ancestry::Ahead,
            Some((_, "0")) => Ancestry::Behind,
            _ => Ancestry::Diverged,
        })
    }

    /// Tells whether the repository has this commit.
    pub(crate) fn has(&self, commit: &str) -> Result<bool, Failure> {
        Ok(self.commits(&[commit])?.pop().flatten().is_some())
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

    /// Refuses a commit without a signature by one of the keys in a file of allowed signers.
    pub(crate) fn refuse_unsigned(&self, commit: &str, signers: &Path) -> Result<(), Failure> {
        let signers = app::real(signers)?;
        let mut command = self.command();
        let setting = format!("gpg.ssh.allowedSignersFile={}", signers.display());
        command.args(["-c", "gpg.format=ssh", "-c", &setting]);
        // Git goes by the signature, whatever the format that is set: keys of other kinds are in no file of signers.
        command.args(["-c", "gpg.openpgp.program=false", "-c", "gpg.x509.program=false"]);
        let output = output(command.args(["verify-commit", commit]))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let failure = Failure::new(Kind::BadState, format!("commit {commit} has no good signature"))
            .hint(format!("sign it with a key that {} allows", signers.display()));
        Err(match said.is_empty() {
            true => failure,
            false => failure.cause(said),
        })
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

/// Quotes a path as an entry of a list with `:` between them, as git documents it: in C style, within double quotes.
fn quoted(path: &Path) -> OsString {
    let mut quoted = vec![b'"'];
    for byte in path.as_os_str().as_bytes() {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted.push(b'"');
    OsString::from_vec(quoted)
}

/// Names the commit that a reference means.
pub(crate) fn commit_of(reference: &str) -> String {
    format!("{reference}^{{commit}}")
}

/// Names the tree of the commit that a reference means.
pub(crate) fn tree_of(reference: &str) -> String {
    format!("{reference}^{{tree}}")
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

/// Refuses a repository of another user: git would obey its configuration, and does not ask when it is told where the
/// repository is.
pub(crate) fn refuse_foreign(repository: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;
    let owner = fs_err::metadata(repository)?.uid();
    if owner == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let message = format!("{} belongs to somebody else (user {owner})", repository.display());
    Err(Failure::new(Kind::NotOwner, message)
        .file(repository.display().to_string())
        .hint("run relswitch as the user who owns it"))
}

/// Returns the git folder of a clone, if it is one; of another working tree of a repository, the file that names it.
pub(crate) fn folder_of_clone(clone: &Path) -> Option<PathBuf> {
    let folder = clone.join(".git");
    folder.exists().then_some(folder)
}

/// Returns the git folder of a clone in which something was checked out or added.
pub(crate) fn folder_of_used_clone(clone: &Path) -> Option<PathBuf> {
    folder_of_clone(clone).filter(|folder| folder.is_file() || folder.join("index").exists())
}
