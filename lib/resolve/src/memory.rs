//! What was seen during a search.

use crate::{Origin, Set, TargetId, Versions};
use pyspec::{name::Name, version::Version};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

/// What the provider has seen. It steers choices; it never makes one valid or invalid.
#[derive(Default)]
pub(crate) struct Memory {
    /// The order in which projects came up.
    pub(crate) order: HashMap<(Name, TargetId), usize>,
    /// The last range that each project had.
    pub(crate) range: HashMap<(Name, TargetId), Set>,
    /// The version last chosen for each project.
    pub(crate) chosen: HashMap<(Name, TargetId), Version>,
    /// How often each project was in conflict with others.
    conflicts: HashMap<Name, u32>,
    /// How many versions were looked into.
    pub(crate) tried: usize,
    /// Versions after the constraints.
    pub(crate) versions: HashMap<(Name, TargetId), Arc<Versions>>,
    /// Who has asked last for which versions of a project.
    asked: HashMap<(Name, TargetId), BTreeMap<Who, Set>>,
    /// How often two have asked for versions of a project that have none in common.
    disputes: BTreeMap<Dispute, u32>,
}

/// Somebody who asks for versions of a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A line of the user's.
    Line(Origin),
    /// Another project.
    Project(Name),
}

impl fmt::Display for Who {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(origin) => write!(formatter, "{origin}"),
            Self::Project(name) => write!(formatter, "{name}"),
        }
    }
}

/// Two who want different versions of a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dispute {
    /// Both.
    pub between: [Who; 2],
    /// The project.
    pub about: Name,
}

/// What a search was about when it was given up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quarrel {
    /// Who wanted different versions of what, and how often; the most quarrelsome first.
    pub disputes: Vec<(Dispute, u32)>,
    /// The projects that were in conflict with others, and how often; the most quarrelsome first.
    pub projects: Vec<(Name, u32)>,
    /// How many versions were tried.
    pub tried: usize,
}

impl Memory {
    /// Takes notice that somebody asks for versions of a project, and of who cannot bear that.
    pub(crate) fn asks(&mut self, who: Who, about: &Name, target: TargetId, range: Set) {
        let key = (about.clone(), target);
        let wanted = self.range.get(&key);
        let unwelcome = wanted.is_some_and(|wanted| wanted.is_disjoint(&range));
        let asked = self.asked.entry(key).or_default();
        for (other, theirs) in asked.iter().filter(|_| unwelcome) {
            if *other != who && theirs.is_disjoint(&range) {
                let mut between = [other.clone(), who.clone()];
                between.sort();
                let dispute = Dispute {
                    between,
                    about: about.clone(),
                };
                *self.disputes.entry(dispute).or_default() += 1;
            }
        }
        asked.insert(who, range);
    }

    /// Takes notice that a project was in conflict with others so often.
    pub(crate) fn conflict(&mut self, name: &Name, count: u32) {
        let most = self.conflicts.entry(name.clone()).or_default();
        *most = count.max(*most);
    }

    /// Returns what has stood in each other's way so far.
    pub(crate) fn quarrel(&self) -> Quarrel {
        Quarrel {
            disputes: worst_first(&self.disputes),
            projects: worst_first(&self.conflicts),
            tried: self.tried,
        }
    }
}

fn worst_first<'m, K: Clone + Ord + 'm>(counts: impl IntoIterator<Item = (&'m K, &'m u32)>) -> Vec<(K, u32)> {
    let counts = counts.into_iter().map(|(key, count)| (key.clone(), *count));
    let mut counts: Vec<(K, u32)> = counts.collect();
    counts.sort_by(|(one, fewer), (other, more)| more.cmp(fewer).then(one.cmp(other)));
    counts
}
