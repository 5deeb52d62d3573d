//! `stage`: from a commit, or a plain folder, to a release folder with its code.

use std::path::Path;

use cli::{Failure, Session};
use wire::Kind;
use wire::release::{Ancestry, Release};

use crate::app::App;
use crate::extract::Extracted;
use crate::git::{self, Git, Tracked};
use crate::local::{self, Asked, Local};
use crate::making::{self, Making};
use crate::state::{self, State};
use crate::{args, copy, crash, extract, filters, pins, plan, recover};

/// Makes the release.
pub(crate) fn run(app: &App, args: &args::Stage, session: &Session, wait: u32) -> Result<Release, Failure> {
    git::refuse_quarantine()?;
    let reference = args.reference.clone().unwrap_or_default();
    let _lock = app.lock(&format!("stage {reference}"), wait)?;
    let mut state = recover::before_work(app, session)?;
    // Better now than after a build: what cannot be switched away from is refused.
    let current = app.current()?;
    let running = current.and_then(|current| state.get(&current.id).map(|release| release.commit.clone()));
    let release = match &args.from {
        Some(folder) => from_folder(app, &mut state, folder, args)?,
        None => from_commit(app, &mut state, &reference, running.as_deref(), args)?,
    };
    session
        .progress()
        .note(&format!("staged {} ({} files)", release.id, release.files));
    Ok(release)
}

fn from_commit(
    app: &App,
    state: &mut State,
    reference: &str,
    running: Option<&str>,
    args: &args::Stage,
) -> Result<Release, Failure> {
    git::refuse_foreign(&app.repository())?;
    pins::sweep_locks(&app.repository());
    let git = Git::at(app.repository());
    let running = running.filter(|running| !running.is_empty());
    let found = Found::ask(&git, reference, running)?;
    let local = choose(app, &git, reference, &found, args)?;
    let ancestry = ancestry(&git, running, found.running.as_deref(), &local.commit)?;
    if args.ff_only {
        refuse_sideways(reference, ancestry)?;
    }
    if args.reuse
        && let Some(id) = plan::reusable(state, &local.commit)
    {
        let release = state::described(app, &id)?;
        if args.strict {
            making::refuse_links(&release.links_outside)?;
        }
        return Ok(release);
    }
    let release = Release {
        id: making::free_id(app, &local.commit[..12]),
        reference: reference.to_owned(),
        tree: found.tree(&git, &local.commit)?,
        commit: local.commit,
        ancestry,
        local_commits: local.commits,
        local: local.choice,
        ..Release::default()
    };
    let making = Making {
        app,
        state,
        strict: args.strict,
    };
    extract_pinned(&git, making, release)
}

/// What the repository has of what was asked for, and of what that is compared with.
struct Found {
    commit: String,
    tree: String,
    /// The commit of the branch `local`.
    branch: Option<String>,
    /// The commit that runs.
    running: Option<String>,
}

impl Found {
    /// Asks for all at once, because each question is a process to wait for.
    fn ask(git: &Git, reference: &str, running: Option<&str>) -> Result<Self, Failure> {
        let [asked, branch, running] =
            [reference, local::BRANCH, running.unwrap_or_default()].map(git::commit_of);
        let found = git.objects(&[asked, branch, running, git::tree_of(reference)])?;
        let [Some(commit), branch, running, Some(tree)] = found.as_slice() else {
            return Err(git.unknown(reference));
        };
        Ok(Self {
            commit: commit.clone(),
            tree: tree.clone(),
            branch: branch.clone(),
            running: running.clone(),
        })
    }

    /// Returns the tree of the commit to stage, which may be a merge of the one that was found.
    fn tree(&self, git: &Git, commit: &str) -> Result<String, Failure> {
        if commit == self.commit {
            Ok(self.tree.clone())
        } else {
            git.tree(commit)
        }
    }
}

/// Chooses the commit to stage: the one that was asked for if it may be trusted, or a merge of it with local ones.
fn choose(
    app: &App,
    git: &Git,
    reference: &str,
    found: &Found,
    args: &args::Stage,
) -> Result<Local, Failure> {
    if let Some(signers) = &args.require_signed {
        git.refuse_unsigned(&found.commit, signers)?;
    }
    let asked = Asked {
        reference,
        commit: &found.commit,
        branch: found.branch.as_deref(),
    };
    local::decide(app, git, &asked, args)
}

/// Says how a commit relates to the one that runs, which the repository need not have.
fn ancestry(
    git: &Git,
    running: Option<&str>,
    known: Option<&str>,
    commit: &str,
) -> Result<Ancestry, Failure> {
    match (running, known) {
        (None, _) => Ok(Ancestry::First),
        (Some(_), None) => Ok(Ancestry::Unknown),
        (Some(_), Some(known)) => git.ancestry(known, commit),
    }
}

/// Refuses what is not the commit that runs with more upon it.
fn refuse_sideways(reference: &str, ancestry: Ancestry) -> Result<(), Failure> {
    if matches!(ancestry, Ancestry::First | Ancestry::Same | Ancestry::Ahead) {
        return Ok(());
    }
    let message = format!("{reference} does not descend from what runs");
    Err(Failure::new(Kind::BadState, message).hint("merge what runs into it, or stage without --ff-only"))
}

/// Pins the commit and makes the release; lets the commit go if that fails.
fn extract_pinned(git: &Git, mut making: Making<'_>, release: Release) -> Result<Release, Failure> {
    let id = release.id.clone();
    let made = making.make(release, |folder, release| {
        let (extracted, tracked) = fill(git, release, folder)?;
        crash::at("pinned");
        let is_left_out = |tracked: &&Tracked| !extracted.paths.contains(&tracked.path);
        release.export_ignored = tracked.iter().filter(is_left_out).count() as u64;
        Ok(extracted)
    });
    if made.is_err() {
        // What failed is the error to tell.
        let _ = git.unpin([&id]);
    }
    made
}

/// Extracts the commit; pins it and lists what it tracks meanwhile, because each is a process to wait for.
fn fill(git: &Git, release: &Release, folder: &Path) -> Result<(Extracted, Vec<Tracked>), Failure> {
    let (id, commit) = (&release.id, &release.commit);
    let note = || threads::both(|| git.pin(id, commit), || wanted(git, commit));
    let ((pinned, tracked), extracted) = threads::both(note, || extract::commit(git, commit, folder));
    let filled = (extracted?, tracked?);
    // Of a full disk, git says only that it could not write.
    pinned?;
    Ok(filled)
}

/// Lists what a commit tracks; refuses what its archive would lack, or hold in another form.
fn wanted(git: &Git, commit: &str) -> Result<Vec<Tracked>, Failure> {
    let tracked = git.tracked(commit)?;
    refuse_submodules(&tracked)?;
    filters::refuse_unknown(git, commit, &tracked)?;
    Ok(tracked)
}

fn from_folder(app: &App, state: &mut State, folder: &Path, args: &args::Stage) -> Result<Release, Failure> {
    let release = Release {
        id: making::free_id(app, "folder"),
        reference: folder.display().to_string(),
        ancestry: Ancestry::Unknown,
        ..Release::default()
    };
    let source = copy::source(app, folder)?;
    let mut making = Making {
        app,
        state,
        strict: args.strict,
    };
    making.make(release, |place, _| copy::tree(&source, place))
}

fn refuse_submodules(tracked: &[Tracked]) -> Result<(), Failure> {
    let Some(found) = tracked.iter().find(|tracked| tracked.is_submodule) else {
        return Ok(());
    };
    let path = found.path.display().to_string();
    Err(Failure::new(
        Kind::Unsupported,
        format!("{path} is a submodule, which a release would lack"),
    )
    .file(path)
    .hint("track its files in this repository, or install it as a package"))
}
