//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use cli::{Common, Tool};

/// Make a new virtual environment from a wheelhouse, without a network.
///
/// Installs exactly what a lock names: each wheel is the one whose hash the lock gives, is opened strictly and
/// compared with its own RECORD. The environment is whole or absent.
#[derive(Debug, Parser)]
#[command(
    name = "pyvenv-offline",
    version,
    override_usage = "pyvenv-offline -r <LOCK> -w <FOLDER> [OPTIONS] <DESTINATION>\n       \
        pyvenv-offline --verify [-r <LOCK>] <ENVIRONMENT>\n       \
        pyvenv-offline --freeze <ENVIRONMENT>\n       \
        pyvenv-offline --probe [--python <INTERPRETER>] | --probe-script\n       \
        pyvenv-offline --store-list | --store-prune | --store-verify [--store <FOLDER>]"
)]
pub(crate) struct Args {
    /// The environment to make, where nothing may be yet; or the one to look at
    #[arg(required_unless_present_any = ["probe", "probe_script", "store_list", "store_prune", "store_verify"])]
    pub(crate) destination: Option<PathBuf>,
    /// The lock: requirements.txt, pylock.toml, or the document of reqlock or pyfetch; - for standard input
    #[arg(
        short = 'r',
        long = "requirement",
        value_name = "LOCK",
        required_unless_present_any = ["probe", "probe_script", "verify", "freeze", "store_list", "store_prune", "store_verify"]
    )]
    pub(crate) requirement: Option<String>,
    /// Where the wheels are
    #[arg(
        short = 'w',
        long = "wheels",
        value_name = "FOLDER",
        required_unless_present_any = ["probe", "probe_script", "verify", "freeze", "store_list", "store_prune", "store_verify"]
    )]
    pub(crate) wheels: Option<PathBuf>,
    /// The interpreter that the environment is made for
    #[arg(long, value_name = "INTERPRETER", default_value = "python3")]
    pub(crate) python: OsString,
    /// The name in front of the shell's prompt when the environment is active
    #[arg(long, value_name = "NAME")]
    pub(crate) prompt: Option<String>,
    /// Let the environment see the packages of its base
    #[arg(long)]
    pub(crate) system_site_packages: bool,
    /// Leave the activation scripts out
    #[arg(long)]
    pub(crate) no_activate: bool,
    /// Let the environment be moved: what is in it finds the rest by its own place
    #[arg(long)]
    pub(crate) relocatable: bool,
    /// What becomes of a dependency that is not in the lock
    #[arg(long, value_name = "WHAT", default_value = "error")]
    pub(crate) closure: Closure,
    /// The bytecode that is made, by how Python sees later that a source changed
    #[arg(long, value_name = "WHAT", default_value = "checked")]
    pub(crate) pyc: Pyc,
    /// Let several wheels install this path, given relative to the environment; the last one by name wins
    #[arg(long, value_name = "PATH")]
    pub(crate) allow_collision: Vec<String>,
    /// Do not ask for the RECORD of this distribution: for old wheels that nobody will mend
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_record: Vec<String>,
    /// Add a folder of your own code to the modules that are found, as it is
    #[arg(long, value_name = "FOLDER")]
    pub(crate) path: Vec<PathBuf>,
    /// Build a project of your own and install it: by its own backend, with the network cut, and with build
    /// requirements from the folder of wheels
    #[arg(long, value_name = "FOLDER")]
    pub(crate) source: Vec<PathBuf>,
    /// Let builds use only what this lock names, with these hashes
    #[arg(long, value_name = "LOCK", requires = "source")]
    pub(crate) build_lock: Option<String>,
    /// Whether builds may reach the network
    #[arg(long, value_name = "WHAT", default_value = "cut")]
    pub(crate) build_network: Network,
    /// Install the newest pip of the folder of wheels, if the lock has none
    #[arg(long)]
    pub(crate) with_pip: bool,
    /// Believe the folder's wheelhouse.json which source distribution a wheel was built of
    #[arg(long)]
    pub(crate) trust_manifest: bool,
    /// What becomes of .pth files that wheels bring, which Python reads at every start and may execute lines of;
    /// allow=NAME, repeatable, allows only those named
    #[arg(long, value_name = "WHAT", default_value = "allow", value_parser = Pth::parse)]
    pub(crate) pth: Vec<Pth>,
    /// Where unpacked wheels are kept for the next time; without it $XDG_CACHE_HOME/pyvenv-offline
    #[arg(long, value_name = "FOLDER", conflicts_with = "no_store")]
    pub(crate) store: Option<PathBuf>,
    /// Keep nothing for the next time, and use nothing of the last
    #[arg(long)]
    pub(crate) no_store: bool,
    /// How files get from the store into the environment
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub(crate) link_mode: Link,
    /// Read every file of the store that is used, and compare it with its hash
    #[arg(long)]
    pub(crate) paranoid: bool,
    /// List what is in the store
    #[arg(long, group = "store_command", conflicts_with_all = ["requirement", "wheels", "destination"])]
    pub(crate) store_list: bool,
    /// Remove from the store what no environment has links to
    #[arg(long, group = "store_command", conflicts_with_all = ["requirement", "wheels", "destination"])]
    pub(crate) store_prune: bool,
    /// Compare all of the store with its hashes, and remove what is damaged
    #[arg(long, group = "store_command", conflicts_with_all = ["requirement", "wheels", "destination"])]
    pub(crate) store_verify: bool,
    /// Make an environment of a lock without packages
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Compare an environment with what was installed in it, its base, and the lock: the one given, else its own
    #[arg(long, conflicts_with_all = ["wheels", "probe", "probe_script", "freeze"])]
    pub(crate) verify: bool,
    /// Print the lock that an environment was made of, with the hashes of the wheels installed
    #[arg(long, conflicts_with_all = ["requirement", "wheels", "probe", "probe_script"])]
    pub(crate) freeze: bool,
    /// Print what the interpreter is, for reqlock and pyfetch elsewhere
    #[arg(long, conflicts_with_all = ["requirement", "wheels", "destination"])]
    pub(crate) probe: bool,
    /// Print the script that does the same where only a Python is installed
    #[arg(long, conflicts_with_all = ["probe", "requirement", "wheels", "destination"])]
    pub(crate) probe_script: bool,
    /// Do not wait until everything is on the disk: for measuring
    #[arg(long, hide = true)]
    pub(crate) no_sync: bool,
    /// Run as root all the same
    #[arg(long)]
    pub(crate) allow_root: bool,
    /// What every tool has
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What becomes of a dependency that is not in the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Closure {
    /// Nobody looks.
    Off,
    /// It is said.
    Warn,
    /// Nothing is made.
    Error,
}

/// Whether builds may reach the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Network {
    /// They may not.
    Cut,
    /// They may.
    Allow,
}

/// What becomes of `.pth` files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pth {
    /// They are installed, and listed.
    Allow,
    /// Wheels that bring one are refused.
    Deny,
    /// This one is installed, others are refused.
    Named(String),
}

impl Pth {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "allow" => Ok(Self::Allow),
            None if text == "deny" => Ok(Self::Deny),
            Some(("allow", name)) if !name.is_empty() => Ok(Self::Named(name.to_owned())),
            _ => Err("expected allow, deny or allow=NAME".to_owned()),
        }
    }
}

/// How files get from the store into the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Link {
    /// The cheapest way that works: hard links, else reflinks, else copies.
    Auto,
    /// One file with several names, read-only.
    Hardlink,
    /// Files of their own that share their data until one is written to.
    Reflink,
    /// Files of their own.
    Copy,
}

/// The bytecode that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pyc {
    /// Compared with its source by hash, at every start.
    Checked,
    /// Never compared.
    Unchecked,
    /// Compared with its source by time and size.
    Timestamp,
    /// None: Python makes it as it needs it.
    None,
}

impl Tool for Args {
    const NAME: &'static str = "pyvenv-offline";

    fn common(&self) -> &Common {
        &self.common
    }
}
