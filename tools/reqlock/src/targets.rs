//! The Pythons that the lock is for.

use crate::{args::Args, asked::Asked};
use cli::{Failure, Session};
use lock::{Lock, TargetLine, digest};
use pyspec::target::Target;
use python::{Cache, Interpreter};
use std::{
    ffi::{OsStr, OsString},
    sync::OnceLock,
};
use wire::Kind;

/// The targets, and this machine's interpreter for whoever needs it.
#[derive(Debug)]
pub(crate) struct Targets {
    /// The targets, by name.
    pub(crate) list: Vec<Target>,
    program: OsString,
    interpreter: OnceLock<Interpreter>,
}

impl Targets {
    /// Returns the interpreter of this machine; it is asked when it is first needed.
    pub(crate) fn interpreter(&self) -> Result<&Interpreter, python::Error> {
        if let Some(interpreter) = self.interpreter.get() {
            return Ok(interpreter);
        }
        let asked = python::ask(&self.program, &Cache::of_user())?;
        Ok(self.interpreter.get_or_init(|| asked))
    }

    /// Returns the program that the interpreter is asked for.
    pub(crate) fn program(&self) -> &OsStr {
        &self.program
    }

    /// Insists that every target is one that the projects among the inputs are for.
    pub(crate) fn suit(&self, asked: &Asked) -> Result<(), Failure> {
        for (file, python) in &asked.pythons {
            if let Some(other) = self
                .list
                .iter()
                .find(|target| !target.accepts_python(python).is_usable())
            {
                let message = format!("the project needs Python {python}, which {other} is not");
                return Err(Failure::new(Kind::Conflict, message).file(file));
            }
        }
        Ok(())
    }

    /// Returns this machine's interpreter as the only target.
    pub(crate) fn of_interpreter(&self) -> Result<Self, Failure> {
        let interpreter = self.interpreter()?.clone();
        Ok(Self {
            list: vec![steady(&interpreter.target)],
            program: self.program.clone(),
            interpreter: interpreter.into(),
        })
    }

    /// Returns the lines of the header.
    pub(crate) fn lines(&self) -> Vec<TargetLine> {
        self.list.iter().map(digest::target).collect()
    }
}

/// Returns the program that is this machine's interpreter.
pub(crate) fn program(args: &Args) -> OsString {
    let named = args.machine.python.as_ref();
    named.map_or("python3".into(), |path| path.clone().into_os_string())
}

/// Says whether the interpreter is the target, unless the old lock has others.
pub(crate) fn are_asked(args: &Args, old: Option<&Lock>) -> bool {
    let recorded = old.is_some_and(|lock| !lock.header.targets.is_empty());
    args.machine.targets.is_empty() && (args.machine.python.is_some() || !recorded)
}

/// Chooses: those of the command line, else those of the old lock, else this machine's interpreter.
pub(crate) fn choose(args: &Args, old: Option<&Lock>, session: &Session) -> Result<Targets, Failure> {
    let mut targets = Targets {
        list: Vec::new(),
        program: program(args),
        interpreter: OnceLock::new(),
    };
    for name in &args.machine.targets {
        targets.list.push(named(name, session)?);
    }
    let recorded = old.map_or(&[][..], |lock| &lock.header.targets);
    if targets.list.is_empty() && args.machine.python.is_none() {
        for line in recorded {
            let target = recorded_target(line, &targets)?;
            targets.list.push(target);
        }
    }
    if targets.list.is_empty() {
        targets.list.push(steady(&targets.interpreter()?.target));
    }
    targets
        .list
        .sort_by_cached_key(|target| (target.name().to_owned(), digest::target(target).digest));
    targets.list.dedup();
    Ok(targets)
}

/// Returns the lines of the targets that the command line names; no interpreter is asked.
pub(crate) fn given(args: &Args, session: &Session) -> Result<Vec<TargetLine>, Failure> {
    let targets = args.machine.targets.iter();
    targets
        .map(|name| Ok(digest::target(&named(name, session)?)))
        .collect()
}

/// Takes out of an interpreter's target what belongs to the machine rather than to the interpreter: the kernel's
/// release and version. So the lock is the same after a new kernel, and on the machine next to this one.
fn steady(target: &Target) -> Target {
    let mut parts = target.parts().clone();
    parts.environment.platform_release = None;
    parts.environment.platform_version = None;
    Target::from_parts(parts)
}

/// Returns what the name of an interpreter's target stands for: what it says, and wheels for plain Linux, which are
/// built where they are used.
fn of_interpreter(name: &str) -> Option<Target> {
    let mut parts = Target::parse(name).ok()?.parts().clone();
    let (_, architecture) = parts.platforms.first()?.split_once("linux_2_")?;
    let (_, architecture) = architecture.split_once('_')?;
    let plain = format!("linux_{architecture}");
    parts.platforms.insert(0, plain);
    Some(Target::from_parts(parts))
}

/// Finds what a line of a lock's header stands for, if its name says it all.
pub(crate) fn by_name(line: &TargetLine) -> Option<Target> {
    let known = [Target::parse(&line.name).ok(), of_interpreter(&line.name)];
    let mut known = known.into_iter().flatten();
    known.find(|target| digest::target(target) == *line)
}

/// Finds what a line of a lock's header stands for: its name says it all, or it is this machine's interpreter.
fn recorded_target(line: &TargetLine, targets: &Targets) -> Result<Target, Failure> {
    if let Some(target) = by_name(line) {
        return Ok(target);
    }
    let own = steady(&targets.interpreter()?.target);
    if digest::target(&own) == *line {
        return Ok(own);
    }
    let message = format!(
        "the lock was made for {}, which is not this machine's interpreter",
        line.name
    );
    Err(Failure::new(Kind::Usage, message)
        .hint("name the targets with --target, or this interpreter with --python"))
}

/// Reads what `--target` names.
fn named(name: &str, session: &Session) -> Result<Target, Failure> {
    python::target::named(name, |name| Ok(session.input(name)?.bytes))
}

#[cfg(test)]
mod tests {
    use super::{Cache, OsStr, of_interpreter, steady};

    #[test]
    fn the_name_of_an_interpreters_target_says_all_that_is_recorded() {
        let own = python::ask(OsStr::new(kit::PYTHON), &Cache::none())
            .unwrap()
            .target;
        let steady = steady(&own);
        let named = of_interpreter(steady.name()).unwrap();
        assert_eq!(named.environment(), steady.environment());
        assert_eq!(named.tags().list(), steady.tags().list());
    }
}
