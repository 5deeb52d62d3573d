//! The one way every tool parses, reads, writes, shows progress, fails and exits.
//!
//! A tool is a list of arguments and a function; everything that touches the terminal is here.
//!
//! ```no_run
//! use cli::{Common, Done, Failure, Output, Page, Report, Session, Tool};
//! use std::process::ExitCode;
//!
//! /// Count the bytes of a file.
//! #[derive(clap::Parser)]
//! struct Args {
//!     /// The file, or - for standard input
//!     file: String,
//!     #[command(flatten)]
//!     common: Common,
//! }
//!
//! impl Tool for Args {
//!     const NAME: &'static str = "count";
//!     fn common(&self) -> &Common { &self.common }
//! }
//!
//! #[derive(serde::Serialize)]
//! struct Count { bytes: usize }
//!
//! impl Report for Count {
//!     fn people(&self, page: &mut Page) { page.line(format_args!("{} bytes", self.bytes)); }
//! }
//!
//! fn run(args: Args, session: &Session) -> Result<Done, Failure> {
//!     let input = session.input(&args.file)?;
//!     Ok(Done::Yes(Output::report(Count { bytes: input.bytes.len() })))
//! }
//!
//! fn main() -> ExitCode { cli::main(run) }
//! ```

#![forbid(unsafe_code)]

mod args;
mod console;
mod failure;
mod input;
mod output;
mod quote;
mod root;
mod run;
mod signal;

pub use args::{Colour, Common, Format, Tool};
pub use console::Session;
pub use failure::Failure;
pub use input::Input;
pub use output::{Done, Output, Page, Report, counted};
pub use quote::quoted;
pub use root::refuse_root;
pub use run::main;
pub use signal::{on_interrupt, uninterrupted};
