//! The command line.

use clap::{Parser, ValueEnum};
use cli::{Common, Failure, Tool};
use std::path::{Path, PathBuf};
use wire::Kind;

/// Pin and hash what a Python application needs
///
/// Reads what an application asks for, finds one version of everything that satisfies it on the targets, and writes
/// a lock with the hashes of the files that the targets can use.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// What is asked for: requirements files, pyproject.toml; - for standard input; a lock for --why and --diff
    #[arg(value_name = "FILE", required_unless_present = "pre")]
    pub(crate) inputs: Vec<String>,
    /// Writes the lock there, all at once or not at all; may be repeated
    ///
    /// The form follows the name: pylock.toml and pylock.NAME.toml are PEP 751, .json is the document lock/1,
    /// everything else requirements.txt.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// Limits versions by the lines of a file, without asking for anything; may be repeated
    #[arg(short, long = "constraint", value_name = "FILE")]
    pub(crate) constraints: Vec<String>,
    /// Replaces what packages require by the lines of a file; may be repeated
    #[arg(long = "override", value_name = "FILE")]
    pub(crate) overrides: Vec<String>,
    /// Leaves a package out, whoever asks for it; may be repeated
    #[arg(long = "exclude", value_name = "NAME")]
    pub(crate) excludes: Vec<String>,
    /// Lets pre-releases in as if they were releases: of every package, or of those named; may be repeated
    ///
    /// A word behind it that names a file is an input.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = ":all:")]
    pub(crate) pre: Vec<String>,
    /// Passes over files uploaded less long ago: 7d, 12h, NAME=0d for one package; may be repeated
    #[arg(long, value_name = "[NAME=]AGE")]
    pub(crate) cooldown: Vec<String>,
    /// Forgets the pins of the lock that is there
    #[arg(short = 'U', long)]
    pub(crate) upgrade: bool,
    /// Forgets the pin of a package, or moves it to a version; may be repeated
    #[arg(short = 'P', long = "upgrade-package", value_name = "NAME[==VERSION]")]
    pub(crate) upgrade_packages: Vec<String>,
    /// Only looks, without a network, whether the lock that -o names still answers the inputs: exit status 1 if not
    #[arg(long, requires = "output")]
    pub(crate) check: bool,
    /// With --check: asks the indexes too, whether the lock is still what would be found; with -U, the newest
    #[arg(long, requires = "check")]
    pub(crate) online: bool,
    /// Tells why a package is in the lock given
    #[arg(long, value_name = "NAME", conflicts_with_all = ["check", "output"])]
    pub(crate) why: Option<String>,
    /// Tells what changed from an older lock to the lock given
    #[arg(long, value_name = "OLD", conflicts_with_all = ["check", "output", "why"])]
    pub(crate) diff: Option<String>,
    /// Which files' hashes are written
    #[arg(long, value_name = "WHICH", default_value = "usable")]
    pub(crate) hashes: Hashes,
    /// Asks the index about every page, even if it has said that what is here still holds
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Seconds that the search may take
    #[arg(long, value_name = "SECONDS")]
    pub(crate) search_timeout: Option<u64>,
    /// An empty lock is meant
    #[arg(long)]
    pub(crate) allow_empty: bool,
    #[command(flatten)]
    pub(crate) project: Project,
    #[command(flatten)]
    pub(crate) machine: Machine,
    #[command(flatten)]
    pub(crate) sources: Sources,
    #[command(flatten)]
    pub(crate) places: Places,
    #[command(flatten)]
    pub(crate) index: index::Options,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What of a pyproject.toml is asked for, beside its dependencies.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "pyproject.toml")]
pub(crate) struct Project {
    /// Adds an extra of the project; may be repeated
    #[arg(long = "extra", value_name = "NAME")]
    pub(crate) extras: Vec<String>,
    /// Adds every extra of the project
    #[arg(long)]
    pub(crate) all_extras: bool,
    /// Adds a dependency group; may be repeated
    #[arg(long = "group", value_name = "NAME")]
    pub(crate) groups: Vec<String>,
}

/// What the lock is for.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Targets")]
pub(crate) struct Machine {
    /// Python to lock for, cp312-manylinux_2_28_x86_64, or a document of pyvenv-offline --probe; may be repeated
    ///
    /// Without it, those of the lock that is there; without one, the interpreter of this machine.
    #[arg(long = "target", value_name = "NAME|FILE")]
    pub(crate) targets: Vec<String>,
    /// Interpreter to lock for and to build with [default: python3]
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) python: Option<PathBuf>,
}

/// What may come as a source distribution, and how it is built.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Source distributions")]
pub(crate) struct Sources {
    /// Takes these packages only as source distributions: names joined by commas, :all:, :none:
    #[arg(long, value_name = "NAMES")]
    pub(crate) no_binary: Vec<String>,
    /// Takes these packages only as wheels, as is the rule
    #[arg(long, value_name = "NAMES")]
    pub(crate) only_binary: Vec<String>,
    /// Takes these packages as source distributions where no wheel fits
    #[arg(long, value_name = "NAMES")]
    pub(crate) allow_sdist: Vec<String>,
    /// Whether a build backend may reach the network
    #[arg(long, value_name = "WHAT", default_value = "cut")]
    pub(crate) build_network: Network,
    /// Seconds that one step of a build may take
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    pub(crate) build_timeout: u64,
    /// Lets build backends run as root
    #[arg(long)]
    pub(crate) allow_root: bool,
    /// Writes a lock of what building needs there: of source distributions in the lock, and of pyproject.toml
    #[arg(long, value_name = "FILE")]
    pub(crate) build_lock: Option<PathBuf>,
}

/// Which package comes from which index.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Package index")]
pub(crate) struct Places {
    /// Names an index, for packages whose line says `# index NAME`; no other is asked for them; may be repeated
    #[arg(long = "index", value_name = "NAME=URL")]
    pub(crate) indexes: Vec<String>,
    /// Asks every index for every package, and fails if two know one
    #[arg(long)]
    pub(crate) index_check: bool,
}

/// Which files' hashes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Hashes {
    /// Those that a target can use.
    Usable,
    /// Those of every file of the version.
    All,
}

/// Whether a build backend may reach the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Network {
    /// It may not.
    Cut,
    /// It may.
    Allow,
}

impl Args {
    /// Takes back from `--pre` the words that name files: `--pre requirements.in` has no name behind it.
    pub(crate) fn settled(mut self) -> Result<Self, Failure> {
        for word in &mut self.pre {
            if is_input(word) {
                self.inputs.push(std::mem::replace(word, EVERY.to_owned()));
            }
        }
        if self.inputs.is_empty() {
            return Err(Failure::new(Kind::Usage, "no input is named"));
        }
        if self.check && !self.online && (self.upgrade || !self.upgrade_packages.is_empty()) {
            return Err(Failure::new(
                Kind::Usage,
                "--check with an upgrade needs --online",
            ));
        }
        Ok(self)
    }
}

/// What stands for every package.
pub(crate) const EVERY: &str = ":all:";

fn is_input(word: &str) -> bool {
    word == "-"
        || word.contains('/')
        || [".in", ".txt", ".toml"]
            .iter()
            .any(|ending| word.ends_with(ending))
        || Path::new(word).exists()
}

impl Tool for Args {
    const NAME: &'static str = "reqlock";

    fn common(&self) -> &Common {
        &self.common
    }
}
