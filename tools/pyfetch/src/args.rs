//! The command line.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use cli::{Common, Tool};

/// Fill a wheelhouse with exactly the files of a lock
///
/// Downloads in parallel, verifies while downloading, builds source distributions with the network cut, and leaves
/// nothing but complete files. A second run sends no request.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// Lock: requirements.txt, pylock.toml or JSON; - for standard input; may be repeated
    #[arg(short, long = "requirement", value_name = "FILE")]
    pub(crate) requirements: Vec<String>,
    /// File of constraints: versions that a package must have if it is asked for; may be repeated
    #[arg(short, long = "constraint", value_name = "FILE")]
    pub(crate) constraints: Vec<String>,
    /// Folder of the wheels, made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = "wheels")]
    pub(crate) output: PathBuf,
    /// Python to fetch for, cp312-manylinux_2_28_x86_64, or a document of pyvenv-offline --probe; may be repeated
    #[arg(long = "target", value_name = "NAME|FILE")]
    pub(crate) targets: Vec<String>,
    /// Interpreter to fetch for and to build with [default: python3]
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) python: Option<PathBuf>,
    /// Takes every file of the lock, whatever the targets can use
    #[arg(long)]
    pub(crate) all_files: bool,
    /// Writes the lock of exactly these files there too, to be committed
    #[arg(long, value_name = "FILE")]
    pub(crate) emit_lock: Option<PathBuf>,
    /// Only looks, without a network: exit status 1 if a file is missing or bad
    #[arg(long)]
    pub(crate) check: bool,
    /// Asks the indexes again about all files that are here: exit status 1 if a person should look
    #[arg(long, conflicts_with_all = ["check", "prune"])]
    pub(crate) refresh: bool,
    /// Removes files of earlier runs that nobody asks for now
    #[arg(long)]
    pub(crate) prune: bool,
    /// Hashes files that are there even if they look unchanged
    #[arg(long)]
    pub(crate) paranoid: bool,
    /// What to do about dependencies that are not in the lock
    #[arg(long, value_name = "WHAT", default_value = "error")]
    pub(crate) closure: Closure,
    /// Refuses requirements without hashes
    #[arg(long)]
    pub(crate) require_hashes: bool,
    /// Takes the requirements alone, not what they depend on
    #[arg(long)]
    pub(crate) no_deps: bool,
    /// An empty lock is meant
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// How many files are fetched at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: u16,
    /// Fails if another run is at work in the folder, instead of waiting for it
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Does not wait until the files are on the disk
    #[arg(long)]
    pub(crate) no_sync: bool,
    /// Prints what pip is configured with, and where, and exits
    #[arg(long)]
    pub(crate) show_config: bool,
    #[command(flatten)]
    pub(crate) building: Building,
    #[command(flatten)]
    pub(crate) index: index::Options,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl Args {
    /// The interpreter to ask, whatever the targets are.
    pub(crate) fn program(&self) -> &OsStr {
        self.python
            .as_ref()
            .map_or(OsStr::new("python3"), |path| path.as_os_str())
    }
}

/// How source distributions become wheels.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Building")]
pub(crate) struct Building {
    /// Builds nothing: a package without a wheel is an error
    #[arg(long)]
    pub(crate) no_build: bool,
    /// Takes build requirements from this lock, which has hashes, and from nowhere else
    #[arg(long, value_name = "FILE")]
    pub(crate) build_lock: Option<String>,
    /// Builds twice, and fails unless both wheels are the same
    #[arg(long)]
    pub(crate) check_reproducible: bool,
    /// Whether a build may reach the network
    #[arg(long, value_name = "WHAT", default_value = "cut")]
    pub(crate) build_network: Network,
    /// Seconds that one step of a build may take
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    pub(crate) build_timeout: u64,
    /// Keeps the source distributions beside the wheels built from them
    #[arg(long)]
    pub(crate) keep_sdist: bool,
    /// Builds even as root
    #[arg(long)]
    pub(crate) allow_root: bool,
}

/// What to do about dependencies that are not in the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Closure {
    /// Nothing.
    Off,
    /// Warn.
    Warn,
    /// Fail.
    Error,
}

/// Whether a build may reach the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Network {
    /// It may not.
    Cut,
    /// It may.
    Allow,
}

impl Tool for Args {
    const NAME: &'static str = "pyfetch";

    fn common(&self) -> &Common {
        &self.common
    }
}
