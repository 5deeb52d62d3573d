//! What is said of the environment when it is there.

use std::time::Duration;

use cli::{Page, Report};
use python::venv::Item;
use python::{Compiled, Interpreter};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wheel::{File, Written};
use wire::environment::{Environment, Package};
use wire::target::{ProbeScript, Target};

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
    (written, compiled): &(Written, Compiled),
    time: Duration,
) -> Made {
    let packages = chosen
        .iter()
        .zip(&plan.wheels.counts)
        .map(|(one, files)| package(one, *files));
    let site = &interpreter.facts().scheme.purelib;
    let mut pth: Vec<String> = plan
        .wheels
        .files
        .iter()
        .filter_map(|file| pth(&file.path, site))
        .collect();
    pth.sort();
    let items = plan.items.iter().filter(|item| !matches!(item, Item::Folder(_)));
    let document = Environment {
        path: plan.destination.to_string_lossy().into_owned(),
        python: interpreter.document.version.clone(),
        base: interpreter.executable.to_string_lossy().into_owned(),
        target: interpreter.target.name().to_owned(),
        packages: packages.collect(),
        files: written.files + items.count() as u64,
        bytes: written.bytes,
        compiled: compiled.files,
        tree: tree(&plan.items, &plan.wheels.files),
        pth,
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

/// Returns the name of a file that Python reads at every start.
fn pth(path: &str, site: &str) -> Option<String> {
    let name = path.strip_prefix(site)?.strip_prefix('/')?;
    (name.ends_with(".pth") && !name.contains('/')).then(|| name.to_owned())
}

/// Returns a digest that is equal for equal trees: of paths, modes, contents and targets of links.
fn tree(items: &[Item], files: &[File]) -> String {
    let mut lines: Vec<String> = files.iter().map(line).collect();
    lines.extend(items.iter().map(|item| match item {
        Item::Folder(path) => format!("{path}\0folder"),
        Item::Link { path, to } => format!("{path}\0link\0{}", to.display()),
        Item::File { path, content } => {
            format!("{path}\x000644\0{}", wheel::Digest::sha256(content).in_record())
        }
    }));
    lines.sort_unstable();
    let digest = Sha256::digest(lines.join("\n").as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn line(file: &File) -> String {
    let mode = if file.executable { "0755" } else { "0644" };
    let digest = file
        .digest
        .as_ref()
        .map(wheel::Digest::in_record)
        .unwrap_or_default();
    format!("{}\0{mode}\0{digest}", file.path)
}

impl Report for Made {
    fn people(&self, page: &mut Page) {
        let Environment {
            path,
            python,
            packages,
            files,
            bytes,
            compiled,
            pth,
            ..
        } = &self.document;
        #[expect(clippy::cast_precision_loss, reason = "for people, to one decimal")]
        let megabytes = *bytes as f64 / 1e6;
        let seconds = self.time.as_secs_f64();
        let packages = cli::counted(packages.len(), "package");
        page.line(format!("{path}: Python {python}"));
        page.line(format!(
            "{packages}, {files} files, {megabytes:.1} MB, {compiled} modules compiled"
        ));
        page.line(format!("{seconds:.2} s"));
        for name in pth {
            page.line(format!("{name} is read at every start of Python"));
        }
    }
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
