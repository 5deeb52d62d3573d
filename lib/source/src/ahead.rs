//! Fetching what the resolver will ask for, while it thinks.

use crate::{
    Source,
    helpers::{self, THREADS},
    prefetch::{Job, Queue},
};
use pyspec::{marker::Extras, name::Name, specifier::Specifiers, version::Version};
use resolve::{Answer, Dependencies, Set, TargetId, pick};
use std::{sync::PoisonError, thread};

/// After how many versions of one project were tried the next ones are fetched at once.
const FIRST_BATCH: usize = 5;
/// How many are fetched at once at most.
const LARGEST_BATCH: usize = 50;

impl Source<'_> {
    /// Does `work` while threads fetch what it will ask for.
    pub fn while_fetching<T>(&self, work: impl FnOnce(&Self) -> T) -> T {
        self.queue.open();
        thread::scope(|scope| {
            let helped = helpers::start_by_need(scope, THREADS, self.client, || {
                // What can wait is done while there is nothing to fetch.
                while let Some(job) = self.queue.try_next().or_else(|| {
                    while self.queue.is_empty() && self.client.do_little() {}
                    self.queue.next()
                }) {
                    self.fetch(job);
                }
            });
            // The threads must go home even if the work panics.
            let closing = Closing(&self.queue);
            let done = work(self);
            drop((closing, helped));
            done
        })
    }

    fn fetch(&self, job: Job) {
        match job {
            Job::Look(name, extras, range, target) => {
                let Ok(versions) = self.versions_of(&name, target) else {
                    return;
                };
                if let Some(version) = pick(&versions, &range, false, self.preferred(&name)) {
                    self.fetch(Job::Metadata(name, extras, version.clone(), target));
                }
            }
            Job::Metadata(name, extras, version, target) => {
                if let Ok(Answer::Dependencies(found)) = self.answer(&name, &version, target, false) {
                    self.look_ahead(&found, &extras, target);
                }
            }
        }
    }

    /// Asks for the pages of what a version needs: it will probably be taken.
    pub(crate) fn look_ahead(&self, found: &Dependencies, extras: &[Name], target: TargetId) {
        let environment = self.setup.targets[target].environment();
        let asked: Vec<Extras> = std::iter::once(Extras::none())
            .chain(extras.iter().map(Extras::one))
            .collect();
        for requirement in &found.requires {
            let marker = requirement.marker.as_ref();
            if marker.is_none_or(|marker| asked.iter().any(|extras| marker.evaluate(environment, extras))) {
                let range = requirement
                    .specifiers()
                    .map_or_else(Set::full, Specifiers::ranges);
                let extras = requirement.extras.clone();
                self.queue
                    .push(Job::Look(requirement.name.clone(), extras, range, target));
            }
        }
    }

    /// Asks for the versions after one that many others were tried before.
    pub(crate) fn look_back(&self, name: &Name, version: &Version, target: TargetId) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = tried.entry(name.clone()).or_default();
        if tried.contains(version) {
            return;
        }
        tried.push(version.clone());
        let count = tried.len();
        let due = count >= FIRST_BATCH
            && (count.is_multiple_of(20) || count == FIRST_BATCH || count == 2 * FIRST_BATCH);
        let Some(Ok(versions)) = self.versions.ready(&(name.clone(), target)).filter(|_| due) else {
            return;
        };
        let older = versions
            .list
            .iter()
            .filter(|candidate| candidate.version < *version);
        let usable = older.filter(|candidate| *candidate.standing() == resolve::Standing::Usable);
        for candidate in usable.take(count.min(LARGEST_BATCH)) {
            self.queue.push(Job::Metadata(
                name.clone(),
                Vec::new(),
                candidate.version.clone(),
                target,
            ));
        }
    }
}

/// Closes the queue when it goes out of scope.
struct Closing<'a>(&'a Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
