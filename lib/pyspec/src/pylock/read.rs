//! Reading `pylock.toml`.

use super::raw::{RawArchive, RawDirectory, RawFile, RawLock, RawPackage, RawVcs};
use super::{Archive, Directory, File, Origin, Package, Pylock, Vcs};
use crate::error::{Document, Error, utf8};
use crate::filename::{SdistName, WheelName};
use crate::name::{self, Name};
use crate::version::Version;

impl Pylock {
    /// Reads a lock file and checks it.
    ///
    /// # Errors
    /// It is no TOML of that form, of a version of the format whose major number is not 1, or contradicts itself:
    /// a package with two origins or none, a file that is not of its package or has no hash, …
    ///
    /// ```
    /// use pyspec::pylock::Pylock;
    /// let error = Pylock::parse(b"lock-version = '2.0'\ncreated-by = 'x'\npackages = []").unwrap_err();
    /// assert!(error.to_string().contains("2.0"));
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = utf8(Document::Pylock, bytes)?;
        let fault = |at: usize, reason: String| Error::document(Document::Pylock, text, at, reason);
        let raw: RawLock = toml::from_str(text).map_err(|error| match conflict(text) {
            Some(at) => fault(at, "a merge left its conflict marker here".to_owned()),
            None => fault(
                error.span().map_or(0, |span| span.start),
                error.message().to_owned(),
            ),
        })?;
        lock(raw, &fault)
    }
}

/// Finds the first line that a merge put before a conflict.
fn conflict(text: &str) -> Option<usize> {
    if text.starts_with("<<<<<<< ") {
        return Some(0);
    }
    text.find("\n<<<<<<< ").map(|at| at + 1)
}

type Fault<'text> = &'text dyn Fn(usize, String) -> Error;

fn lock(raw: RawLock, fault: Fault<'_>) -> Result<Pylock, Error> {
    let top = |reason: String| fault(0, reason);
    let lock_version: Version = parsed("lock-version", &raw.lock_version).map_err(top)?;
    if !(Version::new(&[1])..Version::new(&[2])).contains(&lock_version) {
        return Err(top(format!(
            "lock-version {lock_version} is not supported, 1.x is"
        )));
    }
    let mut packages = Vec::with_capacity(raw.packages.len());
    for (index, spanned) in raw.packages.into_iter().enumerate() {
        let at = spanned.span().start;
        let raw = spanned.into_inner();
        let called = format!("packages[{index}] ({})", raw.name);
        packages.push(package(raw).map_err(|reason| fault(at, format!("{called}: {reason}")))?);
    }
    Ok(Pylock {
        lock_version,
        environments: all("environments", raw.environments, |text| parsed("", text)).map_err(top)?,
        requires_python: optional("requires-python", raw.requires_python).map_err(top)?,
        extras: all("extras", raw.extras, normalized).map_err(top)?,
        dependency_groups: raw.dependency_groups,
        default_groups: raw.default_groups,
        created_by: raw.created_by,
        packages,
        tool: raw.tool,
    })
}

fn package(raw: RawPackage) -> Result<Package, String> {
    let name = normalized(&raw.name)?;
    let version: Option<Version> = optional("version", raw.version)?;
    let wheels: Vec<File> = raw
        .wheels
        .unwrap_or_default()
        .into_iter()
        .map(file)
        .collect::<Result<_, _>>()?;
    let sdist = raw.sdist.map(file).transpose()?;
    for wheel in &wheels {
        check_wheel(wheel, &name, version.as_ref())?;
    }
    if let Some(sdist) = &sdist {
        check_sdist(sdist, &name, version.as_ref())?;
    }
    let identities = raw.attestation_identities;
    if identities
        .iter()
        .flatten()
        .any(|identity| !identity.get("kind").is_some_and(toml::Value::is_str))
    {
        return Err("an attestation identity has no kind".to_owned());
    }
    Ok(Package {
        name,
        version,
        marker: optional("marker", raw.marker)?,
        requires_python: optional("requires-python", raw.requires_python)?,
        dependencies: raw.dependencies,
        origin: origin(raw.vcs, raw.directory, raw.archive, sdist, wheels)?,
        index: raw.index,
        attestation_identities: identities,
        tool: raw.tool,
    })
}

fn origin(
    vcs: Option<RawVcs>,
    directory: Option<RawDirectory>,
    archive: Option<RawArchive>,
    sdist: Option<File>,
    wheels: Vec<File>,
) -> Result<Origin, String> {
    let has_files = sdist.is_some() || !wheels.is_empty();
    match (vcs, directory, archive) {
        (None, None, None) if has_files => Ok(Origin::Distributions { sdist, wheels }),
        _ if has_files => Err("vcs, directory or archive beside sdist or wheels".to_owned()),
        (Some(vcs), None, None) => vcs_origin(vcs),
        (None, Some(directory), None) => Ok(Origin::Directory(Directory {
            path: directory.path,
            editable: directory.editable,
            subdirectory: directory.subdirectory,
        })),
        (None, None, Some(archive)) => archive_origin(archive),
        _ => Err("exactly one of vcs, directory and archive, or sdist and wheels, is expected".to_owned()),
    }
}

fn vcs_origin(raw: RawVcs) -> Result<Origin, String> {
    check_place(raw.url.as_deref(), raw.path.as_deref())?;
    Ok(Origin::Vcs(Vcs {
        kind: raw.kind,
        url: raw.url,
        path: raw.path,
        requested_revision: raw.requested_revision,
        commit_id: raw.commit_id,
        subdirectory: raw.subdirectory,
    }))
}

fn archive_origin(raw: RawArchive) -> Result<Origin, String> {
    let file = file(RawFile {
        name: None,
        upload_time: raw.upload_time,
        url: raw.url,
        path: raw.path,
        size: raw.size,
        hashes: raw.hashes,
    })?;
    Ok(Origin::Archive(Archive {
        file,
        subdirectory: raw.subdirectory,
    }))
}

fn file(raw: RawFile) -> Result<File, String> {
    check_place(raw.url.as_deref(), raw.path.as_deref())?;
    if raw.hashes.is_empty() {
        return Err("a file without a hash".to_owned());
    }
    if raw
        .upload_time
        .as_ref()
        .is_some_and(|time| time.date.is_none() || time.time.is_none())
    {
        return Err("an upload-time that is not a date with a time".to_owned());
    }
    Ok(File {
        name: raw.name,
        upload_time: raw.upload_time,
        url: raw.url,
        path: raw.path,
        size: raw.size,
        hashes: raw.hashes,
    })
}

/// Checks that a file or repository is somewhere.
fn check_place(url: Option<&str>, path: Option<&str>) -> Result<(), String> {
    let is_somewhere = [url, path].into_iter().flatten().any(|place| !place.is_empty());
    if is_somewhere {
        Ok(())
    } else {
        Err("neither url nor path".to_owned())
    }
}

fn check_wheel(file: &File, name: &Name, version: Option<&Version>) -> Result<(), String> {
    let filename = file.filename().ok_or("a wheel without a file name")?;
    let wheel: WheelName = filename.parse().map_err(|error: Error| error.to_string())?;
    check_file(&filename, (&wheel.name, &wheel.version), name, version)
}

fn check_sdist(file: &File, name: &Name, version: Option<&Version>) -> Result<(), String> {
    let filename = file.filename().ok_or("an sdist without a file name")?;
    let sdist: SdistName = filename.parse().map_err(|error: Error| error.to_string())?;
    check_file(&filename, (&sdist.name, &sdist.version), name, version)
}

fn check_file(
    filename: &str,
    found: (&Name, &Version),
    name: &Name,
    version: Option<&Version>,
) -> Result<(), String> {
    if found.0 != name {
        return Err(format!("{filename} is not a file of {name}"));
    }
    match version.filter(|version| *version != found.1) {
        Some(version) => Err(format!("{filename} is not of version {version}")),
        None => Ok(()),
    }
}

/// Reads a name that has to be in its normalised form.
fn normalized(text: &str) -> Result<Name, String> {
    let name = Name::parse(text).map_err(|error| error.to_string())?;
    if name::canonicalize(text) != text {
        return Err(format!("{text:?} is not a normalised name, {name} is"));
    }
    Ok(name)
}

fn parsed<T: std::str::FromStr<Err = Error>>(key: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|error| {
        if key.is_empty() {
            format!("{error}")
        } else {
            format!("{key}: {error}")
        }
    })
}

fn optional<T: std::str::FromStr<Err = Error>>(key: &str, text: Option<String>) -> Result<Option<T>, String> {
    text.map(|text| parsed(key, &text)).transpose()
}

fn all<T>(
    key: &str,
    texts: Option<Vec<String>>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<Vec<T>>, String> {
    let Some(texts) = texts else {
        return Ok(None);
    };
    let read =
        |(index, text): (usize, &String)| read(text).map_err(|reason| format!("{key}[{index}]: {reason}"));
    texts
        .iter()
        .enumerate()
        .map(read)
        .collect::<Result<_, _>>()
        .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "lock-version = '1.0'\ncreated-by = 'x'\n[[packages]]\nname = 'a'\nversion = '1'\n";
    const WHEEL: &str =
        "wheels = [{url = 'https://example.com/a-1-py3-none-any.whl', hashes = {sha256 = '0'}}]\n";

    fn fault(text: &str) -> Error {
        match Pylock::parse(text.as_bytes()) {
            Ok(_) => panic!("{text} is read"),
            Err(error) => error,
        }
    }

    #[test]
    fn a_package_has_one_origin() {
        assert!(Pylock::parse(format!("{HEAD}{WHEEL}").as_bytes()).is_ok());
        assert!(Pylock::parse(format!("{HEAD}directory = {{path = '.'}}").as_bytes()).is_ok());
        for more in [
            "".to_owned(),
            format!("{WHEEL}directory = {{path = '.'}}"),
            "directory = {path = '.'}\nvcs = {type = 'git', url = 'x', commit-id = '0'}".to_owned(),
            "wheels = []".to_owned(),
        ] {
            assert_eq!(fault(&format!("{HEAD}{more}")).line(), Some(3), "{more}");
        }
    }

    #[test]
    fn files_fit_their_package() {
        for (from, to) in [
            ("a-1-py3-none-any.whl", "b-1-py3-none-any.whl"),
            ("a-1-py3-none-any.whl", "a-2-py3-none-any.whl"),
            ("a-1-py3-none-any.whl", "a-1.zip"),
            ("a-1-py3-none-any.whl", ""),
            ("{sha256 = '0'}", "{}"),
            ("url =", "address ="),
            ("{sha256 = '0'}", "{sha256 = 0}"),
            ("hashes =", "size = -1, hashes ="),
            ("hashes =", "upload-time = 2020-01-01, hashes ="),
        ] {
            fault(&format!("{HEAD}{}", WHEEL.replace(from, to)));
        }
    }

    #[test]
    fn faults_of_the_text_have_their_line() {
        assert_eq!(fault("lock-version = '1.0'\ncreated-by = x\n").line(), Some(2));
        assert_eq!(
            fault("lock-version = '1.0'\ncreated-by = 1\npackages = []").line(),
            Some(2)
        );
        assert!(
            fault("created-by = 'x'\npackages = []")
                .to_string()
                .contains("lock-version")
        );
    }

    #[test]
    fn a_conflict_is_named() {
        let error = fault("lock-version = '1.0'\n<<<<<<< HEAD\ncreated-by = 'x'\n=======\n");
        assert_eq!(
            error.to_string(),
            "pylock.toml line 2: a merge left its conflict marker here"
        );
    }

    #[test]
    fn names_are_normalised() {
        assert!(
            fault(&format!("{HEAD}{WHEEL}").replace("'a'", "'A'"))
                .to_string()
                .contains("normalised")
        );
        assert!(
            fault("lock-version='1.0'\ncreated-by='x'\npackages=[]\nextras=['A']")
                .to_string()
                .contains("extras[0]")
        );
        fault("lock-version='1.0'\ncreated-by='x'\npackages=[]\nenvironments=['nonsense']");
    }
}
