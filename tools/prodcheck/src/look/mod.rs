//! Looking: one module for each place where something can be wrong.

mod agents;
mod apps;
mod deployers;
mod drift;
mod environments;
mod etc_tree;
mod homes;
mod lints;
mod network;
mod processes;
mod releases;
mod supervisor;
mod units;

pub(crate) use apps::App;
pub(crate) use drift::document;
pub(crate) use network::index;

use wire::Progress;

use crate::host::Host;
use crate::notes::Notes;

/// Returns the applications of a host: those named, or those that relswitch made in the usual places.
pub(crate) fn apps(host: &Host, named: &[std::path::PathBuf], notes: &mut Notes) -> Vec<App> {
    apps::find(host, named, notes)
}

/// Looks at everything that the host itself shows.
pub(crate) fn host(
    host: &Host,
    apps: &[App],
    deployers: &[String],
    notes: &mut Notes,
    progress: &dyn Progress,
) {
    homes::look(host, apps, notes, progress);
    agents::look(host, notes);
    deployers::look(host, apps, deployers, notes);
    for app in apps {
        releases::look(host, app, notes);
        environments::look(host, app, notes);
    }
    etc_tree::look(host, notes);
    lints::look(host, notes);
    units::look(host, apps, notes);
    if host.is_machine {
        processes::look(host, apps, notes);
    } else {
        notes.unread("processes", "the root is not this machine's");
    }
}
