//! The smallest tool: what `lib/cli` gives to every one, to be tried and tested.

use cli::{Common, Done, Failure, Output, Page, Report, Session, Tool};
use serde::Serialize;
use std::process::ExitCode;
use wire::Kind;

/// Count the bytes of a file
#[derive(clap::Parser)]
#[command(name = "count", version)]
struct Args {
    /// The file, or - for standard input
    file: String,
    /// Print the number alone
    #[arg(long)]
    number: bool,
    /// Fail if there are fewer bytes
    #[arg(long, default_value_t = 0)]
    least: usize,
    #[command(flatten)]
    common: Common,
}

impl Tool for Args {
    const NAME: &'static str = "count";

    fn common(&self) -> &Common {
        &self.common
    }
}

#[derive(Serialize)]
struct Count {
    schema: &'static str,
    file: String,
    bytes: usize,
}

impl Report for Count {
    fn people(&self, page: &mut Page) {
        page.line(format_args!("{}: {} bytes", self.file, self.bytes));
    }
}

fn main() -> ExitCode {
    cli::main(run)
}

fn run(args: Args, session: &Session) -> Result<Done, Failure> {
    let input = session.input(&args.file)?;
    let bytes = input.bytes.len();
    session.progress().note("counted");
    if bytes < args.least {
        return Err(Failure::new(Kind::Lint, format!("only {bytes} bytes")).file(input.name));
    }
    let report = Count {
        schema: "count/1",
        file: input.name,
        bytes,
    };
    let output = if args.number {
        Output::text(format!("{bytes}\n"), report)
    } else {
        Output::report(report)
    };
    Ok(if bytes == 1 {
        Done::No(output)
    } else {
        Done::Yes(output)
    })
}
