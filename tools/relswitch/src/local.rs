//! Commits made on the production host: seen, kept, and never dropped silently.

use std::process::Command;

use cli::Failure;
use wire::Kind;
use wire::release::{LocalChoice, LocalCommit, Release};

use crate::app::App;
use crate::args;
use crate::git::{self, Git};

/// The branch that commits made on this host are pushed to.
pub(crate) const BRANCH: &str = "refs/heads/local";

/// Where local commits are pinned, each end of them by its name.
pub(crate) const KEPT: &str = "refs/relswitch-local";

/// What becomes of local commits.
#[derive(Debug)]
pub(crate) struct Local {
    /// The commits that what was asked for lacks, newest first.
    pub(crate) commits: Vec<LocalCommit>,
    /// What was decided about them, if there are any.
    pub(crate) choice: Option<LocalChoice>,
    /// The commit to stage.
    pub(crate) commit: String,
}

/// What was asked for, beside what there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The branch, tag or commit, as given.
    pub(crate) reference: &'a str,
    /// The commit that it means.
    pub(crate) commit: &'a str,
    /// The commit of the branch `local`, if there is that branch.
    pub(crate) branch: Option<&'a str>,
}

/// Decides which commit to stage when one was asked for. Local commits that it lacks are pinned, whatever is decided.
///
/// # Errors
/// This host has commits that `commit` lacks, and neither merging nor dropping them was asked for; or they conflict.
pub(crate) fn decide(app: &App, git: &Git, asked: &Asked<'_>, args: &args::Stage) -> Result<Local, Failure> {
    let Asked {
        reference, commit, ..
    } = *asked;
    if !args.drop_local {
        refuse_unpushed(app, git)?;
    }
    let (tips, commits) = lacking(app, git, asked.branch, commit)?;
    let kept = |choice| Local {
        commits: commits.clone(),
        choice,
        commit: commit.to_owned(),
    };
    if commits.is_empty() {
        return Ok(kept(None));
    }
    keep(app, git, &tips)?;
    if args.drop_local {
        return Ok(kept(Some(LocalChoice::Dropped)));
    }
    if !args.merge_local {
        return Err(refusal(&commits));
    }
    let mut merged = commit.to_owned();
    for tip in &tips {
        if !git.missing(&[tip], &[&merged])?.is_empty() {
            if let Some(signers) = &args.require_signed {
                git.refuse_unsigned(tip, signers)?;
            }
            merged = merge(git, &merged, tip, reference)?;
        }
    }
    Ok(Local {
        commit: merged,
        ..kept(Some(LocalChoice::Merged))
    })
}

/// Lists the commits made on this host that `commit` lacks, newest first.
pub(crate) fn commits(app: &App, git: &Git, commit: &str) -> Result<Vec<LocalCommit>, Failure> {
    let found = git.commits(&[BRANCH, commit])?;
    let [branch, Some(_)] = found.as_slice() else {
        return Ok(Vec::new());
    };
    Ok(lacking(app, git, branch.as_deref(), commit)?.1)
}

/// Returns where local work ends, and the commits of it that `commit` lacks, pushed or not.
fn lacking(
    app: &App,
    git: &Git,
    branch: Option<&str>,
    commit: &str,
) -> Result<(Vec<String>, Vec<LocalCommit>), Failure> {
    let git = git.seeing(&app.work());
    let tips = tips(app, &git, branch)?;
    let names: Vec<&str> = tips.iter().map(String::as_str).collect();
    let commits = match names.is_empty() {
        true => Vec::new(),
        false => git.missing(&names, &[commit])?,
    };
    Ok((tips, commits))
}

/// Pins local commits, whatever becomes of the branch `local` and of the clone; fetches those that nobody pushed.
fn keep(app: &App, git: &Git, tips: &[String]) -> Result<(), Failure> {
    let what = "cannot pin local commits";
    for tip in tips {
        let name = format!("{KEPT}/{tip}");
        if git.has(tip)? {
            git.text(what, &["update-ref", &name, tip])?;
            continue;
        }
        let mut fetch = git.command();
        fetch.args(["-c", "protocol.file.allow=always", "-c", "maintenance.auto=false"]);
        fetch.args(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"]);
        let output = git::output(fetch.arg(app.work()).arg(format!("HEAD:{name}")))?;
        if !output.status.success() {
            return Err(git::failed(what, &output.stderr));
        }
    }
    Ok(())
}

/// Returns where local work ends: the branch `local`, and what is checked out in the clone if no branch has it.
fn tips(app: &App, git: &Git, branch: Option<&str>) -> Result<Vec<String>, Failure> {
    let mut tips: Vec<String> = branch.map(str::to_owned).into_iter().collect();
    let head = head_of_work(app).filter(|head| !tips.contains(head));
    if let Some(head) = head
        && git.has(&head)?
        && !git.missing(&[&head], &["--branches", "--tags"])?.is_empty()
    {
        tips.push(head);
    }
    Ok(tips)
}

fn head_of_work(app: &App) -> Option<String> {
    Git::at(git::folder_of_used_clone(&app.work())?).lookup("HEAD")
}

/// Refuses changes in the clone that the repository does not know.
fn refuse_unpushed(app: &App, git: &Git) -> Result<(), Failure> {
    let Some(folder) = git::folder_of_used_clone(&app.work()) else {
        return Ok(());
    };
    let work = app.work();
    // What git does to compare files is said by the clone's own configuration.
    git::refuse_foreign(&work)?;
    git::refuse_foreign(&folder)?;
    let refuse = |what: &str, hint: &str| {
        let message = format!("{} has {what}", work.display());
        Err(Failure::new(Kind::LocalCommits, message)
            .file(work.display().to_string())
            .hint(hint))
    };
    let mut status = Git::at(folder).command();
    status
        .arg("--work-tree")
        .arg(&work)
        .args(["status", "--porcelain", "--untracked-files=no"]);
    let output = git::output(status.current_dir(&work))?;
    if !output.status.success() {
        return Err(git::failed("cannot look at the clone in work/", &output.stderr));
    }
    if !output.stdout.is_empty() {
        return refuse(
            "changes that are not committed",
            "commit and push them, or pass --drop-local",
        );
    }
    match head_of_work(app) {
        Some(head) if !git.has(&head)? => refuse(
            "commits that are not pushed",
            "push them (git -C work push), or pass --drop-local",
        ),
        _ => Ok(()),
    }
}

fn refusal(commits: &[LocalCommit]) -> Failure {
    let mut failure = Failure::new(
        Kind::LocalCommits,
        format!(
            "production has {} that this lacks",
            cli::counted(commits.len(), "commit")
        ),
    );
    for commit in commits.iter().take(10) {
        failure = failure.cause(format!(
            "{} {}",
            &commit.commit[..12.min(commit.commit.len())],
            commit.subject
        ));
    }
    failure
}

/// Makes the merge of two commits, without a working tree.
fn merge(git: &Git, ours: &str, theirs: &str, reference: &str) -> Result<String, Failure> {
    let output =
        git::output(
            git.command()
                .args(["merge-tree", "--write-tree", "--name-only", ours, theirs]),
        )?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let tree = text.lines().next().unwrap_or_default().to_owned();
    if output.status.code() == Some(1) {
        let paths: Vec<&str> = text.lines().skip(1).take_while(|line| !line.is_empty()).collect();
        return Err(Failure::new(
            Kind::LocalCommits,
            format!("local commits conflict with {reference}"),
        )
        .cause(format!("both change {}", paths.join(", ")))
        .hint("pull them into development, resolve the conflict there, and push"));
    }
    if !output.status.success() {
        return Err(git::failed("cannot merge local commits", &output.stderr));
    }
    let message = format!("Merge commits made in production into {reference}");
    let mut command = git.command();
    command.args(["commit-tree", &tree, "-p", ours, "-p", theirs, "-m", &message]);
    let output = git::output(sign(&mut command))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(git::failed("cannot merge local commits", &output.stderr))
}

/// Tells whether a release is the merge of exactly this commit with commits made on this host, as [`decide`] makes it:
/// one merge for each end of local work, the commit at the beginning of them.
pub(crate) fn is_merged(git: &Git, release: &Release, commit: &str) -> Result<bool, Failure> {
    let made_here = |parent: &str| release.local_commits.iter().any(|local| local.commit == parent);
    let mut merge = release.commit.clone();
    while release.local == Some(LocalChoice::Merged) {
        let parents = git.commits(&[&format!("{merge}^1"), &format!("{merge}^2")])?;
        match parents.as_slice() {
            [Some(ours), Some(theirs)] if made_here(theirs) && ours == commit => return Ok(true),
            [Some(ours), Some(theirs)] if made_here(theirs) => merge.clone_from(ours),
            _ => return Ok(false),
        }
    }
    Ok(false)
}

/// Makes merges by name of the tool, so that nobody's git configuration is needed.
fn sign(command: &mut Command) -> &mut Command {
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "relswitch")
            .env(format!("GIT_{role}_EMAIL"), "relswitch@localhost");
    }
    command
}
