//! What stops a run: a failure, or a damaged store that can be mended and tried again.

use std::path::PathBuf;

use cli::Failure;

/// Why an environment was not made.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Something in the store is damaged: it is taken from the wheel again.
    Damaged(PathBuf, Failure),
    /// Anything else.
    Failed(Failure),
}

impl Trouble {
    /// Takes it as the end of the run.
    pub(crate) fn into_failure(self) -> Failure {
        match self {
            Self::Damaged(_, failure) | Self::Failed(failure) => failure,
        }
    }
}

impl From<wheel::Error> for Trouble {
    fn from(error: wheel::Error) -> Self {
        match &error {
            wheel::Error::Damaged { path, .. } => Self::Damaged(path.clone(), error.into()),
            _ => Self::Failed(error.into()),
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Errors of other libraries know nothing of a store.
macro_rules! failed {
    ($($error:ty),*) => {
        $(impl From<$error> for Trouble {
            fn from(error: $error) -> Self {
                Self::Failed(error.into())
            }
        })*
    };
}

failed!(disk::Error, python::Error, lock::Error);
