//! What the variables of markers stand for.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// Names a variable of markers.
///
/// ```
/// use pyspec::marker::Variable;
///
/// assert_eq!(Variable::SysPlatform.name(), "sys_platform");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// `cpython`, `pypy`, …
    ImplementationName,
    /// The version of the implementation, for `CPython` that of the language.
    ImplementationVersion,
    /// Python's `os.name`.
    OsName,
    /// `x86_64`, `arm64`, …
    PlatformMachine,
    /// The release of the kernel.
    PlatformRelease,
    /// `Linux`, `Darwin`, `Windows`, …
    PlatformSystem,
    /// The version of the kernel, in its own words.
    PlatformVersion,
    /// The version of the language with its patch level.
    PythonFullVersion,
    /// `CPython`, `PyPy`, …; also written `python_implementation`.
    PlatformPythonImplementation,
    /// The version of the language without its patch level.
    PythonVersion,
    /// Python's `sys.platform`.
    SysPlatform,
    /// The extra that metadata is read for.
    Extra,
    /// All extras that a lock file is read for.
    Extras,
    /// All dependency groups that a lock file is read for.
    DependencyGroups,
}

impl Variable {
    /// All variables.
    ///
    /// ```
    /// assert_eq!(pyspec::marker::Variable::ALL.len(), 14);
    /// ```
    pub const ALL: [Self; 14] = [
        Self::ImplementationName,
        Self::ImplementationVersion,
        Self::OsName,
        Self::PlatformMachine,
        Self::PlatformRelease,
        Self::PlatformSystem,
        Self::PlatformVersion,
        Self::PythonFullVersion,
        Self::PlatformPythonImplementation,
        Self::PythonVersion,
        Self::SysPlatform,
        Self::Extra,
        Self::Extras,
        Self::DependencyGroups,
    ];

    /// Gives the name as it is written in markers.
    ///
    /// ```
    /// assert_eq!(pyspec::marker::Variable::OsName.name(), "os_name");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ImplementationName => "implementation_name",
            Self::ImplementationVersion => "implementation_version",
            Self::OsName => "os_name",
            Self::PlatformMachine => "platform_machine",
            Self::PlatformRelease => "platform_release",
            Self::PlatformSystem => "platform_system",
            Self::PlatformVersion => "platform_version",
            Self::PythonFullVersion => "python_full_version",
            Self::PlatformPythonImplementation => "platform_python_implementation",
            Self::PythonVersion => "python_version",
            Self::SysPlatform => "sys_platform",
            Self::Extra => "extra",
            Self::Extras => "extras",
            Self::DependencyGroups => "dependency_groups",
        }
    }

    /// Finds a variable by its name.
    ///
    /// ```
    /// use pyspec::marker::Variable;
    ///
    /// assert_eq!(Variable::from_name("os_name"), Some(Variable::OsName));
    /// assert_eq!(Variable::from_name("OS"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variable| variable.name() == name)
    }

    /// Tells whether values are compared as versions, where they are versions.
    pub(super) fn is_version(self) -> bool {
        matches!(
            self,
            Self::ImplementationVersion
                | Self::PlatformRelease
                | Self::PythonFullVersion
                | Self::PythonVersion
        )
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Holds the marker variables of one Python, or of several that differ only where nothing is known.
///
/// `None` is a variable that is not known: a marker whose value depends on it is an error. There is
/// one thing in between: without `python_full_version` every patch release of `python_version` is
/// meant, so that a comparison that comes out the same for all of them has a value. The same holds
/// for `implementation_version` where `implementation_name` is `cpython`.
///
/// ```
/// use pyspec::marker::{Environment, Extras, Marker};
///
/// let any_312 = Environment { python_version: Some("3.12".into()), ..Environment::default() };
/// let value = |text: &str| text.parse::<Marker>().map(|marker| marker.try_evaluate(&any_312, &Extras::none()));
/// assert_eq!(value("python_full_version >= '3.11.4'")?, Ok(true));
/// assert!(value("python_full_version >= '3.12.4'")?.is_err());
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Environment {
    /// `cpython`, `pypy`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub implementation_name: Option<String>,
    /// The version of the implementation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub implementation_version: Option<String>,
    /// Python's `os.name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_name: Option<String>,
    /// `x86_64`, `arm64`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_machine: Option<String>,
    /// The release of the kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_release: Option<String>,
    /// `Linux`, `Darwin`, `Windows`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_system: Option<String>,
    /// The version of the kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_version: Option<String>,
    /// The version of the language with its patch level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python_full_version: Option<String>,
    /// `CPython`, `PyPy`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_python_implementation: Option<String>,
    /// The version of the language without its patch level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python_version: Option<String>,
    /// Python's `sys.platform`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sys_platform: Option<String>,
}

impl Environment {
    /// Gives the value of a variable, if it is one of the Python's and known.
    ///
    /// ```
    /// use pyspec::marker::{Environment, Variable};
    ///
    /// let environment = Environment { os_name: Some("posix".into()), ..Environment::default() };
    /// assert_eq!(environment.get(Variable::OsName), Some("posix"));
    /// assert_eq!(environment.get(Variable::SysPlatform), None);
    /// ```
    #[must_use]
    pub fn get(&self, variable: Variable) -> Option<&str> {
        match variable {
            Variable::ImplementationName => self.implementation_name.as_deref(),
            Variable::ImplementationVersion => self.implementation_version.as_deref(),
            Variable::OsName => self.os_name.as_deref(),
            Variable::PlatformMachine => self.platform_machine.as_deref(),
            Variable::PlatformRelease => self.platform_release.as_deref(),
            Variable::PlatformSystem => self.platform_system.as_deref(),
            Variable::PlatformVersion => self.platform_version.as_deref(),
            Variable::PythonFullVersion => self.python_full_version.as_deref(),
            Variable::PlatformPythonImplementation => self.platform_python_implementation.as_deref(),
            Variable::PythonVersion => self.python_version.as_deref(),
            Variable::SysPlatform => self.sys_platform.as_deref(),
            Variable::Extra | Variable::Extras | Variable::DependencyGroups => None,
        }
    }
}

/// Holds what `extra`, `extras` and `dependency_groups` stand for.
///
/// What is `None` is not defined: a marker that asks for it is an error.
///
/// ```
/// use pyspec::marker::{Environment, Extras, Marker};
/// use pyspec::name::Name;
///
/// let marker: Marker = "extra == 'socks'".parse()?;
/// let socks = Extras::one(&Name::parse("Socks")?);
/// assert!(marker.evaluate(&Environment::default(), &socks));
/// # Ok::<(), pyspec::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extras {
    /// The extra that metadata is read for; empty: none.
    pub extra: Option<String>,
    /// The extras that a lock file is read for.
    pub extras: Option<BTreeSet<String>>,
    /// The dependency groups that a lock file is read for.
    pub dependency_groups: Option<BTreeSet<String>>,
}

impl Extras {
    /// Reads metadata without an extra.
    ///
    /// ```
    /// assert_eq!(pyspec::marker::Extras::none().extra.as_deref(), Some(""));
    /// ```
    #[must_use]
    pub fn none() -> Self {
        Self {
            extra: Some(String::new()),
            ..Self::default()
        }
    }

    /// Reads metadata for one extra.
    ///
    /// ```
    /// use pyspec::marker::Extras;
    /// use pyspec::name::Name;
    ///
    /// assert_eq!(Extras::one(&Name::parse("Socks")?).extra.as_deref(), Some("socks"));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn one(extra: &Name) -> Self {
        Self {
            extra: Some(extra.as_str().to_owned()),
            ..Self::default()
        }
    }

    /// Reads a lock file for extras and dependency groups; `extra` is not defined there.
    ///
    /// ```
    /// use pyspec::marker::{Environment, Extras, Marker};
    /// use pyspec::name::Name;
    ///
    /// let extras = Extras::lock_file([&Name::parse("socks")?], []);
    /// let marker: Marker = "'socks' in extras and 'test' not in dependency_groups".parse()?;
    /// assert!(marker.evaluate(&Environment::default(), &extras));
    /// # Ok::<(), pyspec::Error>(())
    /// ```
    #[must_use]
    pub fn lock_file<'n>(
        extras: impl IntoIterator<Item = &'n Name>,
        groups: impl IntoIterator<Item = &'n Name>,
    ) -> Self {
        let owned = |name: &Name| name.as_str().to_owned();
        Self {
            extra: None,
            extras: Some(extras.into_iter().map(owned).collect()),
            dependency_groups: Some(groups.into_iter().map(owned).collect()),
        }
    }
}
