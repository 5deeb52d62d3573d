//! The resolver's questions, answered.

use crate::{Error, Source, error::Found, prefetch::Job};
use pyspec::{name::Name, version::Version};
use resolve::{Answer, Candidates, Set, TargetId, Versions, pick};
use std::sync::Arc;

impl Candidates for Source<'_> {
    type Error = Error;

    fn versions(&self, name: &Name, target: TargetId) -> Found<Arc<Versions>> {
        self.versions_of(name, target)
    }

    fn dependencies(&self, name: &Name, version: &Version, target: TargetId) -> Found<Answer> {
        self.look_back(name, version, target);
        let answer = self.answer(name, version, target, true)?;
        if let Answer::Dependencies(found) = &answer {
            self.look_ahead(found, &[], target);
        }
        Ok(answer)
    }

    fn expect(&self, name: &Name, extra: Option<&Name>, range: &Set, target: TargetId) {
        let extras: Vec<Name> = extra.into_iter().cloned().collect();
        match self.versions.ready(&(name.clone(), target)) {
            None => self
                .queue
                .push(Job::Look(name.clone(), extras, range.clone(), target)),
            Some(Ok(versions)) => {
                if let Some(version) = pick(&versions, range, false, self.preferred(name)) {
                    self.queue
                        .push(Job::Metadata(name.clone(), extras, version.clone(), target));
                }
            }
            Some(Err(_)) => {}
        }
    }

    fn patience(&self) -> Found<()> {
        match self.setup.rules.limit {
            Some(limit) if self.began.elapsed() > limit => Err(Error::Timeout { limit }),
            _ => Ok(()),
        }
    }
}
