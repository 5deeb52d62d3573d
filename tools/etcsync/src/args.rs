//! The command line.

use crate::{apply::how::How, place::Place};
use clap::{Args as ClapArgs, Parser, Subcommand};
use cli::{Common, Failure};
use std::path::PathBuf;

/// Copy a mock /etc over the real one: plan, check, apply whole or not at all, roll back
///
/// A plan names its layers as they were given, so apply reads them again from the same
/// current folder, unless the plan carries them. Nothing is applied but what the plan says, and nothing at all if the
/// world has changed since.
#[derive(Parser, Debug)]
#[command(name = "etcsync", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl cli::Tool for Args {
    const NAME: &'static str = "etcsync";

    fn common(&self) -> &Common {
        &self.common
    }
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Say what would change; print the plan that apply does
    Plan(PlanArgs),
    /// Show a plan as differences of text, secrets left out
    Diff(ReadArgs),
    /// Judge the configuration as a plan will leave it, without changing anything
    Check(ReadArgs),
    /// Do what a plan says, all or nothing
    Apply(ApplyArgs),
    /// Say how the root stands to what etcsync wrote
    Status(StatusArgs),
    /// Take the root back to an earlier generation
    Rollback(RollbackArgs),
    /// Take an interrupted run back, or forward to its end
    Recover(RecoverArgs),
    /// List the generations
    Log(PlaceArgs),
    /// Print the rules, or what they say of paths
    Attrs(AttrsArgs),
}

/// Where: the root and the state that belongs to it.
#[derive(ClapArgs, Clone, Debug)]
pub(crate) struct PlaceArgs {
    /// The folder that the layers mirror
    #[arg(long, value_name = "DIR", default_value = "/etc")]
    pub(crate) root: String,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

impl PlaceArgs {
    /// Opens the root.
    pub(crate) fn open(&self) -> Result<Place, Failure> {
        Place::open(&self.root, self.state.state.as_deref())
    }
}

/// Where the state is.
#[derive(ClapArgs, Clone, Debug, Default)]
pub(crate) struct StateArgs {
    /// Where generations and originals are kept [default: /var/lib/etcsync, below it; for other
    /// users than root ~/.local/state/etcsync]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

/// Folders that mirror the root.
#[derive(ClapArgs, Clone, Debug)]
pub(crate) struct LayerArgs {
    /// Confine the plan to a path below the root; repeatable
    #[arg(long, value_name = "PATH")]
    pub(crate) only: Vec<String>,
    /// A file of rules besides those in LAYER.attrs; repeatable, later ones win
    #[arg(long, value_name = "FILE")]
    pub(crate) attrs: Vec<String>,
    /// A file that defines services, for a root of your own
    #[arg(long, value_name = "FILE")]
    pub(crate) services: Option<String>,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct PlanArgs {
    /// Folders that mirror the root, each with its rules beside it in LAYER.attrs, a later one
    /// winning; or a plan that carries them, - for standard input
    #[arg(value_name = "LAYER", required = true)]
    pub(crate) layers: Vec<String>,
    #[command(flatten)]
    pub(crate) from: LayerArgs,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Put layers and rules into the plan, for a host without them; contents of secret files
    /// are left out
    #[arg(long)]
    pub(crate) embed: bool,
    /// Put them into the plan with the contents of secret files: keep the plan as secret as these
    #[arg(long)]
    pub(crate) embed_secrets: bool,
    /// Exit with 1 if there is something to do
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct ReadArgs {
    /// A plan, - for standard input; or layers, as for plan
    #[arg(value_name = "PLAN|LAYER", default_value = "-")]
    pub(crate) what: Vec<String>,
    #[command(flatten)]
    pub(crate) from: LayerArgs,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// check: give every check so long
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(crate) timeout: u64,
    /// diff: exit with 1 if there is a difference
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct ApplyArgs {
    /// The plan, - for standard input
    #[arg(value_name = "PLAN", default_value = "-")]
    pub(crate) plan: String,
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) state: StateArgs,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Exit with 1 if anything has drifted, is pending or was interrupted
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct RollbackArgs {
    /// The generation to go back to [default: the one before]
    #[arg(value_name = "GENERATION")]
    pub(crate) generation: Option<u64>,
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Print the plan only, for apply
    #[arg(long)]
    pub(crate) plan: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct RecoverArgs {
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct AttrsArgs {
    /// The files of rules, LAYER.attrs; later ones win
    #[arg(long, value_name = "FILE")]
    pub(crate) attrs: Vec<String>,
    /// Print the built-in rules and services
    #[arg(long)]
    pub(crate) builtin: bool,
    /// Paths below the root, a folder with a slash at its end
    #[arg(value_name = "PATH", required_unless_present = "builtin")]
    pub(crate) paths: Vec<String>,
}
