//! What is said of the environment when it is there.

use std::time::Duration;

use cli::{Page, Report};
use python::Interpreter;
use python::venv::Item;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wire::environment::{Environment, Package};
use wire::target::{ProbeScript, Target};

use crate::apply::Done;
use crate::choose::{Chosen, file_name};
use crate::plan::Plan;

/// The report of an environment.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Made {
    document: Environment,
    #[serde(skip)]
    time: Duration,
}

/// Describes what was made.
pub(crate) fn made(
    plan: &Plan,
    chosen: &[Chosen],
    interpreter: &Interpreter,
    done: &Done,
    time: Duration,
) -> Made {
    let packages = chosen.iter().enumerate();
    let packages = packages.map(|(number, one)| package(one, plan.wheels.count(number, &one.wheel)));
    let items = plan.items.iter().filter(|item| !matches!(item, Item::Folder(_)));
    let written = plan.wheels.parts.iter().flat_map(|part| &part.made);
    let written = written.filter(|made| !made.dropped).count() + done.records.len() + items.count();
    let linked = chosen.iter().filter(|one| one.wheel.archive().is_none()).count() as u64;
    let bytecode = done.supplies.iter().filter_map(|supply| supply.bytecode.as_ref());
    let compiled = bytecode.map(|(compiled, _)| compiled.files()).sum();
    let document = Environment {
        path: plan.destination.to_string_lossy().into_owned(),
        python: interpreter.document.version.clone(),
        base: interpreter.executable.to_string_lossy().into_owned(),
        target: interpreter.target.name().to_owned(),
        packages: packages.collect(),
        files: done.written.files + written as u64 + compiled,
        bytes: done.written.bytes,
        compiled,
        linked,
        unpacked: chosen.len() as u64 - linked,
        copied: done.written.copied,
        tree: tree(plan, chosen, done),
        pth: plan.pth.iter().map(|(_, name)| name.clone()).collect(),
        ..Environment::default()
    };
    Made { document, time }
}

fn package(chosen: &Chosen, files: u64) -> Package {
    Package {
        name: chosen.package.name().to_string(),
        version: chosen.wheel.version().to_string(),
        wheel: file_name(chosen.wheel.path()),
        hash: chosen.hash.to_string(),
        files,
    }
}

/// Returns a digest that is equal for equal trees: of paths, contents, what can be executed, and targets of links.
///
/// A RECORD names path and content of everything that its wheel brings, so its own digest stands for them.
fn tree(plan: &Plan, chosen: &[Chosen], done: &Done) -> String {
    let mut lines: Vec<String> = plan.items.iter().map(item).collect();
    let made = plan.wheels.parts.iter().flat_map(|part| &part.made);
    lines.extend(made.map(|made| file(&made.path, made.executable, made.digest())));
    let records = plan.wheels.parts.iter().zip(&done.records);
    lines.extend(records.map(|(laid, digest)| file(&laid.record, false, digest)));
    for ((one, laid), supply) in chosen.iter().zip(&plan.wheels.parts).zip(&done.supplies) {
        let listing = one.wheel.listing();
        let executable = listing.files().iter().filter(|file| file.executable);
        lines.extend(executable.map(|file| {
            let (area, path) = listing.path(file);
            format!("{}/{path}\0executable", laid.area(area))
        }));
        let bytecode = supply.bytecode.iter().map(|(compiled, _)| {
            let digest = wheel::Digest::sha256(compiled.identity().as_bytes());
            format!("{}\0bytecode\0{}", laid.record, digest.in_record())
        });
        lines.extend(bytecode);
    }
    lines.sort_unstable();
    let digest = Sha256::digest(lines.join("\n").as_bytes());
    format!("sha256:{}", pyspec::hash::hex(&digest))
}

fn item(item: &Item) -> String {
    match item {
        Item::Folder(path) => format!("{path}\0folder"),
        Item::Link { path, to } => format!("{path}\0link\0{}", to.display()),
        Item::File { path, content } => file(path, false, &wheel::Digest::sha256(content)),
    }
}

fn file(path: &str, executable: bool, digest: &wheel::Digest) -> String {
    let kind = if executable { "command" } else { "file" };
    format!("{path}\0{kind}\0{}", digest.in_record())
}

impl Report for Made {
    fn people(&self, page: &mut Page) {
        let Environment {
            path,
            python,
            packages,
            files,
            linked,
            unpacked,
            pth,
            ..
        } = &self.document;
        let seconds = self.time.as_secs_f64();
        let packages = cli::counted(packages.len(), "package");
        page.line(format!("{path}: Python {python}"));
        page.line(format!(
            "{packages}, {} files, {linked} linked, {unpacked} unpacked, {seconds:.1} s",
            grouped(*files)
        ));
        for name in pth {
            page.line(format!("{name} is read at every start of Python"));
        }
    }
}

/// Writes a number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What an interpreter is.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Probed(pub(crate) Target);

impl Report for Probed {
    fn people(&self, page: &mut Page) {
        page.line(&self.0.name);
        if let Some(interpreter) = &self.0.interpreter {
            page.line(format!("{}: Python {}", interpreter.executable, self.0.version));
        }
        page.line(format!(
            "{} platforms, {} first",
            self.0.platforms.len(),
            self.0.platforms.first().map_or("none", String::as_str)
        ));
    }
}

/// The script that describes an interpreter.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Script(ProbeScript);

impl Script {
    pub(crate) fn new() -> Self {
        Self(ProbeScript {
            script: python::PROBE.to_owned(),
            ..ProbeScript::default()
        })
    }
}

impl Report for Script {
    fn people(&self, page: &mut Page) {
        page.line(self.0.script.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        let found = [0, 12, 123, 1234, 14_712, 1_234_567].map(grouped);
        assert_eq!(found, ["0", "12", "123", "1,234", "14,712", "1,234,567"]);
    }
}
