//! The lock that is there already: its pins, and questions about it that need no network.

use crate::{args::Args, asked::Asked, check, report::Report, targets, why};
use cli::{Done, Failure, Output, Page, Session};
use lock::Lock;
use pyspec::{name::Name, requirement::Requirement, version::Version};
use std::{collections::BTreeMap, io, path::PathBuf};
use wire::{Kind, lock::Check};

/// Reads the first of the outputs that exists.
pub(crate) fn read(outputs: &[PathBuf]) -> Result<Option<Lock>, Failure> {
    for path in outputs {
        let bytes = match fs_err::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        return parse(&bytes, &path.to_string_lossy()).map(Some);
    }
    Ok(None)
}

/// Looks for `--check`, without a network.
pub(crate) fn check(
    args: &Args,
    asked: &Asked,
    old: Option<&Lock>,
    session: &Session,
) -> Result<Check, Failure> {
    let names: Vec<String> = args
        .output
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let Some(lock) = old else {
        let message = format!("there is no {}", names.join(", "));
        return Err(Failure::new(Kind::NotFound, message).file(&names[0]));
    };
    let targets = targets::given(args, session)?;
    let known: Option<Vec<_>> = lock.header.targets.iter().map(targets::by_name).collect();
    let known = known.unwrap_or_default();
    Ok(check::check(asked, &targets, lock, &known))
}

/// Makes an answer of what was found.
pub(crate) fn answer(found: Check) -> Done {
    let ok = found.ok;
    let output = Output::report(Told(found));
    if ok { Done::Yes(output) } else { Done::No(output) }
}

/// Answers `--why`.
pub(crate) fn why(name: &str, args: &Args, session: &Session) -> Result<Done, Failure> {
    let name = Name::parse(name).map_err(|error| Failure::new(Kind::Usage, format!("--why: {error}")))?;
    let lock = given(args, session)?;
    let Some(found) = why::why(&lock, &name) else {
        return Err(
            Failure::new(Kind::NotFound, format!("{name} is not in {}", args.inputs[0]))
                .file(&args.inputs[0]),
        );
    };
    Ok(Done::Yes(Output::report(Told(found))))
}

/// Answers `--diff`.
pub(crate) fn diff(before: &str, args: &Args, session: &Session) -> Result<Done, Failure> {
    let input = session.input(before)?;
    let old = parse(&input.bytes, &input.name)?;
    let new = given(args, session)?;
    Ok(Done::Yes(Output::report(Report::new(
        &new,
        Some(&old),
        &BTreeMap::new(),
    ))))
}

/// Reads the one lock that the command line gives in place of an input.
fn given(args: &Args, session: &Session) -> Result<Lock, Failure> {
    let [name] = args.inputs.as_slice() else {
        return Err(Failure::new(Kind::Usage, "one lock is wanted"));
    };
    let input = session.input(name)?;
    parse(&input.bytes, &input.name)
}

/// An answer about a lock.
#[derive(Debug, serde::Serialize)]
#[serde(transparent)]
struct Told<T>(T);

impl cli::Report for Told<Check> {
    fn people(&self, page: &mut Page) {
        for problem in &self.0.problems {
            match &problem.package {
                Some(package) => page.line(format_args!("{package} {}", problem.message)),
                None => page.line(&problem.message),
            }
        }
        page.line(if self.0.ok {
            "the lock answers its inputs"
        } else {
            "the lock does not answer its inputs"
        });
    }
}

impl cli::Report for Told<wire::lock::Why> {
    fn people(&self, page: &mut Page) {
        for chain in &self.0.chains {
            page.line(chain.join(" -> "));
        }
    }
}

fn parse(bytes: &[u8], name: &str) -> Result<Lock, Failure> {
    let mut read = |nested: &str| Err(format!("a lock does not include {nested}"));
    let mut outside = lock::Outside {
        read: &mut read,
        // What a variable stands for is nobody's business here: it stays as it is written.
        variable: &|name| Some(format!("${{{name}}}")),
    };
    Ok(lock::read(bytes, name, &mut outside)?)
}

/// Returns the versions that are kept: the pins of the old lock, but for those that are to be upgraded.
pub(crate) fn preferences(args: &Args, old: Option<&Lock>) -> Result<BTreeMap<Name, Vec<Version>>, Failure> {
    let mut kept: BTreeMap<Name, Vec<Version>> = BTreeMap::new();
    if let Some(old) = old.filter(|_| !args.upgrade) {
        for package in &old.packages {
            if let Some(version) = &package.version {
                kept.entry(package.name().clone())
                    .or_default()
                    .push(version.clone());
            }
        }
    }
    for requirement in upgrades(args)? {
        kept.remove(&requirement.name);
    }
    Ok(kept)
}

/// Returns what `-P` names.
pub(crate) fn upgrades(args: &Args) -> Result<Vec<Requirement>, Failure> {
    let parse = |text: &String| text.parse().map_err(|error: pyspec::Error| usage(text, &error));
    args.upgrade_packages.iter().map(parse).collect()
}

fn usage(text: &str, error: &pyspec::Error) -> Failure {
    Failure::new(Kind::Usage, format!("--upgrade-package {text}: {error}"))
}
