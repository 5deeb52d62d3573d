//! Asking an interpreter what it is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::{run, target};

/// The script that an interpreter runs to describe itself as a document `target/1`.
///
/// It can be run by hand where nothing but a Python is installed: `python3 -I -S -`.
pub const PROBE: &str = include_str!("probe.py");

/// The oldest Python for which environments are made.
const OLDEST: (u32, u32) = (3, 8);

/// An interpreter that can be the base of an environment, and what it says of itself.
#[derive(Clone, Debug)]
pub struct Interpreter {
    /// The program that was asked for, found in the search path.
    pub asked: PathBuf,
    /// The real executable: no link, no shim, not inside an environment.
    pub executable: PathBuf,
    /// What it says.
    pub document: wire::target::Target,
    /// The same as a target for tags and markers.
    pub target: pyspec::target::Target,
}

impl Interpreter {
    /// Returns the facts that only an interpreter that was asked can tell.
    pub fn facts(&self) -> &wire::target::Interpreter {
        static NONE: std::sync::LazyLock<wire::target::Interpreter> =
            std::sync::LazyLock::new(Default::default);
        self.document.interpreter.as_ref().unwrap_or(&NONE)
    }

    /// Returns major and minor version, `(3, 12)`.
    pub fn minor_version(&self) -> (u32, u32) {
        let python = &self.target.parts().interpreter;
        (python.major, python.minor)
    }
}

/// Asks a program, named by a path or to be found in `$PATH`, what interpreter it is.
///
/// A shim, or the interpreter of an environment, leads to the real one behind it. The answer is
/// taken from the cache if the real one is unchanged.
///
/// # Errors
///
/// There is no such program, it is no Python, or one that is too old.
pub fn ask(program: &OsStr, cache: &Cache) -> Result<Interpreter> {
    let asked = find(program)?;
    let real = fs_err::canonicalize(&asked)?;
    // A script may lead anywhere, and a copy inside an environment depends on a file beside it.
    let direct = is_executable_file(&real) && !in_environment(&real);
    if direct && let Some(document) = cache.get(&real, "target") {
        return interpreter(asked, document);
    }
    let mut document = probe(&asked)?;
    let base = executable(&document, &asked)?;
    if document
        .interpreter
        .as_ref()
        .is_some_and(|facts| facts.in_environment)
    {
        document = probe(&base)?;
    }
    target::complete(&mut document)?;
    let interpreter = interpreter(asked, document)?;
    cache.put(&interpreter.executable, "target", &interpreter.document);
    Ok(interpreter)
}

fn interpreter(asked: PathBuf, document: wire::target::Target) -> Result<Interpreter> {
    let executable = executable(&document, &asked)?;
    let target = target::read(&document)?;
    let interpreter = Interpreter {
        asked,
        executable,
        document,
        target,
    };
    if interpreter.minor_version() < OLDEST {
        return Err(Error::Unsupported {
            program: interpreter.executable,
            version: interpreter.document.version,
            why: "3.8 is the oldest that is supported",
        });
    }
    Ok(interpreter)
}

/// Finds a program as a shell does.
///
/// # Errors
///
/// There is no such program.
pub fn find(program: &OsStr) -> Result<PathBuf> {
    let missing = || Error::NotFound {
        program: program.into(),
    };
    if program.as_encoded_bytes().contains(&b'/') {
        return if Path::new(program).exists() {
            Ok(program.into())
        } else {
            Err(missing())
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(program));
    places.find(|place| is_executable(place)).ok_or_else(missing)
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Says whether a file is a program of the machine, not a script that stands in for one.
fn is_executable_file(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = [0; 2];
    fs_err::File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && start != *b"#!"
}

/// Says whether an executable lies inside a virtual environment.
fn in_environment(executable: &Path) -> bool {
    let mut folders = executable.ancestors().skip(1).take(2);
    folders.any(|folder| folder.join("pyvenv.cfg").exists())
}

fn probe(program: &Path) -> Result<wire::target::Target> {
    let answer = run::answer(program, &["-I", "-S", "-c", PROBE])?;
    wire::read(&answer).map_err(|error| Error::NotPython {
        program: program.to_owned(),
        why: error.to_string(),
    })
}

/// Returns the real executable that a document names.
fn executable(document: &wire::target::Target, asked: &Path) -> Result<PathBuf> {
    let named = document
        .interpreter
        .as_ref()
        .map(|facts| PathBuf::from(&facts.executable));
    named
        .filter(|path| path.is_absolute())
        .ok_or_else(|| Error::NotPython {
            program: asked.to_owned(),
            why: "it does not know its own executable".to_owned(),
        })
}
