//! What a new virtual environment consists of (PEP 405), before anything is installed in it.

mod activate;

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::ask::Interpreter;
use crate::error::Result;

/// How an environment is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The absolute path where it will be used.
    pub destination: PathBuf,
    /// The name shown in front of the shell's prompt; without one, the folder's.
    pub prompt: Option<String>,
    /// Whether it sees the packages of its base.
    pub system_site_packages: bool,
    /// Whether it has activation scripts.
    pub activation: bool,
    /// Whether it can be moved: what is in it finds the rest by its own place.
    pub relocatable: bool,
}

impl Options {
    /// A plain environment, with activation scripts and without the base's packages.
    pub fn new(destination: impl Into<PathBuf>) -> Self {
        Self {
            destination: destination.into(),
            prompt: None,
            system_site_packages: false,
            activation: true,
            relocatable: false,
        }
    }

    /// Returns the path by which scripts start the environment's interpreter; as seen from their own folder, if the
    /// environment is to be moved.
    pub fn python_of_scripts(&self, interpreter: &Interpreter) -> PathBuf {
        if self.relocatable {
            PathBuf::from("python")
        } else {
            self.python(interpreter)
        }
    }

    /// Returns the environment's interpreter.
    pub fn python(&self, interpreter: &Interpreter) -> PathBuf {
        self.destination
            .join(&interpreter.facts().scheme.scripts)
            .join("python")
    }
}

/// One thing to be made, at a path relative to the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A folder; those above it come earlier.
    Folder(String),
    /// A file.
    File {
        /// Its path.
        path: String,
        /// Its content.
        content: Vec<u8>,
    },
    /// A symbolic link.
    Link {
        /// Its path.
        path: String,
        /// What it says.
        to: PathBuf,
    },
}

impl Item {
    /// Returns the path.
    pub fn path(&self) -> &str {
        match self {
            Self::Folder(path) | Self::File { path, .. } | Self::Link { path, .. } => path,
        }
    }
}

/// Lists what an environment consists of, folders before what is in them.
pub fn plan(interpreter: &Interpreter, options: &Options) -> Vec<Item> {
    let scheme = &interpreter.facts().scheme;
    let scripts = &scheme.scripts;
    let mut items = Vec::new();
    for folder in [scripts.as_str(), "include", &scheme.purelib, &scheme.platlib] {
        push_folders(&mut items, folder);
    }
    let system = interpreter.document.system.as_ref();
    if system.is_some_and(|system| system.bits == 64 && system.macos.is_none()) {
        // Some bases look for machine code in lib64: it is the same folder.
        items.push(Item::Link {
            path: "lib64".to_owned(),
            to: "lib".into(),
        });
    }
    items.push(Item::Link {
        path: format!("{scripts}/python"),
        to: interpreter.executable.clone(),
    });
    for name in names(interpreter) {
        items.push(Item::Link {
            path: format!("{scripts}/{name}"),
            to: "python".into(),
        });
    }
    items.push(Item::File {
        path: "pyvenv.cfg".to_owned(),
        content: configuration(interpreter, options),
    });
    if options.activation {
        for (name, content) in activate::scripts(options, scripts) {
            items.push(Item::File {
                path: format!("{scripts}/{name}"),
                content,
            });
        }
    }
    items
}

/// Makes the items below a folder that exists, with modes that do not depend on the umask.
///
/// Files get the time of change `modified`, in seconds since 1970; without one, that of writing.
///
/// # Errors
///
/// The system is in the way, or one of them is there already.
pub fn write(items: &[Item], root: &Path, modified: Option<i64>) -> Result<()> {
    for item in items {
        let path = root.join(item.path());
        let mode = match item {
            Item::Link { to, .. } => {
                fs_err::os::unix::fs::symlink(to, &path)?;
                continue;
            }
            Item::Folder(_) => {
                fs_err::create_dir(&path)?;
                0o755
            }
            Item::File { content, .. } => {
                let mut file = fs_err::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .open(&path)?;
                std::io::Write::write_all(&mut file, content)?;
                if let Some(seconds) = modified {
                    file.file().set_modified(time(seconds))?;
                }
                0o644
            }
        };
        fs_err::set_permissions(&path, PermissionsExt::from_mode(mode))?;
    }
    Ok(())
}

fn time(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        UNIX_EPOCH - distance
    } else {
        UNIX_EPOCH + distance
    }
}

fn push_folders(items: &mut Vec<Item>, folder: &str) {
    let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
    for end in ends {
        let item = Item::Folder(folder[..end].to_owned());
        if !items.contains(&item) {
            items.push(item);
        }
    }
}

/// The other names of the interpreter in the folder of scripts.
fn names(interpreter: &Interpreter) -> Vec<String> {
    let (major, minor) = interpreter.minor_version();
    let mut names = vec![format!("python{major}"), format!("python{major}.{minor}")];
    let file = interpreter
        .executable
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    // Free-threaded builds and other implementations are started by names of their own, too.
    if file != "python" && !names.contains(&file) {
        names.push(file);
    }
    names
}

fn configuration(interpreter: &Interpreter, options: &Options) -> Vec<u8> {
    let home = interpreter.executable.parent().unwrap_or(Path::new("/"));
    let mut lines: Vec<(&str, Vec<u8>)> = vec![
        ("home", home.as_os_str().as_bytes().to_vec()),
        (
            "include-system-site-packages",
            options.system_site_packages.to_string().into_bytes(),
        ),
        ("version", interpreter.document.version.clone().into_bytes()),
        (
            "executable",
            interpreter.executable.as_os_str().as_bytes().to_vec(),
        ),
        // Not in PEP 405: tells later whether the base is still the same build.
        ("build", one_line(&interpreter.facts().build).into_bytes()),
    ];
    if options.relocatable {
        lines.push(("relocatable", b"true".to_vec()));
    } else if let Some(place) = options
        .destination
        .to_str()
        .filter(|place| one_line(place) == **place)
    {
        // Tells later whether it was moved. Python reads the file as UTF-8, so not every path can be told.
        lines.push(("destination", place.as_bytes().to_vec()));
    }
    if let Some(prompt) = &options.prompt {
        lines.push(("prompt", one_line(prompt).into_bytes()));
    }
    lines
        .into_iter()
        .flat_map(|(key, value)| [key.as_bytes(), b" = ", &value, b"\n"].concat())
        .collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
