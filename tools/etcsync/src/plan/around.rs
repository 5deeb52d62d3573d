//! What is run before and after the commit.

use crate::{
    place::Place, plan::decide::Decision, plan::enabling, plan::reloads, plan::request::Request,
    run::command, state::book::Book, state::remembered::State,
};
use etc::{Services, TreePath};
use std::collections::BTreeSet;
use wire::etc::{Check, Reload, Skipped};

/// What is run before and after the commit, and what is left out here.
pub(crate) struct Commands {
    pub(crate) checks: Vec<Check>,
    pub(crate) books: Vec<Book>,
    /// The scripts that etcsync has enabled.
    pub(crate) enabled: BTreeSet<TreePath>,
    pub(crate) reloads: Vec<Reload>,
    pub(crate) skipped: Vec<Skipped>,
}

pub(crate) fn commands(place: &Place, request: &Request, decision: &Decision, old: &State) -> Commands {
    let services = &request.services;
    let known = |name: &str| {
        services
            .get(name)
            .map(|service| service.reload.clone())
            .unwrap_or_default()
    };
    let all = reloads::reloads(&decision.changes, &request.wanted, &known, &old.pending);
    let pends = |name: &str| old.pending.iter().any(|reload| reload.name == name);
    let here = |reload: &Reload| runs_here(place, services, &reload.name) || pends(&reload.name);
    let (reloads, left_out): (Vec<Reload>, Vec<Reload>) = all.into_iter().partition(here);
    let (checks, mut skipped) = checks(place, request, decision);
    let (mut books, mut enabled) = books(place, request, decision, old);
    if !place.is_etc() {
        skipped.extend(books.drain(..).map(|book| skip("books", &book.run.join(" "))));
        enabled.clear();
    }
    skipped.extend(request.crontabs.iter().map(|user| skip("crontab", user)));
    skipped.extend(left_out.iter().map(|reload| skip("reload", &reload.name)));
    Commands {
        checks,
        books,
        enabled,
        reloads,
        skipped,
    }
}

/// Returns the commands for the distribution's books, and the scripts that are then enabled by us.
fn books(
    place: &Place,
    request: &Request,
    decision: &Decision,
    old: &State,
) -> (Vec<Book>, BTreeSet<TreePath>) {
    let scripts = enabling::of_scripts(place, &old.enabled, &request.enabled);
    let mut books = enabling::of_links(&decision.changes);
    books.extend(scripts.books);
    (books, scripts.ours)
}

/// Returns the checks that the changes ask for, and those that are left out here.
fn checks(place: &Place, request: &Request, decision: &Decision) -> (Vec<Check>, Vec<Skipped>) {
    let wanted = decision
        .changes
        .iter()
        .filter_map(|change| request.wanted.get(&change.path));
    let names: BTreeSet<&String> = wanted.flat_map(|wanted| &wanted.check).collect();
    let (mut checks, mut skipped) = (Vec::new(), Vec::new());
    for name in names {
        let Some(service) = request.services.get(name) else {
            continue;
        };
        if !runs_here(place, &request.services, name) {
            skipped.push(skip("check", name));
            continue;
        }
        checks.extend(service.check.iter().map(|argv| Check {
            name: name.clone(),
            argv: argv.clone(),
            guarded: service.guarded,
            needs_root: service.needs_root,
            unavailable: !command::is_there(argv),
        }));
    }
    (checks, skipped)
}

/// Says whether commands of a service run for this root: for `/etc` all, else the user's own.
fn runs_here(place: &Place, services: &Services, name: &str) -> bool {
    place.is_etc() || services.get(name).is_some_and(|service| service.defined)
}

fn skip(what: &str, name: &str) -> Skipped {
    Skipped {
        what: what.to_owned(),
        name: name.to_owned(),
        why: "built-in commands are for the root /etc".to_owned(),
    }
}
