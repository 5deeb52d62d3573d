//! Where the files of a wheel go.

use pyspec::entry_points::{Script, check_name};
use wire::target::Scheme;

use crate::flaw::Flaw;
use crate::listing::join;

/// A part of an environment, as wheels name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// What is not in `.data`: modules, pure or not as the file WHEEL says.
    Root,
    /// Modules without machine code.
    Purelib,
    /// Modules with machine code.
    Platlib,
    /// Headers of C.
    Headers,
    /// Anything, by its path in the environment.
    Data,
    /// Commands.
    Scripts,
}

/// The areas, with a letter and the name that each has in the store and in `.data`.
const AREAS: [(Area, &str, &str); 6] = [
    (Area::Root, "r", "root"),
    (Area::Purelib, "p", "purelib"),
    (Area::Platlib, "l", "platlib"),
    (Area::Headers, "h", "headers"),
    (Area::Data, "d", "data"),
    (Area::Scripts, "s", "scripts"),
];

impl Area {
    fn row(self) -> (Self, &'static str, &'static str) {
        AREAS.into_iter().find(|row| row.0 == self).unwrap_or(AREAS[0])
    }

    pub(crate) fn letter(self) -> &'static str {
        self.row().1
    }

    pub(crate) fn of_letter(letter: &str) -> Option<Self> {
        AREAS.into_iter().find(|row| row.1 == letter).map(|row| row.0)
    }

    /// Returns its name, `purelib`.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    fn of_data(name: &str) -> Option<Self> {
        let known = AREAS.into_iter().find(|row| row.2 == name && row.0 != Self::Root);
        known.map(|row| row.0)
    }

    /// Says whether modules are in it.
    pub fn has_modules(self) -> bool {
        matches!(self, Self::Root | Self::Purelib | Self::Platlib)
    }
}

/// Where the areas of one wheel are in an environment.
pub(crate) struct Places<'a> {
    pub(crate) scheme: &'a Scheme,
    pub(crate) project: &'a str,
    pub(crate) root_is_purelib: bool,
}

impl<'a> Places<'a> {
    /// Returns the folder that holds the wheel's root and so its `.dist-info`.
    pub(crate) fn root(&self) -> &'a str {
        if self.root_is_purelib {
            &self.scheme.purelib
        } else {
            &self.scheme.platlib
        }
    }

    /// Returns the folder of an area, relative to the environment.
    pub(crate) fn folder(&self, area: Area) -> String {
        match area {
            Area::Root => self.root().to_owned(),
            Area::Purelib => self.scheme.purelib.clone(),
            Area::Platlib => self.scheme.platlib.clone(),
            Area::Headers => join(&self.scheme.headers, self.project),
            Area::Data => String::new(),
            Area::Scripts => self.scheme.scripts.clone(),
        }
    }
}

/// Decides about the members of one wheel.
pub(crate) struct Sorter<'a> {
    dist_info: &'a str,
    data: String,
    scripts: &'a [Script],
}

/// The files of `.dist-info` that tell of the installation, not of the wheel.
const OF_INSTALLATION: [&str; 4] = ["RECORD", "INSTALLER", "REQUESTED", "direct_url.json"];

impl<'a> Sorter<'a> {
    pub(crate) fn new(dist_info: &'a str, scripts: &'a [Script]) -> Self {
        let stem = dist_info.strip_suffix(".dist-info").unwrap_or_default();
        Self {
            dist_info,
            data: format!("{stem}.data"),
            scripts,
        }
    }

    /// Returns the area of a member and its path there; `None` for a folder, and for what is written anew: RECORD,
    /// INSTALLER and the like.
    pub(crate) fn place<'m>(&self, member: &'m str) -> Result<Option<(Area, &'m str)>, Flaw> {
        let (top, rest) = member.split_once('/').unwrap_or(("", member));
        if member.ends_with('/') || top == self.dist_info && OF_INSTALLATION.contains(&rest) {
            return Ok(None);
        }
        if !top.ends_with(".data") {
            return Ok(Some((Area::Root, member)));
        }
        let (name, path) = rest.split_once('/').unwrap_or(("", rest));
        if top != self.data || name.is_empty() {
            return Err(Flaw::DataFolder(self.data.clone()));
        }
        let area = Area::of_data(name).ok_or_else(|| Flaw::Scheme(name.to_owned()))?;
        let first = path.split('/').next().unwrap_or(path);
        if area.has_modules() && first.ends_with(".dist-info") {
            return Err(Flaw::DistInfo(vec![self.dist_info.to_owned(), first.to_owned()]));
        }
        if area == Area::Scripts {
            check_name(first).map_err(Flaw::ScriptName)?;
            if self.is_wrapper(path) {
                return Ok(None);
            }
        }
        Ok(Some((area, path)))
    }

    /// Says whether a script is what setuptools made of an entry point: it is made anew.
    fn is_wrapper(&self, path: &str) -> bool {
        let stems = [".exe", "-script.py", ".pya", ""].map(|ending| path.strip_suffix(ending));
        self.scripts
            .iter()
            .any(|script| stems.contains(&Some(script.name.as_str())))
    }
}

/// Makes sure that what a wheel puts by its path among the scripts has no name that is the environment's own.
pub(crate) fn check_data(scheme: &Scheme, path: &str) -> Result<(), Flaw> {
    let script = path
        .strip_prefix(&scheme.scripts)
        .and_then(|rest| rest.strip_prefix('/'));
    script.map_or(Ok(()), check_name).map_err(Flaw::ScriptName)
}

/// Returns `path` as seen from the folder `from`, both relative to one root.
pub(crate) fn seen_from(from: &str, path: &str) -> String {
    let mut ups = from.split('/').peekable();
    let mut rest = path;
    while let Some(part) = ups.peek() {
        match rest.strip_prefix(part).and_then(|rest| rest.strip_prefix('/')) {
            Some(below) => rest = below,
            None => break,
        }
        ups.next();
    }
    "../".repeat(ups.count()) + rest
}

#[cfg(test)]
mod tests {
    use super::seen_from;

    #[test]
    fn paths_are_seen_from_site_packages() {
        let from = "lib/python3.12/site-packages";
        assert_eq!(seen_from(from, "lib/python3.12/site-packages/a/b.py"), "a/b.py");
        assert_eq!(seen_from(from, "bin/x"), "../../../bin/x");
        assert_eq!(seen_from(from, "lib/python3.12/x"), "../x");
        assert_eq!(
            seen_from(from, "lib/python3.12x/site-packages/y"),
            "../../python3.12x/site-packages/y"
        );
    }
}
