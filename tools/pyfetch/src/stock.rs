//! The wheels of the lock as a place where build requirements come from.

use std::path::{Path, PathBuf};

use cli::Failure;
use lock::Lock;
use lock::closure::{self, Present};
use pyspec::requirement::Requirement;
use pyspec::target::Target;

use crate::{closed, house};

/// Wheels that are here, with what they say of themselves.
#[derive(Debug, Default)]
pub(crate) struct Stock(Vec<Stocked>);

#[derive(Debug)]
struct Stocked {
    name: String,
    path: PathBuf,
    present: Present,
}

impl Stock {
    /// Reads the wheels.
    pub(crate) fn new(wheels: &[closed::Wheel], lock: &Lock) -> Result<Self, Failure> {
        let stocked = wheels.iter().map(|wheel| {
            Ok(Stocked {
                name: wheel.name.to_owned(),
                path: wheel.path.clone(),
                present: closed::needs(wheel, lock)?.present,
            })
        });
        Ok(Self(stocked.collect::<Result<_, Failure>>()?))
    }

    /// Puts the wheels that meet the requirements, and all that these need, into a folder under their names; `None` if
    /// something is missing.
    pub(crate) fn meet(
        &self,
        requirements: &[String],
        target: &Target,
        folder: &Path,
    ) -> Result<Option<Vec<PathBuf>>, Failure> {
        let wanted: Result<Vec<Requirement>, _> = requirements.iter().map(|text| text.parse()).collect();
        let present: Vec<Present> = self.0.iter().map(|one| one.present.clone()).collect();
        let needed = wanted
            .ok()
            .and_then(|wanted| closure::needed(&wanted, &present, target).ok());
        let Some(needed) = needed else { return Ok(None) };
        let chosen = self
            .0
            .iter()
            .filter(|one| needed.contains(one.present.name.as_str()));
        let linked = chosen.map(|one| {
            let path = folder.join(&one.name);
            house::link(&one.path, &path)?;
            Ok(path)
        });
        linked.collect::<Result<_, Failure>>().map(Some)
    }
}
