//! What PubGrub decides about: projects, and a few things that are made to look like projects.

use crate::TargetId;
use pyspec::name::Name;
use std::fmt;

/// Something that gets exactly one version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Package {
    /// What the user asks for, with one version.
    Root,
    /// The interpreter of a target; depended upon only by what it does not satisfy.
    Python(TargetId),
    /// A project on a target.
    Plain(Name, TargetId),
    /// An extra of a project on a target; always in the same version as the project. It depends on the project and on
    /// its own requirements, in this version: who tries versions of it needs to know nothing of them.
    Extra(Name, Name, TargetId),
    /// What an extra of a project requires on a target.
    Requirements(Name, Name, TargetId),
    /// The version of a project that the targets of a group share.
    Shared(Name, TargetId),
}

impl Package {
    /// Returns the project that it is about, and the target.
    pub(crate) fn project(&self) -> Option<(&Name, TargetId)> {
        match self {
            Self::Plain(name, target)
            | Self::Extra(name, _, target)
            | Self::Requirements(name, _, target) => Some((name, *target)),
            Self::Root | Self::Python(_) | Self::Shared(..) => None,
        }
    }

    /// Returns the extra that it is about.
    pub(crate) fn extra(&self) -> Option<&Name> {
        match self {
            Self::Extra(_, extra, _) | Self::Requirements(_, extra, _) => Some(extra),
            _ => None,
        }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("the requirements"),
            Self::Python(_) => formatter.write_str("Python"),
            Self::Plain(name, _) | Self::Shared(name, _) => formatter.write_str(name.as_str()),
            Self::Extra(name, extra, _) | Self::Requirements(name, extra, _) => {
                write!(formatter, "{name}[{extra}]")
            }
        }
    }
}
