//! The run of a tool, from its arguments to its exit status.

use crate::{
    Common, Done, Failure, Format, Output, Page, Session, Tool,
    console::colours,
    failure::{Inner, words},
    output::{Content, Rendered},
    signal,
};
use clap::error::ErrorKind;
use clap_complete::Shell;
use std::{
    env,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};
use wire::{ErrorDocument, Kind};

/// Parses the arguments, runs the tool, writes standard output last, and returns the exit status.
pub fn main<A: Tool>(run: fn(A, &Session) -> Result<Done, Failure>) -> ExitCode {
    // A missing subcommand is found when the matches are read: --completions needs none.
    let matches = match A::command().subcommand_required(false).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return misused(A::NAME, &error),
    };
    if let Some(shell) = matches.get_one::<Shell>("completions") {
        return completions::<A>(*shell);
    }
    match A::from_arg_matches(&matches) {
        Ok(args) => finish(A::NAME, args, run),
        Err(error) if error.kind() == ErrorKind::MissingSubcommand => {
            misused(A::NAME, &A::command().error(error.kind(), NO_COMMAND))
        }
        Err(error) => misused(A::NAME, &error),
    }
}

/// What is said where help alone would not say what is wrong.
const NO_COMMAND: &str = "no command is given";

fn finish<A: Tool>(tool: &'static str, args: A, run: fn(A, &Session) -> Result<Done, Failure>) -> ExitCode {
    let common = args.common().clone();
    let session = Session::new(tool, &common);
    let ran = signal::watch()
        .map_err(Failure::from)
        .and_then(|()| run(args, &session));
    let written = match ran {
        Ok(Done::Yes(output)) => write(&output, &common).map(|()| 0),
        Ok(Done::No(output)) => write(&output, &common).map(|()| 1),
        Err(failure) => fail(tool, &failure, &common, session.colours()),
    };
    written.map_or_else(|error| unwritable(tool, &error), ExitCode::from)
}

/// Writes what the command has to say.
fn write(output: &Output, common: &Common) -> io::Result<()> {
    let format = common.format;
    match &output.0 {
        Content::Words(text) => print(text),
        _ if format == Some(Format::None) => Ok(()),
        Content::Nothing => Ok(()),
        Content::Text { report, .. } if format == Some(Format::Json) => print(&(report.json()? + "\n")),
        Content::Text { text, .. } => print(text),
        Content::Report(report) => print(&rendered(&**report, common)?),
    }
}

fn rendered(report: &dyn Rendered, common: &Common) -> io::Result<String> {
    let words = common
        .format
        .map_or_else(|| io::stdout().is_terminal(), |format| format == Format::Text);
    if !words {
        return Ok(report.json()? + "\n");
    }
    let mut page = Page::new(colours(common.color, &io::stdout()));
    report.people(&mut page);
    Ok(page.into_text())
}

/// Writes a failure: the document to standard output, words to standard error.
fn fail(tool: &'static str, failure: &Failure, common: &Common, colours: bool) -> io::Result<u8> {
    let document = wants_document(common.format);
    match &*failure.0 {
        Inner::Passed { bytes, .. } if document => io::stdout().lock().write_all(bytes)?,
        Inner::Passed { .. } => {}
        Inner::Own { document: found, .. } => {
            let found = ErrorDocument {
                tool: tool.to_owned(),
                ..found.clone()
            };
            _ = io::stderr()
                .lock()
                .write_all(words(&found, tool, &headline(colours)).as_bytes());
            if document {
                print(&(serde_json::to_string_pretty(&found)? + "\n"))?;
            }
        }
    }
    Ok(failure.status())
}

/// Says whether a failure is written to standard output, for the command behind us to read.
fn wants_document(format: Option<Format>) -> bool {
    format.map_or_else(|| !io::stdout().is_terminal(), |format| format == Format::Json)
}

fn headline(colours: bool) -> String {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    if colours {
        format!("{red}error:{red:#}")
    } else {
        "error:".to_owned()
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Ends a run whose output nobody could take. A closed pipe is the reader's choice, so it is said quietly.
fn unwritable(tool: &str, error: &io::Error) -> ExitCode {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return ExitCode::from(128 + 13);
    }
    _ = writeln!(
        io::stderr(),
        "{tool}: error: cannot write standard output: {error}"
    );
    ExitCode::from(Kind::of_io(error).exit())
}

/// Answers `--help`, `--version` and wrong usage.
fn misused(tool: &'static str, error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return error
            .print()
            .map_or_else(|error| unwritable(tool, &error), |()| ExitCode::SUCCESS);
    }
    _ = error.print();
    let format = env::var("PYDEPLOY_FORMAT")
        .ok()
        .and_then(|name| clap::ValueEnum::from_str(&name, true).ok());
    if wants_document(format) {
        let what = match error.kind() {
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => NO_COMMAND.to_owned(),
            _ => what_is_wrong(&error.to_string()),
        };
        let document = ErrorDocument::new(tool, Kind::Usage, what);
        _ = serde_json::to_string_pretty(&document).map(|text| print(&(text + "\n")));
    }
    ExitCode::from(Kind::Usage.exit())
}

/// Returns what an error of the parser says before it goes on to the usage, in one line.
fn what_is_wrong(text: &str) -> String {
    let mut lines = text.lines().take_while(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let rest: Vec<&str> = lines.map(str::trim).collect();
    [first, &rest.join(", ")].join(" ").trim_end().to_owned()
}

fn completions<A: Tool>(shell: Shell) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut A::command(), A::NAME, &mut text);
    match io::stdout().lock().write_all(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => unwritable(A::NAME, &error),
    }
}
