//! Refusing, before anything is changed: a plan that no longer holds, and what a person has to
//! decide first.

use crate::{
    apply::how::How, place::Place, plan::survey::Survey, root::look::Look, root::way::Way, tree::change,
    tree::change::Change, tree::entry,
};
use cli::Failure;
use rustix::{
    fs::{Access, AtFlags, accessat},
    io::Errno,
};
use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};
use wire::{
    Kind,
    etc::{Entry, Level, OpKind, Source},
};

/// Refuses what a person has to decide first.
pub(crate) fn undecided(place: &Place, survey: &Survey, how: &How) -> Result<(), Failure> {
    closed(place, &survey.changes)?;
    for change in &survey.changes {
        let doubt = doubt(place, &survey.plan.source, change, how);
        doubt.map_or(Ok(()), |failure| Err(failure.file(change.path.text())))?;
    }
    let mut findings = survey.plan.lint.iter();
    match findings.find(|finding| finding.level == Level::Error) {
        None => Ok(()),
        Some(finding) => {
            let failure = Failure::new(Kind::Lint, &finding.text).file(&finding.path);
            Err(match finding.line {
                Some(line) => failure.line(line),
                None => failure,
            })
        }
    }
}

/// Says what speaks against a change.
fn doubt(place: &Place, source: &Source, change: &Change, how: &How) -> Option<Failure> {
    let op = &change.op;
    if let Some(why) = &op.blocked {
        let hint = behind_a_link(place, source, change.path.folder());
        return Some(hinted(Failure::new(Kind::Blocked, why), hint));
    }
    if let Entry::Unknown { why } = &op.before {
        return Some(hinted(Failure::new(Kind::NoAccess, why), as_whom(place)));
    }
    if op.drift && !how.overwrite_drift {
        let message = "somebody else changed it since etcsync wrote it";
        return Some(Failure::new(Kind::Drift, message));
    }
    if op.op != OpKind::Retype {
        return None;
    }
    let behind = behind_a_link(place, source, change.path.as_bytes());
    if how.retype && behind.is_none() {
        return None;
    }
    let (before, after) = (entry::words(&op.before), entry::words(&op.after));
    let failure = Failure::new(Kind::Blocked, format!("{before} is there, and {after} is to be"));
    Some(failure.hint(behind.unwrap_or_else(|| "pass --retype if that is meant".to_owned())))
}

/// Refuses folders in which we may not put anything, before anything is made ready for them.
fn closed(place: &Place, changes: &[Change]) -> Result<(), Failure> {
    let mut way = Way::new(place);
    for path in change::folders(changes) {
        // One that is not there yet is made in the one above, which is among them.
        let Ok(folder) = way.to(path) else { continue };
        let access = Access::WRITE_OK | Access::EXEC_OK;
        if accessat(folder, ".", access, AtFlags::EACCESS) == Err(Errno::ACCESS) {
            let failure = Failure::new(Kind::NoAccess, "we may not put anything into this folder")
                .file(folder.path().components().as_path().display().to_string());
            return Err(hinted(failure, as_whom(place)));
        }
    }
    Ok(())
}

fn hinted(failure: Failure, hint: Option<String>) -> Failure {
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Says as whom to run it, if the root is somebody else's.
fn as_whom(place: &Place) -> Option<String> {
    let owner = rustix::fs::fstat(&place.root).ok()?.st_uid;
    let ours = place.privileged || owner == rustix::process::geteuid().as_raw();
    (!ours).then(|| "run it as root, or for a root of your own: plan with --root".to_owned())
}

/// Says how to work behind a link that is `way`, or on it: the folder that it means is the root of a run
/// of its own.
fn behind_a_link(place: &Place, source: &Source, way: &[u8]) -> Option<String> {
    let way = Path::new(OsStr::from_bytes(way));
    let Err(disk::Error::LinkOnTheWay { path: link }) = place.root.beneath(way) else {
        return None;
    };
    let Source::Layers { layers, .. } = source else {
        return None;
    };
    let real = fs_err::canonicalize(&link).ok().filter(|real| real.is_dir())?;
    let below = link.strip_prefix(place.root.path()).ok()?;
    let parts = layers.iter().map(|layer| Path::new(layer).join(below));
    let parts: Vec<_> = parts.filter(|part| part.is_dir()).collect();
    let parts = parts.iter().map(|part| part.as_os_str());
    let command = ["etcsync", "plan"].map(OsStr::new).into_iter().chain(parts);
    let root = [OsStr::new("--root"), real.as_os_str()];
    let command = cli::quoted(command.chain(root));
    command.map(|command| {
        format!(
            "remove the link, or, if the folder behind it is meant, make that the root of a run of its own: {command}"
        )
    })
}

/// Looks at every path once more, right before the first change.
pub(crate) fn moved(place: &Place, changes: &[Change]) -> Result<(), Failure> {
    let mut look = Look::new(place);
    for change in changes {
        let now = look.at(&change.path)?;
        if now.entry != change.op.before || now.blocked.is_some() {
            let message = format!(
                "expected {}, found {}",
                entry::words(&change.op.before),
                now.blocked.unwrap_or_else(|| entry::words(&now.entry))
            );
            return Err(Failure::new(Kind::StalePlan, message).file(change.path.text()));
        }
    }
    Ok(())
}
