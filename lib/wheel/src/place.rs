//! Where the files of a wheel go.

use pyspec::entry_points::check_name;
use wire::target::Scheme;

use crate::error::{Error, Result};
use crate::flaw::Flaw;
use crate::wheel::Wheel;

/// What becomes of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is installed at this path, relative to the environment.
    At(String),
    /// It is a script, installed at this path.
    Script(String),
    /// It is a folder, or written anew: RECORD, INSTALLER and the like.
    Nowhere,
}

/// The places of one wheel.
pub(crate) struct Places<'a> {
    wheel: &'a Wheel,
    scheme: &'a Scheme,
    data: String,
}

/// The files of `.dist-info` that tell of the installation, not of the wheel.
const OF_INSTALLATION: [&str; 4] = ["RECORD", "INSTALLER", "REQUESTED", "direct_url.json"];

impl<'a> Places<'a> {
    pub(crate) fn new(wheel: &'a Wheel, scheme: &'a Scheme) -> Self {
        let stem = wheel.dist_info().strip_suffix(".dist-info").unwrap_or_default();
        Self {
            wheel,
            scheme,
            data: format!("{stem}.data"),
        }
    }

    /// Returns the folder that holds the wheel's root and so its `.dist-info`.
    pub(crate) fn root(&self) -> &'a str {
        if self.wheel.about().root_is_purelib {
            &self.scheme.purelib
        } else {
            &self.scheme.platlib
        }
    }

    /// Returns a path in the `.dist-info` folder.
    pub(crate) fn dist_info(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.root(), self.wheel.dist_info())
    }

    /// Decides about a member.
    pub(crate) fn of(&self, member: &str) -> Result<Place> {
        if member.ends_with('/') {
            return Ok(Place::Nowhere);
        }
        let (top, rest) = member.split_once('/').unwrap_or(("", member));
        if top == self.wheel.dist_info() && OF_INSTALLATION.contains(&rest) {
            return Ok(Place::Nowhere);
        }
        if !top.ends_with(".data") {
            return Ok(Place::At(format!("{}/{member}", self.root())));
        }
        let bad = |flaw| Error::bad(self.wheel.path(), Some(member), flaw);
        let (scheme, path) = rest.split_once('/').unwrap_or(("", rest));
        if top != self.data || scheme.is_empty() {
            return Err(bad(Flaw::DataFolder(self.data.clone())));
        }
        match scheme {
            "purelib" => Ok(Place::At(format!("{}/{path}", self.scheme.purelib))),
            "platlib" => Ok(Place::At(format!("{}/{path}", self.scheme.platlib))),
            "headers" => Ok(Place::At(format!(
                "{}/{}/{path}",
                self.scheme.headers,
                self.wheel.name().name
            ))),
            "data" => {
                // Another way to the folder of scripts; not to the names that are the environment's own.
                let script = path
                    .strip_prefix(&self.scheme.scripts)
                    .and_then(|rest| rest.strip_prefix('/'));
                script
                    .map_or(Ok(()), check_name)
                    .map_err(|why| bad(Flaw::ScriptName(why)))?;
                Ok(Place::At(path.to_owned()))
            }
            "scripts" => self.script(path).map_err(|why| bad(Flaw::ScriptName(why))),
            _ => Err(bad(Flaw::Scheme(scheme.to_owned()))),
        }
    }

    fn script(&self, path: &str) -> Result<Place, String> {
        check_name(path.split('/').next().unwrap_or(path))?;
        if self.is_wrapper(path) {
            return Ok(Place::Nowhere);
        }
        Ok(Place::Script(format!("{}/{path}", self.scheme.scripts)))
    }

    /// Says whether a script is what setuptools made of an entry point: it is made anew.
    fn is_wrapper(&self, path: &str) -> bool {
        let stems = [".exe", "-script.py", ".pya", ""].map(|ending| path.strip_suffix(ending));
        self.wheel
            .scripts()
            .iter()
            .any(|script| stems.contains(&Some(script.name.as_str())))
    }
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
