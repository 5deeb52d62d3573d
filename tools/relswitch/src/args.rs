//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use cli::{Common, Tool};

/// Stage, switch and roll back releases from a local bare repository.
///
/// An application is a folder with `repo.git`, which development pushes into, `releases/`, and the link `current`.
/// `stage` makes a release from a commit; build what it needs in it; `ready` says that it is built; `switch` points
/// `current` to it in one step. No command reaches out to a network.
#[derive(Debug, Parser)]
#[command(name = "relswitch", version)]
pub(crate) struct Args {
    /// The application's folder
    #[arg(short = 'C', value_name = "APP", global = true, default_value = ".")]
    pub(crate) app: PathBuf,
    /// Wait this many seconds for another run to end
    #[arg(long, value_name = "SECONDS", global = true, default_value_t = 0)]
    pub(crate) wait: u32,
    /// Run as root all the same
    #[arg(long, global = true)]
    pub(crate) allow_root: bool,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
    /// What every tool has
    #[command(flatten)]
    pub(crate) common: Common,
}

impl Tool for Args {
    const NAME: &'static str = "relswitch";

    fn common(&self) -> &Common {
        &self.common
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the folders of an application, and its repository
    Init(Init),
    /// Make a release from a commit: its code, nothing built yet
    Stage(Stage),
    /// Say that a release is built: link what is shared, and make it durable
    Ready(One),
    /// Point `current` to a release
    Switch(Switch),
    /// Point `current` back to the release before
    Rollback(Rollback),
    /// List the releases
    List,
    /// Remove releases that nobody needs any more
    Prune(Prune),
    /// Say what runs, since when, and what would come next
    Status(Status),
    /// Mark a release as failed
    Fail(Fail),
    /// Put in order what an interrupted run left behind
    Recover,
    /// Run a command in the current release, and keep that release from being pruned
    Exec(Exec),
}

/// The arguments of `init`.
#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// The application's folder, instead of -C
    #[arg(value_name = "APP")]
    pub(crate) folder: Option<PathBuf>,
    /// Take over what is there: a Capistrano folder, or a plain folder named `current`
    #[arg(long)]
    pub(crate) adopt: bool,
}

/// The arguments of `stage`.
#[derive(Debug, clap::Args)]
pub(crate) struct Stage {
    /// A branch, a tag or a commit in the repository
    #[arg(value_name = "REF", required_unless_present = "from")]
    pub(crate) reference: Option<String>,
    /// Copy this folder instead: for code that is in no repository
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["reference", "ff_only", "merge_local", "drop_local", "reuse", "require_signed"])]
    pub(crate) from: Option<PathBuf>,
    /// Refuse a commit that does not descend from the one that runs
    #[arg(long)]
    pub(crate) ff_only: bool,
    /// Refuse links that point out of the release
    #[arg(long)]
    pub(crate) strict: bool,
    /// Merge the commits made on this host
    #[arg(long, conflicts_with = "drop_local")]
    pub(crate) merge_local: bool,
    /// Leave out the commits made on this host
    #[arg(long)]
    pub(crate) drop_local: bool,
    /// Return a ready release of the same commit, if there is one
    #[arg(long)]
    pub(crate) reuse: bool,
    /// Refuse a commit without a signature by one of the keys in this file (see ssh-keygen(1), ALLOWED SIGNERS)
    #[arg(long, value_name = "ALLOWED_SIGNERS")]
    pub(crate) require_signed: Option<PathBuf>,
    /// Print this instead of the document
    #[arg(long, value_name = "WHAT")]
    pub(crate) print: Option<Print>,
}

/// What to print instead of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Print {
    /// The release's id.
    Id,
    /// The release's folder.
    Path,
    /// The commit.
    Commit,
}

/// The arguments of a command about one release.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    /// The release: its id, the start of it, or - for the document of the command before
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Print this instead of the document
    #[arg(long, value_name = "WHAT")]
    pub(crate) print: Option<Print>,
}

/// The arguments of `switch`.
#[derive(Debug, clap::Args)]
pub(crate) struct Switch {
    /// The release: its id, the start of it, or - for the document of the command before
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// What happens afterwards
    #[command(flatten)]
    pub(crate) after: After,
}

/// The arguments of `rollback`.
#[derive(Debug, clap::Args)]
pub(crate) struct Rollback {
    /// The release [default: the one that was current before and is not bad]
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Do not mark the release that is left as bad
    #[arg(long)]
    pub(crate) keep_good: bool,
    /// What happens afterwards
    #[command(flatten)]
    pub(crate) after: After,
}

/// What happens after `current` has moved.
#[derive(Debug, clap::Args)]
pub(crate) struct After {
    /// A command that makes services take the release, split as a shell splits words; repeatable [default: those of the
    /// configuration]
    #[arg(long, value_name = "COMMAND")]
    pub(crate) reload: Vec<String>,
    /// A command that prints the release's id, as a word of its own, once it is served; repeatable
    #[arg(long, value_name = "COMMAND")]
    pub(crate) probe: Vec<String>,
    /// How many seconds a reload, and all tries of a probe, may take [default: 30, or the configuration's]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u32>,
    /// Let the probe's exit status alone decide
    #[arg(long)]
    pub(crate) probe_status_only: bool,
}

/// The arguments of `prune`.
#[derive(Debug, clap::Args)]
pub(crate) struct Prune {
    /// How many releases that were current to keep [default: 5, or the configuration's]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) keep: Option<u32>,
    /// Keep this release too; repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) protect: Vec<String>,
    /// Only say what would be removed
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
}

/// The arguments of `status`.
#[derive(Debug, clap::Args)]
pub(crate) struct Status {
    /// Exit with 1 unless this branch, tag or commit is what runs
    #[arg(long, value_name = "REF")]
    pub(crate) expect: Option<String>,
    /// Also compare the release's files with its commit, and add up the space taken
    #[arg(long)]
    pub(crate) deep: bool,
}

/// The arguments of `fail`.
#[derive(Debug, clap::Args)]
pub(crate) struct Fail {
    /// The release: its id, the start of it, or - for the document of the command before
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// The arguments of `exec`.
#[derive(Debug, clap::Args)]
pub(crate) struct Exec {
    /// The command and its arguments
    #[arg(value_name = "COMMAND", required = true, last = true)]
    pub(crate) command: Vec<OsString>,
}
