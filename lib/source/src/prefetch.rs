//! What to fetch before it is asked for.

use pyspec::{name::Name, version::Version};
use resolve::{Set, TargetId};
use std::{
    collections::{HashSet, VecDeque},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// Something to fetch.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    /// The page of a project, then the metadata of the best version in a range.
    Look(Name, Set, TargetId),
    /// The metadata of a version.
    Metadata(Name, Version, TargetId),
}

/// Jobs for many threads, each only once.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    jobs: VecDeque<Job>,
    looked: HashSet<(Name, TargetId)>,
    fetched: HashSet<(Name, Version, TargetId)>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets jobs in; before that, and after [`close`](Self::close), they are dropped.
    pub(crate) fn open(&self) {
        self.state().open = true;
    }

    /// Drops all jobs and sends the threads home.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.open = false;
        state.jobs.clear();
        self.news.notify_all();
    }

    /// Adds a job, unless it was there before.
    pub(crate) fn push(&self, job: Job) {
        let mut state = self.state();
        let new = match &job {
            Job::Look(name, _, target) => state.looked.insert((name.clone(), *target)),
            Job::Metadata(name, version, target) => {
                state.fetched.insert((name.clone(), version.clone(), *target))
            }
        };
        if new && state.open {
            state.jobs.push_back(job);
            self.news.notify_one();
        }
    }

    /// Waits for a job; `None` when there will be no more.
    pub(crate) fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if !state.open {
                return None;
            }
            match state.jobs.pop_front() {
                Some(job) => return Some(job),
                None => state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
