//! What a plan is confined to: `--only PATH`.

use cli::Failure;
use etc::TreePath;

/// The paths that a plan is confined to; everything, if there are none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope(Vec<TreePath>);

impl Scope {
    /// Reads the paths as given on the command line.
    pub(crate) fn of(only: &[String]) -> Result<Self, Failure> {
        let paths = only.iter().map(|path| TreePath::new(path.trim_end_matches('/')));
        Ok(Self(paths.collect::<Result<_, _>>()?))
    }

    /// Says whether a path is within.
    pub(crate) fn contains(&self, path: &TreePath) -> bool {
        self.0.is_empty() || self.0.iter().any(|only| path.is_within(only))
    }

    /// Says whether something wanted stays in the plan: what is within, and the folders above, which are
    /// needed to get there.
    pub(crate) fn keeps(&self, path: &TreePath, dropped: bool) -> bool {
        let is_above = || self.0.iter().any(|only| only.is_within(path));
        self.contains(path) || (!dropped && is_above())
    }
}
