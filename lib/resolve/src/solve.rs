//! The search itself.

use crate::{
    Candidates, Origin, Problem, Quarrel, Solution,
    derivation::Steps,
    explain::{Explanation, Leaf, explain},
    facts::Facts,
    package::Package,
    provider::{Apart, Provider},
    solution::Gathering,
};
use pubgrub::{NoSolutionError, PubGrubError};
use pyspec::{marker::MarkerError, name::Name, version::Version};
use std::collections::BTreeSet;
use wire::{Fault, Kind, Place};

/// Why there is no solution.
#[derive(Debug, thiserror::Error)]
pub enum Error<E: std::error::Error + 'static> {
    /// The candidates could not be had.
    #[error(transparent)]
    Candidates(E),
    /// A marker of a version's metadata depends on what is not known of a target.
    #[error(transparent)]
    Marker(Box<Unjudged>),
    /// A marker in one of the user's lines does.
    #[error("{source}")]
    OwnMarker {
        /// The line.
        origin: Origin,
        /// Which marker, and what it needs.
        source: MarkerError,
    },
    /// There is none.
    #[error("{0}")]
    NoSolution(Box<Explanation>),
    /// It was time to give up.
    #[error("{source}")]
    GaveUp {
        /// Why.
        source: E,
        /// What stood in each other's way until then.
        quarrel: Quarrel,
    },
}

impl<E: Fault + 'static> Fault for Error<E> {
    fn kind(&self) -> Kind {
        match self {
            Self::Candidates(error) | Self::GaveUp { source: error, .. } => error.kind(),
            Self::Marker(_) | Self::OwnMarker { .. } => Kind::Unsupported,
            Self::NoSolution(explanation) => explanation.kind,
        }
    }

    fn place(&self) -> Place {
        let at = |origin: &Origin| Place {
            file: Some(origin.file.clone()),
            line: origin.line,
        };
        match self {
            Self::Candidates(error) | Self::GaveUp { source: error, .. } => error.place(),
            Self::Marker(_) => Place::default(),
            Self::OwnMarker { origin, .. } => at(origin),
            Self::NoSolution(explanation) => explanation.origin.as_ref().map(at).unwrap_or_default(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Candidates(error) | Self::GaveUp { source: error, .. } => error.hint(),
            Self::Marker(_) | Self::OwnMarker { .. } => Some(
                "name the target by its full form, or by the document that its --probe prints".to_owned(),
            ),
            Self::NoSolution(explanation) => explanation.hint.clone(),
        }
    }
}

/// A marker in the metadata of a version that has no value on a target.
#[derive(Debug, thiserror::Error)]
#[error("{name} {version}: {source}")]
pub struct Unjudged {
    /// The project.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// Which marker, and what it needs.
    pub source: MarkerError,
}

/// What ends a search early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop<E: std::error::Error + 'static> {
    #[error(transparent)]
    Candidates(E),
    #[error(transparent)]
    Marker(Box<Unjudged>),
}

impl<E: std::error::Error + 'static> From<Stop<E>> for Error<E> {
    fn from(stop: Stop<E>) -> Self {
        match stop {
            Stop::Candidates(error) => Self::Candidates(error),
            Stop::Marker(unjudged) => Self::Marker(unjudged),
        }
    }
}

/// Finds one version of everything that is needed.
///
/// All targets share one version of each project, where that is possible. Where it is not, the projects that stand in
/// the way may differ between targets whose marker environments differ.
///
/// # Errors
///
/// [`Error::NoSolution`] explains itself; the other variants say what could not be asked.
pub fn solve<C: Candidates>(problem: &Problem, candidates: &C) -> Result<Solution, Error<C::Error>> {
    let facts = Facts::new(problem).map_err(|(origin, source)| Error::OwnMarker { origin, source })?;
    let mut apart = Apart::new();
    loop {
        let provider = Provider::new(&facts, candidates, &apart);
        match pubgrub::resolve(&provider, Package::Root, Version::new(&[0])) {
            Ok(chosen) => return Ok(Gathering::new(&provider).gather(chosen.into_iter().collect())?),
            Err(PubGrubError::NoSolution(tree)) => {
                let more = in_the_way::<C>(&tree, &apart);
                if more.is_empty() {
                    return Err(Error::NoSolution(Box::new(explain(&provider, &tree)?)));
                }
                apart.extend(more);
            }
            Err(PubGrubError::ErrorInShouldCancel(Stop::Candidates(source))) => {
                let quarrel = provider.quarrel();
                return Err(Error::GaveUp { source, quarrel });
            }
            Err(
                PubGrubError::ErrorChoosingVersion { source, .. }
                | PubGrubError::ErrorRetrievingDependencies { source, .. }
                | PubGrubError::ErrorInShouldCancel(source),
            ) => return Err(source.into()),
        }
    }
}

/// Returns the projects whose being shared by all targets is part of the conflict.
fn in_the_way<C: Candidates>(tree: &NoSolutionError<Provider<'_, C>>, apart: &Apart) -> BTreeSet<Name> {
    let steps = Steps::of(tree);
    let shared = steps.leaves().filter_map(|leaf| match leaf {
        Leaf::FromDependencyOf(_, _, Package::Shared(name, _), _) if !apart.contains(name) => {
            Some(name.clone())
        }
        _ => None,
    });
    shared.collect()
}
