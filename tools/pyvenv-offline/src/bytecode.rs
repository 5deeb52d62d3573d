//! Compiling the modules of the wheels.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use pyspec::hash::{Algorithm, Hash};
use python::{Interpreter, Invalidation, Outcome, Source, Way};
use wheel::{Bytecode, Compiled, Module, Supply, Wheel};
use wire::Progress;

use crate::apply::Ways;
use crate::plan::Plan;
use crate::trouble::Trouble;

/// The modes of bytecode: in the store, where several environments share it, and in an environment.
const STORED: u32 = 0o444;
const OWN: u32 = 0o644;

/// An interpreter that makes bytecode of a kind.
pub(crate) struct Compiler<'a> {
    interpreter: &'a Interpreter,
    invalidation: Invalidation,
    workers: usize,
    progress: &'a dyn Progress,
    key: String,
}

/// The modules of a wheel that are to be compiled, below one folder into another one.
pub(crate) struct Job {
    /// The number of the wheel.
    pub(crate) number: usize,
    pub(crate) modules: Vec<Module>,
    /// A folder of areas.
    pub(crate) source: PathBuf,
    /// A folder of areas.
    pub(crate) target: PathBuf,
}

impl<'a> Compiler<'a> {
    /// Takes an interpreter; `None` if no bytecode is wanted, or the interpreter keeps none.
    pub(crate) fn new(interpreter: &'a Interpreter, ways: &Ways, progress: &'a dyn Progress) -> Option<Self> {
        let facts = interpreter.facts();
        let invalidation = ways.bytecode.filter(|_| !facts.cache_tag.is_empty())?;
        let version = &interpreter.document.version;
        let (tag, magic, way) = (&facts.cache_tag, &facts.magic, invalidation.name());
        // Builds without the global lock have tag, version and magic number of those with it.
        let abi = interpreter.document.abis.first().map_or("none", String::as_str);
        let key = format!("{tag}-{version}-{abi}-{magic}-{way}");
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._+".contains(letter);
        Some(Self {
            interpreter,
            invalidation,
            workers: ways.threads,
            progress,
            key: key.replace(|letter| !is_plain(letter), "_"),
        })
    }

    /// Returns the name by which the store knows this bytecode.
    ///
    /// Bytecode of one magic number fits all interpreters that have it; but that equal inputs give equal trees, it
    /// must not depend on which of them came first.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Returns the paths of the bytecode that the wheels bring themselves, which stays.
    ///
    /// Each wheel is compiled as if it were alone; so what of it is in the way of another's is left out here.
    pub(crate) fn leave(plan: &Plan, supplies: &mut [Supply]) -> BTreeSet<String> {
        let brought = plan.wheels.bytecode(&plan.parts);
        for (supply, laid) in supplies.iter_mut().zip(&plan.wheels.parts) {
            let bytecode = supply.bytecode.take();
            supply.bytecode = bytecode.map(|(compiled, tree)| (compiled.without(laid, &brought), tree));
        }
        brought
    }

    /// Lists the modules of a wheel.
    pub(crate) fn modules(&self, wheel: &Wheel) -> Vec<Module> {
        wheel::modules(wheel, &self.interpreter.facts().cache_tag)
    }

    /// Compiles for the store, all jobs at once; returns what each brought.
    pub(crate) fn compile(&self, jobs: &[Job]) -> Result<Vec<Compiled>, Trouble> {
        let source = |job: &Job, module: &Module| {
            let area = module.area.name();
            let (source, target) = (job.source.join(area), job.target.join(area));
            (source.join(&module.path), target.join(&module.bytecode))
        };
        self.run(jobs, STORED, source)
    }

    /// Compiles what has no bytecode of the store, where it is.
    pub(crate) fn compile_in_place(
        &self,
        plan: &Plan,
        supplies: &mut [Supply],
        brought: &BTreeSet<String>,
        root: &Path,
    ) -> Result<(), Trouble> {
        let mut jobs = Vec::new();
        for (number, part) in plan.parts.iter().enumerate() {
            if supplies[number].bytecode.is_none() {
                let mut modules = self.modules(part.wheel);
                let area = |module: &Module| plan.wheels.parts[number].area(module.area);
                modules.retain(|one| !brought.contains(&format!("{}/{}", area(one), one.bytecode)));
                jobs.push(Job {
                    number,
                    modules,
                    source: root.to_owned(),
                    target: root.to_owned(),
                });
            }
        }
        let source = |job: &Job, module: &Module| {
            let folder = root.join(plan.wheels.parts[job.number].area(module.area));
            (folder.join(&module.path), folder.join(&module.bytecode))
        };
        for (job, compiled) in jobs.iter().zip(self.run(&jobs, OWN, source)?) {
            supplies[job.number].bytecode = Some((compiled, None));
        }
        Ok(())
    }

    /// Compiles all jobs at once; `place` says where a module is, and where its bytecode goes.
    fn run(
        &self,
        jobs: &[Job],
        mode: u32,
        place: impl Fn(&Job, &Module) -> (PathBuf, PathBuf),
    ) -> Result<Vec<Compiled>, Trouble> {
        // Two wheels may bring the same file: it is compiled once.
        let mut sources = Vec::new();
        let mut numbers = HashMap::new();
        let mut places = Vec::new();
        for (job, module) in jobs
            .iter()
            .flat_map(|job| job.modules.iter().map(move |module| (job, module)))
        {
            let (path, target) = place(job, module);
            places.push(*numbers.entry(target.clone()).or_insert_with(|| {
                sources.push(Source {
                    path,
                    target,
                    name: module.path.clone(),
                    size: module.size,
                });
                sources.len() - 1
            }));
        }
        let way = Way {
            invalidation: self.invalidation,
            mode,
            modified: wheel::MODIFIED,
            workers: self.workers,
            progress: self.progress,
        };
        let outcomes = python::compile(self.interpreter, &sources, &way)?;
        let mut outcomes = places.into_iter().map(|number| &outcomes[number]);
        let results = jobs.iter().map(|job| {
            let pairs: Vec<_> = job.modules.iter().zip(outcomes.by_ref()).collect();
            Compiled::of(
                pairs
                    .into_iter()
                    .filter_map(|(module, outcome)| self.made(module, outcome)),
            )
        });
        Ok(results.collect())
    }

    /// Describes what was made of a module. What cannot be compiled is no failure: it may be meant so.
    fn made(&self, module: &Module, outcome: &Outcome) -> Option<Bytecode> {
        match outcome {
            Outcome::Made { size, sha256 } => Some(Bytecode {
                area: module.area,
                path: module.bytecode.clone(),
                size: *size,
                digest: in_record(sha256),
            }),
            Outcome::Failed(why) => {
                let note = format!("{} cannot be compiled: {why}", module.path);
                self.progress.note(&note);
                None
            }
        }
    }
}

/// Writes a digest as RECORD does, which is how listings have it.
fn in_record(sha256: &str) -> String {
    let hash = Hash {
        algorithm: Algorithm::Sha256,
        hex: sha256.to_owned(),
    };
    format!("{}={}", hash.algorithm, hash.to_base64())
}
