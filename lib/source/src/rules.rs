//! What whoever asks lays down for all candidates.

use crate::{Cooldown, Formats};
use pyspec::{name::Name, version::Version};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What may be taken, and how long it may take.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What comes as wheels, what as source distributions.
    pub formats: Formats,
    /// The versions that will probably be taken: the pins of an older lock.
    pub preferences: BTreeMap<Name, Vec<Version>>,
    /// How old a file must be.
    pub cooldown: Cooldown,
    /// The SHA-256 that files of these projects must have.
    pub hashes: BTreeMap<Name, BTreeSet<String>>,
    /// How long a resolution may take; no limit without.
    pub limit: Option<Duration>,
}
