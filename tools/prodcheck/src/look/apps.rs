//! Where the applications are.

use std::path::{Path, PathBuf};

use crate::host::Host;
use crate::notes::Notes;

/// Where applications usually are.
const PLACES: [&str; 4] = ["/srv", "/opt", "/var/www", "/home"];

/// The folder of an application.
#[derive(Debug)]
pub(crate) struct App {
    /// Where it is, as the host calls it.
    pub(crate) path: PathBuf,
    /// Who deploys: the owner.
    pub(crate) uid: u32,
}

pub(super) fn find(host: &Host, named: &[PathBuf], notes: &mut Notes) -> Vec<App> {
    let mut paths = named.to_vec();
    if paths.is_empty() {
        for place in PLACES {
            let below = host.list(Path::new(place), notes);
            paths.extend(
                below
                    .into_iter()
                    .filter(|path| host.has(&path.join(".relswitch"))),
            );
        }
    }
    paths
        .into_iter()
        .filter_map(|path| app(host, path, notes))
        .collect()
}

fn app(host: &Host, path: PathBuf, notes: &mut Notes) -> Option<App> {
    match host.step(&path) {
        Some(step) => Some(App { path, uid: step.uid }),
        None => {
            notes.unread(path.display().to_string(), "there is no such folder");
            None
        }
    }
}
