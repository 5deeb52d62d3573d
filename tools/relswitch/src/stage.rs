//! `stage`: from a commit to a release folder with its code.

use std::path::Path;

use cli::{Failure, Session};
use disk::{Durability, Scratch};
use wire::Kind;
use wire::release::{Ancestry, Release};

use crate::app::{App, RELEASE_FILE};
use crate::extract::{self, Extracted};
use crate::git::{self, Git};
use crate::local::{self, Local};
use crate::plan;
use crate::state::{self, State};
use crate::{args, crash};

/// Makes the release.
pub(crate) fn run(app: &App, args: &args::Stage, session: &Session, wait: u32) -> Result<Release, Failure> {
    git::refuse_quarantine()?;
    let _lock = app.lock(&format!("stage {}", args.reference), wait)?;
    let mut state = crate::recover::before_work(app, session)?;
    let git = Git::at(app.repository());
    let asked = git.resolve(&args.reference)?;
    if let Some(signers) = &args.require_signed {
        require_signature(&git, &asked, signers)?;
    }
    let local = local::decide(app, &git, &asked, args)?;
    if args.reuse
        && let Some(id) = plan::reusable(&state, &local.commit)
    {
        return state::described(app, &id);
    }
    let ancestry = ancestry(app, &state, &git, &local.commit)?;
    if args.ff_only && !matches!(ancestry, Ancestry::First | Ancestry::Same | Ancestry::Ahead) {
        return Err(Failure::new(
            Kind::BadState,
            format!("{} does not descend from what runs", args.reference),
        )
        .hint("merge what runs into it, or stage without --ff-only"));
    }
    refuse_submodules(&git, &local.commit)?;
    let release = make(app, &mut state, &git, &local, args, ancestry)?;
    session
        .progress()
        .note(&format!("staged {} ({} files)", release.id, release.files));
    Ok(release)
}

fn ancestry(app: &App, state: &State, git: &Git, commit: &str) -> Result<Ancestry, Failure> {
    let current = app.current()?;
    let running = current.and_then(|current| state.get(&current.id).map(|release| release.commit.clone()));
    git.ancestry(running.as_deref(), commit)
}

/// Extracts the commit and gives the release its name; pins the commit first.
fn make(
    app: &App,
    state: &mut State,
    git: &Git,
    local: &Local,
    args: &args::Stage,
    ancestry: Ancestry,
) -> Result<Release, Failure> {
    let mut release = Release {
        id: free_id(app, &local.commit),
        seq: state.next,
        reference: args.reference.clone(),
        commit: local.commit.clone(),
        created: state::now(),
        ancestry,
        local_commits: local.commits.clone(),
        local: local.choice,
        ..Release::default()
    };
    release.path = format!("releases/{}", release.id);
    git.pin(&release.id, &release.commit)?;
    crash::at("pinned");
    let made = fill(app, state, git, args, &mut release);
    if made.is_err() {
        // The commit is as it was; what failed is the error to tell.
        let _ = git.unpin(&release.id);
    }
    made.map(|()| release)
}

fn fill(
    app: &App,
    state: &mut State,
    git: &Git,
    args: &args::Stage,
    release: &mut Release,
) -> Result<(), Failure> {
    let scratch = Scratch::beside(&app.release(&release.id), 0o755)?;
    let extracted = extract::commit(git, &release.commit, scratch.path())?;
    crash::at("extracted");
    if args.strict && !extracted.links_outside.is_empty() {
        let links = extracted.links_outside.join(", ");
        return Err(Failure::new(
            Kind::Unsupported,
            format!("links lead out of the release: {links}"),
        )
        .hint("track relative links that stay inside, or stage without --strict"));
    }
    release.export_ignored = export_ignored(git, &release.commit, &extracted)?;
    release.files = extracted.paths.len() as u64;
    release.bytes = extracted.bytes;
    release.links_outside = extracted.links_outside;
    disk::write_json(
        &scratch.path().join(RELEASE_FILE),
        release,
        0o644,
        Durability::Unsynced,
    )?;
    state.next += 1;
    state.releases.push(state::summary(release));
    // Written first: a crash right after leaves an entry without a folder, which the next run drops.
    state.save(app)?;
    crash::at("recorded");
    let published = scratch.publish(Durability::Synced);
    if published.is_err() {
        state.releases.retain(|known| known.id != release.id);
        state.save(app)?;
    }
    crash::at("published");
    Ok(published?)
}

fn export_ignored(git: &Git, commit: &str, extracted: &Extracted) -> Result<u64, Failure> {
    let tracked = git.tracked(commit)?;
    Ok(tracked
        .iter()
        .filter(|(_, path)| !extracted.paths.contains(Path::new(path)))
        .count() as u64)
}

/// Returns an id for people: when, and which commit. The order of releases is the sequence's, not the name's.
fn free_id(app: &App, commit: &str) -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let id = format!("{now}-{}", &commit[..12]);
    let is_free = |id: &String| fs_err::symlink_metadata(app.release(id)).is_err();
    std::iter::once(id.clone())
        .chain((2..).map(|number| format!("{id}-{number}")))
        .find(is_free)
        .unwrap_or(id)
}

fn refuse_submodules(git: &Git, commit: &str) -> Result<(), Failure> {
    let tracked = git.tracked(commit)?;
    let Some((_, path)) = tracked.iter().find(|(mode, _)| mode == "160000") else {
        return Ok(());
    };
    Err(Failure::new(
        Kind::Unsupported,
        format!("{path} is a submodule, which a release would lack"),
    )
    .file(path)
    .hint("track its files in this repository, or install it as a package"))
}

fn require_signature(git: &Git, commit: &str, signers: &Path) -> Result<(), Failure> {
    let signers = fs_err::canonicalize(signers)?;
    let mut command = git.command();
    let setting = format!("gpg.ssh.allowedSignersFile={}", signers.display());
    command.args(["-c", "gpg.format=ssh", "-c", &setting, "verify-commit", commit]);
    let output = git::output(&mut command)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let failure = Failure::new(Kind::BadState, format!("commit {commit} has no good signature"))
        .hint(format!("sign it with a key that {} allows", signers.display()));
    Err(if said.is_empty() {
        failure
    } else {
        failure.cause(said)
    })
}
