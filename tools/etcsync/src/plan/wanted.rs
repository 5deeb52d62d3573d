//! What is wanted under a path.

use crate::state::remembered::Concerns;
use wire::etc::Entry;

/// What is wanted under a path.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// What is to be there.
    pub(crate) entry: Entry,
    /// The layer with the content; without one it is among the blobs.
    pub(crate) layer: Option<usize>,
    /// Nobody asks for the path any more: what was there before etcsync is to come back.
    pub(crate) dropped: bool,
    /// The content is never shown.
    pub(crate) secret: bool,
    /// The services that check it.
    pub(crate) check: Vec<String>,
    /// The services that read it.
    pub(crate) reload: Vec<String>,
}

impl Wanted {
    /// Makes what is wanted of an entry by what the rules say of its path.
    pub(crate) fn new(entry: Entry, attributes: etc::Attributes) -> Self {
        Self {
            entry,
            layer: None,
            dropped: false,
            secret: attributes.secret,
            check: attributes.check,
            reload: attributes.reload,
        }
    }

    /// The same of what was written before: it concerns whom it did, and whom the rules say now.
    pub(crate) fn again(concerns: &Concerns, entry: Entry, attributes: etc::Attributes) -> Self {
        let mut wanted = Self::new(entry, attributes);
        let add = |names: &mut Vec<String>, more: &[String]| {
            names.extend_from_slice(more);
            names.sort();
            names.dedup();
        };
        add(&mut wanted.check, &concerns.check);
        add(&mut wanted.reload, &concerns.reload);
        wanted.secret |= concerns.secret;
        wanted
    }

    /// Says whom it concerns.
    pub(crate) fn concerns(&self) -> Concerns {
        Concerns {
            check: self.check.clone(),
            reload: self.reload.clone(),
            secret: self.secret,
        }
    }
}
