//! From METADATA to dependencies.

use pyspec::{metadata::Metadata, name::Name, version::Version};
use resolve::{Answer, Dependencies, Reason, ReasonKind};
use std::sync::Arc;

/// Reads METADATA of a version; what cannot be read, or is of something else, makes the version unusable.
pub(crate) fn read(bytes: &[u8], name: &Name, version: &Version) -> Answer {
    match Metadata::parse(bytes) {
        Ok(metadata) if metadata.name != *name || metadata.version != *version => {
            let text = format!("says that it is {} {}", metadata.name, metadata.version);
            unusable(text)
        }
        Ok(metadata) => Answer::Dependencies(Arc::new(Dependencies {
            requires: metadata.requires_dist,
            requires_python: metadata.requires_python,
            extras: metadata.provides_extra,
        })),
        Err(error) => unusable(format!("has metadata that cannot be read: {error}")),
    }
}

/// Makes the answer for a version that turned out to be unusable.
pub(crate) fn unusable(text: String) -> Answer {
    Answer::Unusable(Reason::new(ReasonKind::Other, text))
}
