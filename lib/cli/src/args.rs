//! The arguments that every tool has.

use clap::{Args, Parser, ValueEnum};
use clap_complete::Shell;

/// The arguments of a tool, as typed.
pub trait Tool: Parser {
    /// The name of the binary.
    const NAME: &'static str;

    /// Returns the arguments that every tool has.
    fn common(&self) -> &Common;
}

/// The arguments that every tool has; flatten them into the tool's own.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct Common {
    /// What standard output carries: a document, words, or nothing [default: text on a terminal, else json]
    #[arg(
        long,
        global = true,
        value_name = "FORM",
        env = "PYDEPLOY_FORMAT",
        hide_env = true
    )]
    pub format: Option<Format>,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what happens, a line an event
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Colour,
    /// Print the completions for a shell and exit
    #[arg(long, value_name = "SHELL", exclusive = true)]
    pub completions: Option<Shell>,
}

/// What standard output carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON document.
    Json,
    /// The same for people.
    Text,
    /// Nothing.
    None,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
