//! Checking out a commit to build from.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use build::Project;
use cli::Failure;
use lock::Git;
use wire::Kind;

/// Fetches a repository into `folder`, which is made anew, and checks the commit out.
///
/// History and tags come with it: backends ask them for versions.
pub(crate) fn check_out(git: &Git, folder: &Path) -> Result<(), Failure> {
    disk::remove_tree(folder)?;
    fs_err::create_dir_all(folder)?;
    let run = |arguments: &[&str]| run(git, folder, arguments);
    run(&["init", "--quiet"])?;
    let everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
    run(&[
        "fetch",
        "--quiet",
        "--",
        &git.repository,
        everything[0],
        everything[1],
    ])?;
    let commit = format!("{}^{{commit}}", git.commit);
    if run(&["cat-file", "-e", &commit]).is_err() {
        // It may be one that no branch leads to.
        run(&["fetch", "--quiet", "--", &git.repository, &git.commit])?;
    }
    run(&["checkout", "--quiet", "--detach", &commit])?;
    if folder.join(".gitmodules").exists() {
        return Err(bad(git, "it has submodules, which are not fetched".to_owned()));
    }
    Ok(())
}

/// Finds the project in what was checked out; its time is the commit's.
pub(crate) fn project(git: &Git, folder: &Path) -> Result<Project, Failure> {
    let inside = PathBuf::from(git.subdirectory.as_deref().unwrap_or_default());
    let stays = inside
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    // No link in the repository may lead elsewhere.
    let root = fs_err::canonicalize(folder.join(&inside))
        .ok()
        .filter(|root| root.is_dir());
    let top = fs_err::canonicalize(folder)?;
    let root = root.filter(|root| stays && root.starts_with(&top));
    let root = root.ok_or_else(|| bad(git, format!("it has no folder {}", inside.display())))?;
    let time = run(git, folder, &["show", "--no-patch", "--format=%ct", &git.commit])?;
    let epoch = time.trim().parse().unwrap_or(0);
    Ok(Project {
        root,
        epoch: std::cmp::max(epoch, build::ZIP_EPOCH),
    })
}

/// Runs git as far away from the user's hooks as it goes, and without a question to anybody.
fn run(git: &Git, folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"])
        .args(arguments)
        .stdin(Stdio::null())
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh")
        .env("GIT_HTTP_LOW_SPEED_LIMIT", "1000")
        .env("GIT_HTTP_LOW_SPEED_TIME", "60");
    for (name, _) in std::env::vars_os() {
        if ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]
            .map(OsStr::new)
            .contains(&name.as_os_str())
        {
            command.env_remove(name);
        }
    }
    let output = command.output().map_err(|error| {
        Failure::new(Kind::NotFound, format!("git cannot be run: {error}"))
            .hint("install git, or take the package from an index")
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr).replace(&git.repository, &shown(git));
    let kind = if arguments[0] == "fetch" {
        Kind::Network
    } else {
        Kind::NotFound
    };
    let message = format!("{}: git {} failed", shown(git), arguments[0]);
    Err(Failure::new(kind, message).cause(words.trim()))
}

fn shown(git: &Git) -> String {
    lock::without_credentials(&git.to_string())
}

fn bad(git: &Git, what: String) -> Failure {
    Failure::new(Kind::Unsupported, format!("{}: {what}", shown(git)))
}
