//! Where everything that a plan is made of stands.

use crate::layers::rules;
use std::path::PathBuf;
use wire::etc::{Embedded, Plan, Source};

/// Where everything that is asked for stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// Layers, by name, or an earlier generation.
    pub(crate) source: &'a Source,
    /// The layers themselves, if a plan carries them.
    pub(crate) embedded: Option<&'a Embedded>,
    /// Whether digests of secrets are told as they are.
    pub(crate) open: bool,
}

impl<'a> Origin<'a> {
    /// What a plan was made from.
    pub(crate) fn of_plan(plan: &'a Plan) -> Self {
        let embedded = plan.embedded.as_ref();
        Self {
            source: &plan.source,
            embedded,
            open: embedded.is_some_and(|embedded| embedded.secrets),
        }
    }

    /// What the source names.
    pub(crate) fn of(source: &'a Source) -> Self {
        Self {
            source,
            embedded: None,
            open: false,
        }
    }

    /// Returns the folders of layers and the files of rules, there or not; nothing where no checkout is read.
    pub(crate) fn files(self) -> Option<Vec<PathBuf>> {
        match self {
            Self {
                source: Source::Layers { layers, attrs, .. },
                embedded: None,
                ..
            } => {
                let beside = layers.iter().filter_map(|layer| rules::beside(layer).ok());
                Some(
                    layers
                        .iter()
                        .cloned()
                        .chain(beside)
                        .chain(attrs.iter().cloned())
                        .map(PathBuf::from)
                        .collect(),
                )
            }
            _ => None,
        }
    }
}
