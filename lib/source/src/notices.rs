//! What is worth a word to the user, though an answer was found.

use crate::{Error, Source, helpers::THREADS};
use pyspec::{name::Name, simple::Status, version::Version};
use resolve::{Answer, Dependencies, TargetId};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

impl Source<'_> {
    /// Returns what the index says of a project as a whole, if that is worth a warning.
    pub fn warning(&self, name: &Name) -> Option<String> {
        let listing = self.listing(name).ok()??;
        let status = match listing.table.status {
            Status::Active => return None,
            Status::Archived => "archived",
            Status::Deprecated => "deprecated",
            Status::Quarantined => "in quarantine",
        };
        let reason = listing
            .table
            .status_reason
            .as_ref()
            .map(|reason| format!(": {reason}"));
        Some(format!("{name} is {status}{}", reason.unwrap_or_default()))
    }

    /// Says whether the wheels of a version contradict each other: those that the targets take, if they do not require
    /// the same.
    pub fn contradiction(
        &self,
        name: &Name,
        version: &Version,
        targets: &BTreeSet<TargetId>,
    ) -> Option<String> {
        let mut first: Option<(String, Arc<Dependencies>)> = None;
        for target in targets {
            let listing = self.listing(name).ok()??;
            let best = listing
                .release(version)?
                .best(name, &self.setup.targets[*target], &self.setup.rules);
            let file = best?.file.name.clone();
            let Ok(Answer::Dependencies(found)) = self.answer(name, version, *target, true) else {
                continue;
            };
            match &first {
                Some((before, other)) if *other.requires != *found.requires => {
                    return Some(format!(
                        "{before} and {file} do not require the same; each target has its own"
                    ));
                }
                Some(_) => {}
                None => first = Some((file, found)),
            }
        }
        None
    }

    /// Asks every index for projects, and returns those that more than one knows, with the pages of them.
    ///
    /// # Errors
    ///
    /// An index could not be asked.
    pub fn rivals(&self, names: &[Name]) -> Result<Vec<(Name, Vec<String>)>, Error> {
        let next = AtomicUsize::new(0);
        let found = Mutex::new(Vec::new());
        let ask = || {
            while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                let rivals = self.client.rivals(name).map(|rivals| (name.clone(), rivals));
                found.lock().unwrap_or_else(PoisonError::into_inner).push(rivals);
            }
        };
        thread::scope(|scope| {
            threads::start(scope, THREADS.min(names.len()), ask);
            ask();
        });
        let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        found.retain(|(_, rivals)| rivals.len() > 1);
        found.sort();
        Ok(found)
    }
}
