//! `init`: the folders of an application, its repository, and a clone to work in.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use cli::{Failure, Session};
use disk::{Durability, Scratch};
use wire::Kind;
use wire::release::{Config, Initialised};

use crate::app::App;
use crate::state::State;
use crate::{adopt, git};

/// The folders, and what the umask leaves of their modes. Whoever writes into the first two decides what is run.
const FOLDERS: [(&str, u32); 4] = [
    (".relswitch", 0o755),
    ("releases", 0o755),
    ("shared", 0o777),
    ("wheels", 0o777),
];

/// Makes what is missing. What is there stays as it is.
pub(crate) fn run(folder: &Path, adopt: bool, session: &Session, wait: u32) -> Result<Initialised, Failure> {
    fs_err::create_dir_all(folder)?;
    let app = App::at(fs_err::canonicalize(folder)?);
    let mut created = Vec::new();
    for (name, mode) in FOLDERS {
        make_folder(&app, name, mode, &mut created)?;
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

fn make_folder(app: &App, name: &str, mode: u32, created: &mut Vec<String>) -> Result<(), Failure> {
    let path = app.root().join(name);
    match DirBuilder::new().mode(mode).create(&path) {
        Ok(()) => created.push(name.to_owned()),
        // Perhaps by another run, just now.
        Err(_) if path.is_dir() => {}
        Err(error) => {
            let failure = Failure::new(Kind::of_io(&error), format!("cannot make {}", path.display()));
            return Err(failure.file(path.display().to_string()).cause(error.to_string()));
        }
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
    if repository.join("HEAD").is_file() {
        return configure(&repository, &REPOSITORY);
    }
    created.push("repo.git".to_owned());
    make_git(&repository, &["--bare"], "", &REPOSITORY)
}

/// Makes the clone for changes made in production.
fn make_work(app: &App, created: &mut Vec<String>) -> Result<(), Failure> {
    let work = app.work();
    match git::folder_of_clone(&work) {
        Some(folder) if folder.is_dir() => configure(&folder, &WORK),
        // Another working tree of a repository has that one's settings.
        Some(_) => Ok(()),
        None => {
            created.push("work".to_owned());
            make_git(&work, &[], ".git", &WORK)
        }
    }
}

/// Makes a repository with its settings, whole or not at all: a power cut may leave files of git's that are empty.
/// A folder that is there already becomes one where it is.
fn make_git(place: &Path, options: &[&str], folder: &str, settings: &[(&str, &str)]) -> Result<(), Failure> {
    let make = |place: &Path| {
        run_git(options, place)?;
        configure(&place.join(folder), settings)
    };
    if fs_err::symlink_metadata(place).is_ok() {
        return make(place);
    }
    let scratch = Scratch::beside(place, 0o700)?;
    make(scratch.path())?;
    // Who may read it is the umask's matter, as with what git made in it.
    let made = fs_err::metadata(scratch.path().join(folder).join("objects"))?;
    fs_err::set_permissions(scratch.path(), made.permissions())?;
    Ok(scratch.publish(Durability::Synced)?)
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

fn run_git(options: &[&str], place: &Path) -> Result<(), Failure> {
    let mut command = git::command();
    command.args(["init", "--quiet", "--initial-branch=main"]);
    let output = git::output(command.args(options).arg(place))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(git::failed("cannot make the repository", &output.stderr))
    }
}
