//! Selecting from a lock file what a target installs (PEP 751, "Installation").

use std::borrow::Cow;

use super::{Archive, Directory, File, Origin, Package, Pylock, Vcs};
use crate::Error;
use crate::filename::WheelName;
use crate::marker::{Extras, MarkerError};
use crate::name::Name;
use crate::specifier::Specifiers;
use crate::target::{PythonFit, Target};

/// Is a package that a target installs, and what of it.
///
/// ```
/// let text = b"lock-version = '1.0'\ncreated-by = 'x'\n[[packages]]\nname = 'a'\ndirectory = {path = 'a'}";
/// let lock = pyspec::pylock::Pylock::parse(text).unwrap();
/// let target = pyspec::target::Target::parse("cp312-win_amd64").unwrap();
/// assert_eq!(lock.select(&target, &[], None).unwrap()[0].package.name.as_str(), "a");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Selected<'lock> {
    /// The package.
    pub package: &'lock Package,
    /// What of it is installed.
    pub choice: Choice<'lock>,
}

/// Says what of a package is installed.
///
/// ```
/// use pyspec::pylock::{Choice, File};
/// let file = File { name: Some("a-1.zip".to_owned()), ..File::default() };
/// assert_eq!(Choice::Sdist(&file).filename().as_deref(), Some("a-1.zip"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Choice<'lock> {
    /// A commit of a repository.
    Vcs(&'lock Vcs),
    /// A folder.
    Directory(&'lock Directory),
    /// An archive.
    Archive(&'lock Archive),
    /// The source distribution.
    Sdist(&'lock File),
    /// The wheel that fits best.
    Wheel(&'lock File),
}

impl<'lock> Choice<'lock> {
    /// Returns the name of the file, if it is one.
    ///
    /// ```
    /// use pyspec::pylock::{Choice, Directory};
    /// assert_eq!(Choice::Directory(&Directory::default()).filename(), None);
    /// ```
    #[must_use]
    pub fn filename(&self) -> Option<Cow<'lock, str>> {
        match self {
            Self::Vcs(_) | Self::Directory(_) => None,
            Self::Archive(archive) => archive.file.filename(),
            Self::Sdist(file) | Self::Wheel(file) => file.filename(),
        }
    }
}

impl Pylock {
    /// Selects what a target installs, with these extras and dependency groups (`None`: the default ones).
    ///
    /// # Errors
    /// The file is not for that Python or that environment, a package is selected twice or has no file that fits,
    /// or a marker asks for something that the target does not know.
    ///
    /// ```
    /// let text = b"lock-version = '1.0'\ncreated-by = 'x'\nrequires-python = '>=3.13'\npackages = []";
    /// let lock = pyspec::pylock::Pylock::parse(text).unwrap();
    /// let target = pyspec::target::Target::parse("cp312-win_amd64").unwrap();
    /// assert!(lock.select(&target, &[], None).is_err());
    /// ```
    pub fn select(
        &self,
        target: &Target,
        extras: &[Name],
        groups: Option<&[String]>,
    ) -> Result<Vec<Selected<'_>>, Error> {
        check_python(self.requires_python.as_ref(), target, "the lock")?;
        self.check_environment(target)?;
        let groups = groups.or(self.default_groups.as_deref()).unwrap_or_default();
        let extras = Extras {
            extra: None,
            extras: Some(extras.iter().map(|extra| extra.as_str().to_owned()).collect()),
            dependency_groups: Some(groups.iter().cloned().collect()),
        };
        let mut packages: Vec<&Package> = Vec::new();
        for package in &self.packages {
            let applies = match &package.marker {
                Some(marker) => target
                    .evaluate(marker, &extras)
                    .map_err(|error| of_marker(&package.name, &error))?,
                None => true,
            };
            if !applies {
                continue;
            }
            check_python(package.requires_python.as_ref(), target, package.name.as_str())?;
            if packages.iter().any(|known| known.name == package.name) {
                return Err(Error::selection(format!("{} is selected twice", package.name)));
            }
            packages.push(package);
        }
        packages
            .into_iter()
            .map(|package| {
                Ok(Selected {
                    package,
                    choice: choice(package, target)?,
                })
            })
            .collect()
    }

    fn check_environment(&self, target: &Target) -> Result<(), Error> {
        let Some(environments) = self.environments.as_deref().filter(|markers| !markers.is_empty()) else {
            return Ok(());
        };
        for marker in environments {
            if target
                .evaluate(marker, &Extras::default())
                .map_err(|error| Error::selection(error.to_string()))?
            {
                return Ok(());
            }
        }
        Err(Error::selection(format!(
            "the lock is for none of the environments of {target}"
        )))
    }
}

fn choice<'lock>(package: &'lock Package, target: &Target) -> Result<Choice<'lock>, Error> {
    let (sdist, wheels) = match &package.origin {
        Origin::Vcs(vcs) => return Ok(Choice::Vcs(vcs)),
        Origin::Directory(directory) => return Ok(Choice::Directory(directory)),
        Origin::Archive(archive) => return Ok(Choice::Archive(archive)),
        Origin::Distributions { sdist, wheels } => (sdist, wheels),
    };
    let ranked = wheels.iter().filter_map(|file| {
        let wheel: WheelName = file.filename()?.parse().ok()?;
        Some((target.tags().rank(&wheel.tags)?, file))
    });
    // Of equal ones the first counts.
    let best = ranked
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, file)| Choice::Wheel(file));
    best.or(sdist.as_ref().map(Choice::Sdist)).ok_or_else(|| {
        Error::selection(format!(
            "{} has no wheel that fits {target}, and no sdist",
            package.name
        ))
    })
}

fn check_python(specifiers: Option<&Specifiers>, target: &Target, what: &str) -> Result<(), Error> {
    let Some(specifiers) = specifiers else {
        return Ok(());
    };
    let not = match target.accepts_python(specifiers) {
        PythonFit::Yes => return Ok(()),
        PythonFit::No => "is not for",
        PythonFit::Partly => "is not for every release of",
    };
    Err(Error::selection(format!(
        "{what} {not} the Python of {target}: it requires {specifiers}"
    )))
}

fn of_marker(name: &Name, error: &MarkerError) -> Error {
    Error::selection(format!("{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(packages: &str) -> Result<Vec<String>, Error> {
        let text = format!("lock-version = '1.0'\ncreated-by = 'x'\ndefault-groups = ['dev']\n{packages}");
        let lock = Pylock::parse(text.as_bytes()).unwrap();
        let target = Target::parse("cp312-manylinux_2_28_x86_64").unwrap();
        let selected = lock.select(&target, &[Name::parse("x").unwrap()], None)?;
        Ok(selected
            .iter()
            .map(|selected| selected.choice.filename().unwrap_or_default().into_owned())
            .collect())
    }

    fn wheels(names: &[&str]) -> String {
        let files = names
            .iter()
            .map(|name| format!("{{url = 'https://example.com/{name}', hashes = {{a = '0'}}}}"));
        format!(
            "[[packages]]\nname = 'a'\nwheels = [{}]\n",
            files.collect::<Vec<_>>().join(", ")
        )
    }

    #[test]
    fn the_wheel_that_fits_best_is_taken() {
        let native = "a-1-cp312-cp312-manylinux_2_17_x86_64.whl";
        let found = select(&wheels(&[
            "a-1-py3-none-any.whl",
            native,
            "a-1-cp312-cp312-win_amd64.whl",
        ]))
        .unwrap();
        assert_eq!(found, [native]);
    }

    #[test]
    fn without_a_wheel_that_fits_the_sdist_is_taken() {
        let foreign = wheels(&["a-1-cp312-cp312-win_amd64.whl"]);
        assert!(
            select(&foreign)
                .unwrap_err()
                .to_string()
                .contains("no wheel that fits")
        );
        let sdist = format!("{foreign}sdist = {{path = 'a-1.tar.gz', hashes = {{a = '0'}}}}");
        assert_eq!(select(&sdist).unwrap(), ["a-1.tar.gz"]);
    }

    #[test]
    fn markers_choose_and_twice_is_an_error() {
        let pure = wheels(&["a-1-py3-none-any.whl"]);
        assert_eq!(
            select(&format!("{pure}marker = \"os_name == 'nt'\"\n{pure}"))
                .unwrap()
                .len(),
            1
        );
        assert!(
            select(&format!("{pure}{pure}"))
                .unwrap_err()
                .to_string()
                .contains("twice")
        );
        assert_eq!(
            select(&format!("{pure}marker = \"'dev' in dependency_groups\""))
                .unwrap()
                .len(),
            1
        );
        assert_eq!(
            select(&format!("{pure}marker = \"'x' in extras\""))
                .unwrap()
                .len(),
            1
        );
        assert_eq!(
            select(&format!("{pure}marker = \"'y' in extras\""))
                .unwrap()
                .len(),
            0
        );
        assert!(
            select(&format!("{pure}marker = \"platform_release == '6'\""))
                .unwrap_err()
                .to_string()
                .starts_with("pylock.toml: a: ")
        );
    }

    #[test]
    fn the_python_and_the_environment_have_to_fit() {
        let pure = wheels(&["a-1-py3-none-any.whl"]);
        assert!(select(&format!("environments = [\"os_name == 'nt'\"]\n{pure}")).is_err());
        assert!(
            select(&format!(
                "environments = [\"os_name == 'nt'\", \"os_name == 'posix'\"]\n{pure}"
            ))
            .is_ok()
        );
        assert!(
            select(&format!("requires-python = '>=3.12.4'\n{pure}"))
                .unwrap_err()
                .to_string()
                .contains("every release")
        );
        assert!(select(&format!("{pure}requires-python = '<3'")).is_err());
    }
}
