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
    /// The page of a project, then the metadata of the best version in a range, for these extras.
    Look(Name, Vec<Name>, Set, TargetId),
    /// The metadata of a version, then the pages of what it needs, for these extras.
    Metadata(Name, Vec<Name>, Version, TargetId),
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
    /// How many threads wait for a job.
    idle: usize,
    /// Whether one of them was called and has not come yet.
    called: bool,
    looked: HashSet<(Name, Vec<Name>, TargetId)>,
    fetched: HashSet<(Name, Vec<Name>, Version, TargetId)>,
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
            Job::Look(name, extras, _, target) => {
                state.looked.insert((name.clone(), extras.clone(), *target))
            }
            Job::Metadata(name, extras, version, target) => {
                let key = (name.clone(), extras.clone(), version.clone(), *target);
                state.fetched.insert(key)
            }
        };
        if new && state.open {
            state.jobs.push_back(job);
            self.call(&mut state);
        }
    }

    /// Calls one of those who wait, unless one is on its way: whoever comes calls the next if there is more to do. So
    /// who has many jobs to give away pays for one call, and no more threads run than the jobs are worth.
    fn call(&self, state: &mut State) {
        if state.idle > 0 && !state.called && !state.jobs.is_empty() {
            state.called = true;
            self.news.notify_one();
        }
    }

    /// Returns a job if there is one.
    pub(crate) fn try_next(&self) -> Option<Job> {
        self.state().jobs.pop_front()
    }

    /// Says whether there is nothing to do just now.
    pub(crate) fn is_empty(&self) -> bool {
        self.state().jobs.is_empty()
    }

    /// Waits for a job; `None` when there will be no more.
    pub(crate) fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if !state.open {
                return None;
            }
            if let Some(job) = state.jobs.pop_front() {
                self.call(&mut state);
                return Some(job);
            }
            state.idle += 1;
            state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            state.called = false;
        }
    }
}
