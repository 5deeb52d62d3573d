//! Where a command works: the root, the state that belongs to it, and as whom.

use crate::tree::hash;
use cli::Failure;
use disk::Dir;
use std::{
    env,
    fs::DirBuilder,
    os::unix::{ffi::OsStrExt, fs::DirBuilderExt},
    path::{Path, PathBuf},
};
use wire::{
    Kind,
    etc::{Mode, Ownership},
};

/// A root that is open, and the folder of its state, which need not be there yet.
#[derive(Debug)]
pub(crate) struct Place {
    /// The root as given on the command line.
    pub(crate) name: String,
    /// The root, opened once.
    pub(crate) root: Dir,
    /// The root without links.
    pub(crate) real: PathBuf,
    /// The folder of the state.
    pub(crate) state: PathBuf,
    /// Whether we are uid 0.
    pub(crate) privileged: bool,
}

impl Place {
    /// Opens a root; `state` overrides where its state is.
    pub(crate) fn open(name: &str, state: Option<&Path>) -> Result<Self, Failure> {
        let path = Path::new(name);
        let root = Dir::open(path).map_err(|error| match error.is_not_found() {
            true => Failure::new(Kind::NotFound, "there is no such root").file(name),
            false => error.into(),
        })?;
        let real = fs_err::canonicalize(path)?;
        let privileged = rustix::process::geteuid().is_root();
        let state = match state {
            Some(state) => std::path::absolute(state)?,
            None => default_state(&real, privileged)?,
        };
        Ok(Self {
            name: name.to_owned(),
            root,
            real,
            state,
            privileged,
        })
    }

    /// Says whether the root is the system's own configuration.
    pub(crate) fn is_etc(&self) -> bool {
        self.real == Path::new("/etc")
    }

    /// Says whether owner and group are compared and set.
    pub(crate) fn ownership(&self) -> Ownership {
        if self.privileged {
            Ownership::Compared
        } else {
            Ownership::Skipped
        }
    }

    /// Returns owner or group as an entry carries it: nothing where ownership is skipped.
    pub(crate) fn owner(&self, id: u32) -> Option<u32> {
        self.privileged.then_some(id)
    }

    /// Makes the entry of a folder.
    pub(crate) fn folder(&self, mode: u32, uid: u32, gid: u32) -> wire::etc::Entry {
        wire::etc::Entry::Folder {
            mode: Mode(mode),
            uid: self.owner(uid),
            gid: self.owner(gid),
        }
    }

    /// Makes the folder of the state, for its owner alone.
    pub(crate) fn make_state(&self) -> Result<(), Failure> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.state);
        made.map_err(|error| {
            Failure::new(Kind::of_io(&error), "cannot make the folder of the state")
                .file(self.state.display().to_string())
                .cause(error.to_string())
        })
    }
}

/// Returns the folder of the state of a root: named after what the root really is, so that
/// every way to write it has the same one.
fn default_state(real: &Path, privileged: bool) -> Result<PathBuf, Failure> {
    let key = match real == Path::new("/etc") {
        true => "etc".to_owned(),
        false => hash::sha256(real.as_os_str().as_bytes())[..12].to_owned(),
    };
    if privileged {
        return Ok(Path::new("/var/lib/etcsync").join(key));
    }
    let set = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    match base {
        Some(base) => Ok(base.join("etcsync").join(key)),
        None => {
            Err(Failure::new(Kind::Usage, "no place for the state: HOME is not set").hint("pass --state DIR"))
        }
    }
}
