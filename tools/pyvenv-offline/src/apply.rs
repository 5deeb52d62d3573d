//! Making the environment: beside its place, then in one step into it.

use std::path::Path;

use cli::Session;
use disk::{Durability, Flusher, Scratch};
use python::{Interpreter, Invalidation, venv};
use wheel::{Digest, Fill, LinkMode, Store, Supply};

use crate::bytecode::{Compiler, Job};
use crate::choose::Chosen;
use crate::plan::Plan;
use crate::trouble::Trouble;

/// How it is made.
pub(crate) struct Ways {
    pub(crate) threads: usize,
    pub(crate) bytecode: Option<Invalidation>,
    pub(crate) modified: Option<i64>,
    pub(crate) link_mode: LinkMode,
    pub(crate) durability: Durability,
}

/// What was made.
pub(crate) struct Done {
    pub(crate) written: wheel::Written,
    /// The digest of the RECORD of each part.
    pub(crate) records: Vec<Digest>,
    /// Where the files of each part came from, and their bytecode.
    pub(crate) supplies: Vec<Supply>,
}

/// Makes the environment. After any failure nothing is at its place.
pub(crate) fn apply(
    plan: &Plan,
    chosen: &[Chosen],
    interpreter: &Interpreter,
    ways: &Ways,
    store: Option<&Store>,
    session: &Session,
) -> Result<Done, Trouble> {
    cli::on_interrupt(disk::remove_unfinished);
    let scratch = Scratch::beside(&plan.destination, 0o755)?;
    let unpacked = store.map_or(scratch.path(), Store::path);
    let flusher = match ways.durability {
        Durability::Unsynced => None,
        _ => Some(Flusher::start(unpacked)?),
    };
    venv::write(&plan.items, scratch.path(), ways.modified)?;
    let options = wheel::Options {
        threads: ways.threads,
        link_mode: ways.link_mode,
        modified: ways.modified,
        progress: session.progress(),
    };
    let compiler = Compiler::new(interpreter, ways, session.progress());
    let mut filling = Filling { store, fill: None };
    let done = install(
        plan,
        chosen,
        &mut filling,
        compiler.as_ref(),
        scratch.path(),
        &options,
    )?;
    flusher.map_or(Ok(()), Flusher::finish)?;
    publish(scratch, filling.fill, ways.durability)?;
    Ok(done)
}

/// Puts the files into an environment that has none yet, and into the store what it lacks of them.
fn install(
    plan: &Plan,
    chosen: &[Chosen],
    filling: &mut Filling,
    compiler: Option<&Compiler>,
    place: &Path,
    options: &wheel::Options,
) -> Result<Done, Trouble> {
    let mut supplies = vec![Supply::default(); chosen.len()];
    filling.unpack(chosen, &mut supplies, options)?;
    if let Some(compiler) = compiler {
        filling.compile(chosen, &mut supplies, compiler)?;
    }
    let brought = compiler.map(|_| Compiler::leave(plan, &mut supplies));
    let written = wheel::place(&plan.wheels, &plan.parts, &supplies, place, options)?;
    if let (Some(compiler), Some(brought)) = (compiler, brought) {
        compiler.compile_in_place(plan, &mut supplies, &brought, place)?;
    }
    let records = wheel::finish(&plan.wheels, &plan.parts, &supplies, place, options)?;
    Ok(Done {
        written,
        records,
        supplies,
    })
}

/// Gives the environment its name, and then what is new in the store.
fn publish(scratch: Scratch, fill: Option<Fill>, durability: Durability) -> Result<(), Trouble> {
    if let Some(fill) = &fill
        && durability == Durability::Synced
        && !is_same_device(fill.path(), scratch.path())
    {
        disk::sync_filesystem(fill.path())?;
    }
    // On one file system this syncs the store as well; what is in it gets its name after that.
    cli::uninterrupted(|| {
        scratch.publish(durability)?;
        if let Some(fill) = fill {
            fill.publish();
        }
        Ok::<_, disk::Error>(())
    })?;
    Ok(())
}

fn is_same_device(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let device = |path: &Path| fs_err::metadata(path).map(|found| found.dev()).ok();
    device(one) == device(other)
}

/// A store to which something may be added.
struct Filling<'a> {
    store: Option<&'a Store>,
    fill: Option<Fill<'a>>,
}

impl<'a> Filling<'a> {
    fn begin(&mut self, store: &'a Store) -> Result<&mut Fill<'a>, Trouble> {
        let fill = match self.fill.take() {
            Some(fill) => fill,
            None => store.fill()?,
        };
        Ok(self.fill.insert(fill))
    }

    /// Unpacks the wheels that are not in the store yet.
    fn unpack(
        &mut self,
        chosen: &[Chosen],
        supplies: &mut [Supply],
        options: &wheel::Options,
    ) -> Result<(), Trouble> {
        let Some(store) = self.store else { return Ok(()) };
        let is_new = |one: &&Chosen| one.is_storable && one.wheel.archive().is_some();
        let new: Vec<_> = chosen
            .iter()
            .filter(is_new)
            .map(|one| (&one.wheel, &one.hash))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let trees = self
            .begin(store)?
            .unpack(&new, options.threads, options.progress)?;
        let supplied = chosen.iter().zip(supplies).filter(|(one, _)| is_new(one));
        for ((_, supply), tree) in supplied.zip(trees) {
            supply.tree = Some(tree);
        }
        Ok(())
    }

    /// Finds the bytecode of the wheels in the store, and compiles what has none.
    fn compile(
        &mut self,
        chosen: &[Chosen],
        supplies: &mut [Supply],
        compiler: &Compiler,
    ) -> Result<(), Trouble> {
        let Some(store) = self.store else { return Ok(()) };
        let mut due = Vec::new();
        for (number, one) in chosen.iter().enumerate().filter(|(_, one)| one.is_storable) {
            match store.bytecode(&one.hash, compiler.key())? {
                Some((compiled, tree)) => supplies[number].bytecode = Some((compiled, Some(tree))),
                None => due.push(number),
            }
        }
        let mut jobs = Vec::new();
        for number in due {
            let one = &chosen[number];
            let source = supplies[number]
                .tree
                .clone()
                .or_else(|| one.wheel.tree().map(Into::into));
            let target = self.begin(store)?.bytecode_tree(&one.hash, compiler.key())?;
            jobs.push(Job {
                number,
                modules: compiler.modules(&one.wheel),
                source: source.unwrap_or_default(),
                target,
            });
        }
        for (job, compiled) in jobs.iter().zip(compiler.compile(&jobs)?) {
            let hash = &chosen[job.number].hash;
            self.begin(store)?.put_bytecode(hash, compiler.key(), &compiled)?;
            supplies[job.number].bytecode = Some((compiled, Some(job.target.clone())));
        }
        Ok(())
    }
}
