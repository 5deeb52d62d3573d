//! `init`: the folders of an application, its repository, and a clone to work in.

use std::path::{Path, PathBuf};

use cli::{Failure, Session};
use disk::Durability;
use wire::release::{Config, Initialised};

use crate::app::App;
use crate::state::State;
use crate::{adopt, git};

/// Makes what is missing. What is there stays as it is.
pub(crate) fn run(folder: &Path, adopt: bool, session: &Session, wait: u32) -> Result<Initialised, Failure> {
    fs_err::create_dir_all(folder)?;
    let app = App::at(fs_err::canonicalize(folder)?);
    let mut created = Vec::new();
    for name in [".relswitch", "releases", "shared", "wheels"] {
        make_folder(&app, name, &mut created)?;
    }
    let _lock = app.lock("init", wait)?;
    make_repository(&app, &mut created)?;
    make_work(&app, &mut created)?;
    make_files(&app, &mut created)?;
    let adopted = if adopt {
        adopt::run(&app, session)?
    } else {
        Vec::new()
    };
    disk::sync_filesystem(app.root())?;
    Ok(Initialised {
        app: folder.display().to_string(),
        created,
        adopted,
        ..Initialised::default()
    })
}

fn make_folder(app: &App, name: &str, created: &mut Vec<String>) -> Result<(), Failure> {
    let path = app.root().join(name);
    if !path.is_dir() {
        fs_err::create_dir(path)?;
        created.push(name.to_owned());
    }
    Ok(())
}

/// Settings of the bare repository: what is pushed is complete and well-formed, history only grows, and what was
/// pushed survives a power cut.
const REPOSITORY: [(&str, &str); 4] = [
    ("receive.fsckObjects", "true"),
    ("receive.denyNonFastForwards", "true"),
    ("core.logAllRefUpdates", "true"),
    ("core.fsync", "all"),
];

/// Settings of the clone: a plain push in it goes to the branch `local`.
const WORK: [(&str, &str); 6] = [
    ("remote.origin.url", "../repo.git"),
    ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
    ("remote.origin.push", "HEAD:refs/heads/local"),
    ("branch.main.remote", "origin"),
    ("branch.main.merge", "refs/heads/main"),
    ("core.fsync", "all"),
];

/// Makes the bare repository that development pushes into.
fn make_repository(app: &App, created: &mut Vec<String>) -> Result<(), Failure> {
    let repository = app.repository();
    if !repository.join("HEAD").is_file() {
        run_git(
            &["init", "--quiet", "--bare", "--initial-branch=main"],
            Some(&repository),
        )?;
        created.push("repo.git".to_owned());
    }
    configure(&repository, &REPOSITORY)
}

/// Makes the clone for changes made in production.
fn make_work(app: &App, created: &mut Vec<String>) -> Result<(), Failure> {
    let work = app.work();
    if git::folder_of_clone(&work).is_none() {
        run_git(&["init", "--quiet", "--initial-branch=main"], Some(&work))?;
        created.push("work".to_owned());
    }
    match git::folder_of_clone(&work) {
        // Another working tree of a repository has that one's settings.
        Some(folder) if folder.is_dir() => configure(&folder, &WORK),
        _ => Ok(()),
    }
}

fn make_files(app: &App, created: &mut Vec<String>) -> Result<(), Failure> {
    let config = config_file(app);
    if !config.exists() {
        disk::write_json(&config, &Config::default(), 0o644, Durability::Synced)?;
        created.push(".relswitch/config.json".to_owned());
    }
    if !app.private().join("state.json").exists() {
        State::rebuild(app)?.save(app)?;
    }
    Ok(())
}

/// Reads what the application wants of its releases.
pub(crate) fn config(app: &App) -> Result<Config, Failure> {
    let explained = |error| match error {
        disk::Error::Damaged { .. } => Failure::from(error).hint(
            "relswitch(1), FILES, shows what it may say; without the file everything has its usual value",
        ),
        _ => error.into(),
    };
    let config = disk::read_json(&config_file(app)).map_err(explained)?;
    Ok(config.unwrap_or_default())
}

fn config_file(app: &App) -> PathBuf {
    app.private().join("config.json")
}

/// Sets what is not set yet: an interrupted run is completed, and what the user has changed stays.
fn configure(repository: &Path, settings: &[(&str, &str)]) -> Result<(), Failure> {
    let git = git::Git::at(repository.to_path_buf());
    let what = "cannot configure the repository";
    let names = git.text(what, &["config", "--local", "--list", "--name-only"])?;
    let is_set = |name: &str| names.lines().any(|set| set.eq_ignore_ascii_case(name));
    for (name, value) in settings.iter().filter(|(name, _)| !is_set(name)) {
        git.text(what, &["config", "--local", name, value])?;
    }
    Ok(())
}

fn run_git(arguments: &[&str], path: Option<&Path>) -> Result<(), Failure> {
    let output = git::output(git::command().args(arguments).args(path))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(git::failed("cannot make the repository", &output.stderr))
    }
}
