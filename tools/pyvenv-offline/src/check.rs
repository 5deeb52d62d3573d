//! What is checked of the wheels together, before anything is written.

use cli::{Failure, Session};
use lock::closure::{self, Present};
use lock::{Lock, fit};
use pyspec::target::Target;
use wire::Kind;

use crate::args::{Closure, Pth};
use crate::choose::{Chosen, file_name};
use crate::plan::Plan;

/// Makes sure that every wheel lets this Python in, as its metadata says.
///
/// What cannot be read does not count, as with pip: the old wheels that have it are not mended any more.
pub(crate) fn pythons(chosen: &[Chosen], target: &Target, session: &Session) -> Result<(), Failure> {
    for one in chosen {
        for field in one.wheel.metadata().unreadable("Requires-Python") {
            session.warn(format!("{}: {field} cannot be read", file_name(one.wheel.path())));
        }
        let Some(requires) = &one.wheel.metadata().requires_python else {
            continue;
        };
        if let Err(misfit) = fit::judge_python(requires, target) {
            let name = file_name(one.wheel.path());
            return Err(Failure::new(Kind::NoWheel, format!("{name}: {misfit}")).file(name));
        }
    }
    Ok(())
}

/// Tells, as pip does, where a RECORD says more than it should.
pub(crate) fn records(chosen: &[Chosen], session: &Session) {
    for one in chosen {
        for line in one.wheel.surplus() {
            let name = file_name(one.wheel.path());
            session.warn(format!("{name}: RECORD, line {line} has more than three fields"));
        }
    }
}

/// Looks for dependencies that are not in the lock.
pub(crate) fn closure(
    chosen: &[Chosen],
    lock: &Lock,
    target: &Target,
    what: Closure,
    session: &Session,
) -> Result<(), Failure> {
    if what == Closure::Off {
        return Ok(());
    }
    let present: Vec<Present> = chosen.iter().map(present).collect();
    let missing = closure::check(&present, &lock.header, target).into_iter();
    let unknown = chosen.iter().flat_map(|one| {
        let name = file_name(one.wheel.path());
        let fields = one.wheel.metadata().unreadable("Requires-Dist");
        fields.map(move |field| format!("{name}: {field} cannot be read"))
    });
    let mut missing = missing.map(|missing| missing.to_string()).chain(unknown);
    if what == Closure::Warn {
        missing.for_each(|missing| session.warn(missing));
        return Ok(());
    }
    let Some(first) = missing.next() else {
        return Ok(());
    };
    let failure = Failure::new(Kind::Closure, first);
    let failure = failure.hint("lock again with reqlock; --closure warn, if it is meant");
    Err(missing.fold(failure, Failure::cause))
}

fn present(chosen: &Chosen) -> Present {
    let metadata = chosen.wheel.metadata();
    Present {
        name: metadata.name.clone(),
        version: metadata.version.clone(),
        extras: chosen.package.requirement.extras.clone(),
        requires: metadata.requires_dist.clone(),
    }
}

/// Makes sure that no wheel brings a `.pth` file that is not allowed.
pub(crate) fn pth(plan: &Plan, rules: &[Pth]) -> Result<(), Failure> {
    let named = |name: &str| {
        rules
            .iter()
            .any(|rule| matches!(rule, Pth::Named(known) if known == name))
    };
    if rules.iter().all(|rule| *rule == Pth::Allow) {
        return Ok(());
    }
    let mut refused = plan
        .pth
        .iter()
        .filter(|(_, name)| !named(name))
        .map(|(part, name)| {
            let wheel = file_name(plan.parts[*part].wheel.path());
            format!("{wheel} brings {name}, which Python reads at every start")
        });
    let Some(first) = refused.next() else {
        return Ok(());
    };
    let failure =
        Failure::new(Kind::Unsupported, first).hint("look into it; --pth allow=NAME, if it is meant");
    Err(refused.fold(failure, Failure::cause))
}
