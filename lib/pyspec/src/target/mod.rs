//! A target: the Python that something is meant for, with its version, ABIs, platforms and marker environment.
//!
//! It comes from a [short name](Target::parse) or from what a [probed](Target::from_parts) interpreter says
//! of itself. A short name knows less: `cp312` is every 3.12, and nothing is known of the kernel.

mod short;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::marker::{Environment, Extras, Marker, MarkerError};
use crate::specifier::{Prereleases, Specifiers};
use crate::tags::{Interpreter, Tags};
use crate::version::Version;

/// Is what a target consists of.
///
/// ```
/// let target = pyspec::target::Target::parse("cp312-win_amd64").unwrap();
/// let parts = target.parts();
/// assert_eq!(parts.platforms, ["win_amd64"]);
/// assert_eq!(parts.environment.os_name.as_deref(), Some("nt"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parts {
    /// The name for people and lock files: `cp312-manylinux_2_28_x86_64`.
    pub name: String,
    /// The interpreter: its short name, version and ABIs.
    pub interpreter: Interpreter,
    /// The platform tags, best first.
    pub platforms: Vec<String>,
    /// The marker environment; what is not known is absent, and so is `python_full_version` where the
    /// target is every release of a minor version.
    pub environment: Environment,
}

/// Says whether a `Requires-Python` lets a target in.
///
/// ```
/// use pyspec::target::{PythonFit, Target};
/// let target = Target::parse("cp312-win_amd64").unwrap();
/// assert_eq!(target.accepts_python(&">=3.9".parse().unwrap()), PythonFit::Yes);
/// assert_eq!(target.accepts_python(&">=3.12.4".parse().unwrap()), PythonFit::Partly);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PythonFit {
    /// Every Python that the target stands for is let in.
    Yes,
    /// None is.
    No,
    /// Some patch releases of the minor version are and some are not: the file is not usable for a
    /// target that means them all.
    Partly,
}

impl PythonFit {
    /// Tells whether a file with such a `Requires-Python` may be used.
    ///
    /// ```
    /// assert!(!pyspec::target::PythonFit::Partly.is_usable());
    /// ```
    pub fn is_usable(self) -> bool {
        self == Self::Yes
    }
}

/// Is a Python that something is meant for.
///
/// ```
/// use pyspec::marker::Extras;
/// use pyspec::target::Target;
/// let target = Target::parse("cp312-manylinux_2_28_x86_64").unwrap();
/// let linux = "sys_platform == 'linux' and python_version >= '3.9'".parse().unwrap();
/// assert_eq!(target.evaluate(&linux, &Extras::none()), Ok(true));
/// let patched = "python_full_version >= '3.12.4'".parse().unwrap();
/// assert!(target.evaluate(&patched, &Extras::none()).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Parts", into = "Parts")]
pub struct Target {
    parts: Parts,
    tags: Tags,
}

impl Target {
    /// Reads a short name: an interpreter and a platform, `cp312-manylinux_2_28_x86_64`.
    ///
    /// The interpreter is `cp` or `pp` with a version without dots (every patch release) or with them
    /// (`cp3.12.4`, that one), and a `t` for a free-threaded build. The platform is `manylinux_X_Y_ARCH`
    /// (or an older name for it), `musllinux_X_Y_ARCH`, `linux_ARCH`, `macosx_X_Y_ARCH`, `win32` or `win_ARCH`;
    /// each means that and all older ones.
    ///
    /// # Errors
    /// The text is not of that form.
    ///
    /// ```
    /// use pyspec::target::Target;
    /// for name in ["cp313t-macosx_14_0_arm64", "pp310-win_amd64", "cp3.12.4-musllinux_1_2_x86_64"] {
    ///     assert_eq!(Target::parse(name).unwrap().to_string(), name);
    /// }
    /// assert!(Target::parse("cp312").is_err());
    /// ```
    pub fn parse(name: &str) -> Result<Self, Error> {
        short::parse(name).map(Self::from_parts)
    }

    /// Makes a target of what an interpreter says of itself.
    ///
    /// ```
    /// use pyspec::target::Target;
    /// let target = Target::parse("cp312-win_amd64").unwrap();
    /// assert_eq!(Target::from_parts(target.parts().clone()), target);
    /// ```
    pub fn from_parts(parts: Parts) -> Self {
        let tags = Tags::new(&parts.interpreter, &parts.platforms);
        Self { parts, tags }
    }

    /// Returns what the target consists of.
    ///
    /// ```
    /// let target = pyspec::target::Target::parse("cp312-win_amd64").unwrap();
    /// assert_eq!(target.parts().interpreter.abis, ["cp312"]);
    /// ```
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Returns the name, `cp312-win_amd64`.
    ///
    /// ```
    /// assert_eq!(pyspec::target::Target::parse("cp312-win_amd64").unwrap().name(), "cp312-win_amd64");
    /// ```
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// Returns the tags that the target supports, best first.
    ///
    /// ```
    /// let target = pyspec::target::Target::parse("cp312-win_amd64").unwrap();
    /// assert_eq!(target.tags().list()[0].to_string(), "cp312-cp312-win_amd64");
    /// ```
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// Returns the marker environment.
    ///
    /// ```
    /// let target = pyspec::target::Target::parse("cp312-win_amd64").unwrap();
    /// assert_eq!(target.environment().python_version.as_deref(), Some("3.12"));
    /// assert_eq!(target.environment().platform_release, None);
    /// ```
    pub fn environment(&self) -> &Environment {
        &self.parts.environment
    }

    /// Returns the full version of Python, if the target means just one.
    ///
    /// ```
    /// use pyspec::target::Target;
    /// let version = |name: &str| Target::parse(name).unwrap().python().map(|version| version.to_string());
    /// assert_eq!(version("cp3.12.4-win_amd64").as_deref(), Some("3.12.4"));
    /// assert_eq!(version("cp312-win_amd64"), None);
    /// ```
    pub fn python(&self) -> Option<Version> {
        let text = self.parts.environment.python_full_version.as_deref()?;
        // Builds between releases call themselves `3.13.0+`, which is no version: `packaging` repairs it so.
        let repaired = text.strip_suffix('+').map(|release| format!("{release}+local"));
        repaired.as_deref().unwrap_or(text).parse().ok()
    }

    /// Tells whether a `Requires-Python` lets the target's Python in: all of its patch releases, if it
    /// means them all. As with pip, a pre-release of Python counts as its release: `3.14.0rc1` is let in by
    /// `>=3.14`.
    ///
    /// ```
    /// use pyspec::target::{PythonFit, Target};
    /// let target = Target::parse("cp3.12.4-win_amd64").unwrap();
    /// assert_eq!(target.accepts_python(&">=3.12.4".parse().unwrap()), PythonFit::Yes);
    /// assert_eq!(target.accepts_python(&"<3.12".parse().unwrap()), PythonFit::No);
    /// ```
    pub fn accepts_python(&self, specifiers: &Specifiers) -> PythonFit {
        if let Some(version) = self.python() {
            let contains = specifiers.contains(&version.base(), Prereleases::Allow);
            return if contains { PythonFit::Yes } else { PythonFit::No };
        }
        let (major, minor) = (self.parts.interpreter.major, self.parts.interpreter.minor);
        let mut answers = patches(specifiers).into_iter().map(|patch| {
            let version = Version::new(&[major.into(), minor.into(), patch]);
            specifiers.contains(&version, Prereleases::Allow)
        });
        let first = answers.next().unwrap_or(true);
        match answers.all(|answer| answer == first) {
            true if first => PythonFit::Yes,
            true => PythonFit::No,
            false => PythonFit::Partly,
        }
    }

    /// Evaluates a marker for the target.
    ///
    /// # Errors
    /// The marker needs something that the target does not know: the kernel's release or version, or, where
    /// the target means every patch release, a full version over which the answer changes.
    ///
    /// ```
    /// use pyspec::marker::Extras;
    /// let target = pyspec::target::Target::parse("cp312-win_amd64").unwrap();
    /// let marker = "platform_release >= '6'".parse().unwrap();
    /// assert!(target.evaluate(&marker, &Extras::none()).is_err());
    /// ```
    pub fn evaluate(&self, marker: &Marker, extras: &Extras) -> Result<bool, MarkerError> {
        marker.try_evaluate(&self.parts.environment, extras)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.parts.name)
    }
}

impl std::str::FromStr for Target {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::parse(name)
    }
}

impl From<Parts> for Target {
    fn from(parts: Parts) -> Self {
        Self::from_parts(parts)
    }
}

impl From<Target> for Parts {
    fn from(target: Target) -> Self {
        target.parts
    }
}

/// Lists patch numbers between which no clause changes its answer: those the clauses name, and their
/// neighbours, the first and one far out.
fn patches(specifiers: &Specifiers) -> Vec<u64> {
    let named = specifiers
        .iter()
        .filter_map(|clause| clause.version()?.release().get(2).copied());
    let mut patches: Vec<u64> = named
        .flat_map(|patch| [patch.saturating_sub(1), patch, patch.saturating_add(1)])
        .chain([0, 1, u64::from(u32::MAX)])
        .collect();
    patches.sort_unstable();
    patches.dedup();
    patches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(name: &str, specifiers: &str) -> PythonFit {
        Target::parse(name)
            .unwrap()
            .accepts_python(&specifiers.parse().unwrap())
    }

    #[test]
    fn every_patch_release_counts() {
        for (specifiers, expected) in [
            ("", PythonFit::Yes),
            (">=3.8", PythonFit::Yes),
            (">=3.12.0", PythonFit::Yes),
            ("==3.12.*", PythonFit::Yes),
            ("~=3.12", PythonFit::Yes),
            ("!=3.12.4", PythonFit::Partly),
            (">=3.12.1", PythonFit::Partly),
            ("<3.12.99", PythonFit::Partly),
            ("~=3.12.2", PythonFit::Partly),
            ("===3.12.7", PythonFit::Partly),
            (">3.12", PythonFit::Partly),
            ("<3.12", PythonFit::No),
            (">=3.13", PythonFit::No),
            ("!=3.12.*", PythonFit::No),
        ] {
            assert_eq!(fit("cp312-win_amd64", specifiers), expected, "{specifiers}");
        }
    }

    #[test]
    fn a_pre_release_of_python_counts_as_its_release() {
        let mut parts = Target::parse("cp3.14.0-win_amd64").unwrap().parts().clone();
        parts.environment.python_full_version = Some("3.14.0rc1+".to_owned());
        let target = Target::from_parts(parts);
        assert_eq!(target.accepts_python(&">=3.14".parse().unwrap()), PythonFit::Yes);
        assert_eq!(target.python().unwrap().to_string(), "3.14.0rc1+local");
    }

    #[test]
    fn what_a_short_name_does_not_know_is_asked_for() {
        let evaluate = |name: &str, marker: &str| {
            Target::parse(name)
                .unwrap()
                .evaluate(&marker.parse().unwrap(), &Extras::none())
        };
        let target = "cp312-manylinux_2_28_x86_64";
        assert_eq!(evaluate(target, "python_full_version >= '3.12'"), Ok(true));
        assert_eq!(
            evaluate(target, "sys_platform == 'win32' and platform_release == '10'"),
            Ok(false)
        );
        assert!(evaluate(target, "python_full_version >= '3.12.4'").is_err());
        assert!(evaluate(target, "implementation_version >= '3.12.4'").is_err());
        assert_eq!(
            evaluate("cp3.12.4-win_amd64", "python_full_version >= '3.12.4'"),
            Ok(true)
        );
        assert!(evaluate("pp310-win_amd64", "implementation_version >= '7'").is_err());
        assert!(evaluate("cp312-win32", "platform_machine == 'x86'").is_err());
    }

    #[test]
    fn markers_see_the_platform() {
        let seen = |name: &str| {
            let environment = Target::parse(name).unwrap().environment().clone();
            [
                environment.os_name,
                environment.sys_platform,
                environment.platform_system,
                environment.platform_machine,
            ]
            .map(Option::unwrap_or_default)
            .join(" ")
        };
        assert_eq!(seen("cp312-musllinux_1_2_aarch64"), "posix linux Linux aarch64");
        assert_eq!(seen("cp312-macosx_14_0_arm64"), "posix darwin Darwin arm64");
        assert_eq!(seen("cp312-win_amd64"), "nt win32 Windows AMD64");
        assert_eq!(seen("cp312-win32"), "nt win32 Windows ");
    }
}
