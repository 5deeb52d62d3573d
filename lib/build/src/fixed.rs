//! What a source distribution says of its wheel without being built.

use fs_err as fs;
use pyspec::{
    metadata::Metadata, name::Name, requirement::Requirement, specifier::Specifiers, version::Version,
};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

/// Returns the METADATA that the wheel of an unpacked project will have, as far as a resolver asks for it, if the
/// project itself fixes it: PKG-INFO does by the rules of PEP 643. One from before these rules fixes nothing, but then
/// a `[project]` in pyproject.toml does (PEP 621), for what it does not list as `dynamic` no backend may change.
pub(crate) fn metadata(project: &Path) -> Option<Vec<u8>> {
    let told = fs::read(project.join("PKG-INFO")).ok();
    let read = told.as_deref().and_then(|bytes| Metadata::parse(bytes).ok());
    match read {
        Some(metadata) if metadata.is_static() => told,
        Some(metadata) if metadata.follows_pep_643() => None,
        _ => of_pyproject(&fs::read_to_string(project.join("pyproject.toml")).ok()?),
    }
}

#[derive(Deserialize)]
struct Pyproject {
    project: Table,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Table {
    name: String,
    version: Option<String>,
    requires_python: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    dynamic: Vec<String>,
}

/// The keys that say what the resolver wants to know.
const NEEDED: [&str; 4] = [
    "version",
    "requires-python",
    "dependencies",
    "optional-dependencies",
];

/// Writes METADATA from a static `[project]`; none if it is not static, or not right.
fn of_pyproject(text: &str) -> Option<Vec<u8>> {
    let table = toml::from_str::<Pyproject>(text).ok()?.project;
    if table.dynamic.iter().any(|key| NEEDED.contains(&key.as_str())) {
        return None;
    }
    let name = Name::parse(&table.name).ok()?;
    let version: Version = table.version?.parse().ok()?;
    let mut metadata = format!("Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n");
    if let Some(python) = table.requires_python {
        let python: Specifiers = python.parse().ok()?;
        _ = writeln!(metadata, "Requires-Python: {python}");
    }
    for dependency in &table.dependencies {
        let requirement: Requirement = dependency.parse().ok()?;
        _ = writeln!(metadata, "Requires-Dist: {requirement}");
    }
    for (extra, dependencies) in &table.optional_dependencies {
        let extra = Name::parse(extra).ok()?;
        _ = writeln!(metadata, "Provides-Extra: {extra}");
        for dependency in dependencies {
            _ = writeln!(
                metadata,
                "Requires-Dist: {}",
                for_extra(dependency.parse().ok()?, &extra)
            );
        }
    }
    Some(metadata.into_bytes())
}

/// Writes a requirement that holds only where an extra is asked for.
fn for_extra(mut requirement: Requirement, extra: &Name) -> String {
    match requirement.marker.take() {
        Some(marker) => format!("{requirement} ; ({marker}) and extra == '{extra}'"),
        None => format!("{requirement} ; extra == '{extra}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::{metadata, of_pyproject};

    fn told(text: &str) -> Option<String> {
        of_pyproject(text).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    const STATIC: &str = r#"
[project]
name = "A.b"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["c >= 2", "d ; os_name == 'posix' or os_name == 'nt'"]
dynamic = ["readme"]
[project.optional-dependencies]
More = ["e", "f @ https://files.example.com/f-1.tar.gz", "g ; os_name == 'posix' or os_name == 'nt'"]
"#;

    #[test]
    fn a_static_project_says_what_its_wheel_will_say() {
        let expected = "Metadata-Version: 2.2\nName: a-b\nVersion: 1.0\nRequires-Python: >=3.9\n\
            Requires-Dist: c>=2\n\
            Requires-Dist: d; os_name == \"posix\" or os_name == \"nt\"\n\
            Provides-Extra: more\n\
            Requires-Dist: e ; extra == 'more'\n\
            Requires-Dist: f @ https://files.example.com/f-1.tar.gz ; extra == 'more'\n\
            Requires-Dist: g ; (os_name == \"posix\" or os_name == \"nt\") and extra == 'more'\n";
        assert_eq!(told(STATIC).as_deref(), Some(expected));
        let read = pyspec::metadata::Metadata::parse(expected.as_bytes()).unwrap();
        assert!(read.is_static() && read.requires_dist.len() == 5);
    }

    #[test]
    fn what_is_dynamic_or_wrong_is_left_to_the_backend() {
        for key in super::NEEDED {
            let dynamic = STATIC.replace("[\"readme\"]", &format!("[\"readme\", \"{key}\"]"));
            assert_eq!(told(&dynamic), None, "{key}");
        }
        for text in [
            "",
            "[project]\nname = 'a'\n",
            "[project]\nname = 'a'\nversion = '1'\ndependencies = ['b >== 1']\n",
            "[project]\nname = 'a'\nversion = 'one'\n",
            "[tool.poetry]\nname = 'a'\nversion = '1'\n",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn pkg_info_that_says_what_is_dynamic_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs_err::write(folder.path().join(name), text).unwrap();
        let found = || metadata(folder.path()).map(|bytes| String::from_utf8(bytes).unwrap());
        write("pyproject.toml", STATIC);
        assert_eq!(found(), told(STATIC));
        write("PKG-INFO", "Metadata-Version: 2.1\nName: a-b\nVersion: 1.0\n");
        assert_eq!(found(), told(STATIC), "from before the rules");
        let dynamic = "Metadata-Version: 2.2\nName: a-b\nVersion: 1.0\nDynamic: Requires-Dist\n";
        write("PKG-INFO", dynamic);
        assert_eq!(found(), None);
        let fixed = "Metadata-Version: 2.2\nName: a-b\nVersion: 1.0\nRequires-Dist: z\n";
        write("PKG-INFO", fixed);
        assert_eq!(found().as_deref(), Some(fixed));
    }
}
