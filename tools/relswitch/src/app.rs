//! An application's folder: where everything is, and who may change it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cli::Failure;
use disk::Lock;
use wire::Kind;

/// The file in a release that says what it is.
pub(crate) const RELEASE_FILE: &str = ".relswitch.json";

/// What stands in the folder of our own state, beside the lock.
const FILES: [&str; 4] = ["config.json", "journal", "log.ndjson", "state.json"];

/// An application's folder.
#[derive(Debug)]
pub(crate) struct App {
    root: PathBuf,
}

/// Where the link `current` points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Current {
    /// Its target, letter by letter.
    pub(crate) target: PathBuf,
    /// The release that it names.
    pub(crate) id: String,
}

/// Returns the real path of something that the user names.
pub(crate) fn real(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => Kind::NotFound,
            _ => Kind::of_io(&error),
        };
        Failure::new(kind, "it cannot be found")
            .file(path.display().to_string())
            .cause(error.to_string())
    })
}

impl App {
    /// Opens an application that `init` has made.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let shown = folder.display().to_string();
        let none = || {
            Failure::new(Kind::NotFound, format!("{shown} is not an application's folder"))
                .file(shown.clone())
                .hint("make it with relswitch init, or name it with -C")
        };
        let root = folder
            .canonicalize()
            .map_err(|error| none().cause(error.to_string()))?;
        let app = Self { root };
        if app.private().is_dir() {
            Ok(app)
        } else {
            Err(none())
        }
    }

    /// Takes a folder that is there as an application's.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// Returns the folder, an absolute path without links.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder of the releases.
    pub(crate) fn releases(&self) -> PathBuf {
        self.root.join("releases")
    }

    /// Returns the folder of one release.
    pub(crate) fn release(&self, id: &str) -> PathBuf {
        self.releases().join(id)
    }

    /// Refuses a release that has no folder, but a link that leads elsewhere for example.
    pub(crate) fn refuse_no_folder(&self, id: &str) -> Result<(), Failure> {
        let folder = self.release(id);
        if fs_err::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
            return Ok(());
        }
        Err(
            Failure::new(Kind::BadState, format!("{} is not a folder", folder.display()))
                .hint("stage the release again"),
        )
    }

    /// Returns the bare repository.
    pub(crate) fn repository(&self) -> PathBuf {
        self.root.join("repo.git")
    }

    /// Returns the clone in which production code is changed in place.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Returns the folder of what releases share.
    pub(crate) fn shared(&self) -> PathBuf {
        self.root.join("shared")
    }

    /// Returns the link to the release that runs.
    pub(crate) fn link(&self) -> PathBuf {
        self.root.join("current")
    }

    /// Returns the folder of our own state.
    pub(crate) fn private(&self) -> PathBuf {
        self.root.join(".relswitch")
    }

    /// Takes the application's lock, waiting for it some seconds.
    ///
    /// Our own files are looked at too: better now than when `current` has moved, or in front of a pipe.
    pub(crate) fn lock(&self, holder: &str, wait: u32) -> Result<Lock, Failure> {
        let wait = Duration::from_secs(wait.into());
        let holder = format!("relswitch {holder}");
        for name in FILES {
            disk::expect_file(&self.private().join(name))?;
        }
        Ok(Lock::exclusive(&self.lock_file(), &holder, wait)?)
    }

    /// Tells whether some run has the application's lock.
    pub(crate) fn is_locked(&self) -> Result<bool, Failure> {
        match Lock::is_held(&self.lock_file()) {
            Err(error) if error.is_not_found() => Ok(false),
            held => Ok(held?),
        }
    }

    fn lock_file(&self) -> PathBuf {
        self.private().join("lock")
    }

    /// Reads the link `current`; `None` if nothing runs yet.
    ///
    /// Anything else but a link to a release that is there is refused, because going back to it would not be possible.
    pub(crate) fn current(&self) -> Result<Option<Current>, Failure> {
        let link = self.link();
        let refuse = |what: &str, hint: &str| {
            let message = format!("{} {what}", link.display());
            Err(Failure::new(Kind::Blocked, message)
                .file(link.display().to_string())
                .hint(hint))
        };
        let target = match disk::read_link(&link) {
            Ok(Some(target)) => target,
            Ok(None) => return Ok(None),
            Err(disk::Error::NotALink { .. }) => {
                return refuse(
                    "is not a link",
                    "relswitch init --adopt makes a release of a folder; else move it away",
                );
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(id) = self.id_of(&target) {
            return Ok(Some(Current { target, id }));
        }
        let what = if fs_err::metadata(&link).is_ok() {
            "which is no release"
        } else {
            "which is not there"
        };
        refuse(
            &format!("points to {}, {what}", target.display()),
            "remove the link, then switch",
        )
    }

    /// Returns the release that the link `current` leads to, in whichever way: what counts is which folder it is.
    fn id_of(&self, target: &Path) -> Option<String> {
        let led = fs_err::metadata(self.link()).ok()?;
        let named_by = |path: &Path| {
            let id = path.file_name()?.to_str()?;
            let release = fs_err::symlink_metadata(self.release(id)).ok()?;
            let same = (led.dev(), led.ino()) == (release.dev(), release.ino());
            (release.is_dir() && same).then(|| id.to_owned())
        };
        // Another link may come in between; to follow them all is some ten calls.
        named_by(target).or_else(|| named_by(&fs_err::canonicalize(self.link()).ok()?))
    }
}

/// Returns the target of a link `current` to this release, relative so that the application can be moved.
pub(crate) fn target(id: &str) -> PathBuf {
    Path::new("releases").join(id)
}
