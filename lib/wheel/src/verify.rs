//! Comparing an environment with the RECORDs in it.

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyspec::direct_url::{DirectUrl, Kind};
use pyspec::metadata::Metadata;
use pyspec::name::canonicalize;
use pyspec::record::Record;
use wire::Progress;
use wire::environment::{Difference, Finding};

use crate::digest::{Digest, Hasher};
use crate::error::Result;
use crate::pyc::source_of;
use crate::seen::{self, Seen};

/// A distribution that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its normalised name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether it was built of a folder, and so comes from no lock.
    pub is_own: bool,
}

/// What was found in an environment.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// The distributions, by name.
    pub installed: Vec<Installed>,
    /// How many files were compared.
    pub files: u64,
    /// What differs.
    pub findings: Vec<Finding>,
}

/// A file that a RECORD lists.
struct Listed {
    /// The distribution; none for what belongs to the environment itself.
    package: Option<String>,
    digest: Option<Digest>,
}

/// Compares every file below `root` with the RECORDs in its folders of modules, `sites`, and with its own, `own`.
///
/// Bytecode of a listed module is no difference: whoever imports a module may write it.
///
/// # Errors
///
/// The environment cannot be read.
pub fn verify(
    root: &Path,
    sites: &[String],
    own: &str,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Inspection> {
    let mut inspection = Inspection::default();
    let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
    take_record("", own, None, root, (&mut listed, &mut inspection));
    for site in sites {
        for name in dist_infos(&root.join(site))? {
            take_in(root, site, &name, &mut listed, &mut inspection);
        }
    }
    let present = seen::files(root)?;
    let unlike = seen::unlike(root, &present, |path| listed.contains_key(path))?;
    inspection.findings.extend(unlike);
    let extra = present
        .iter()
        .filter(|(path, seen)| !seen.is_folder() && !listed.contains_key(*path));
    let extra = extra.map(|(path, _)| path);
    let extra = extra.filter(|path| !source_of(path).is_some_and(|source| listed.contains_key(&source)));
    inspection
        .findings
        .extend(extra.map(|path| finding(path, Difference::Extra, None)));
    inspection.files = listed.len() as u64;
    progress.begin(
        "verifying",
        inspection.files,
        Some(present.values().map(|seen| seen.size).sum()),
    );
    inspection
        .findings
        .extend(compare(root, &listed, &present, threads, progress));
    progress.end();
    inspection.findings.sort();
    inspection
        .installed
        .sort_by(|one, other| one.name.cmp(&other.name));
    Ok(inspection)
}

/// Lists the folders that distributions describe themselves in, in the order in which they were installed.
fn dist_infos(site: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(site)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".dist-info") {
            let project = stem.split('-').next().unwrap_or(stem);
            names.push((canonicalize(project), name));
        }
    }
    names.sort();
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

/// Reads METADATA and RECORD of one distribution.
fn take_in(
    root: &Path,
    site: &str,
    dist_info: &str,
    listed: &mut BTreeMap<String, Listed>,
    inspection: &mut Inspection,
) {
    let folder = format!("{site}/{dist_info}");
    let unreadable = |path: String, why: String| Finding {
        found: Some(why),
        ..finding(&path, Difference::Unreadable, None)
    };
    let metadata = fs_err::read(root.join(&folder).join("METADATA")).map_err(|error| error.to_string());
    let metadata =
        metadata.and_then(|bytes| Metadata::parse_leniently(&bytes).map_err(|error| error.to_string()));
    let package = match metadata {
        Ok(metadata) => {
            let (name, version) = (metadata.name.to_string(), metadata.version.to_string());
            let origin = fs_err::read(root.join(&folder).join("direct_url.json")).ok();
            let origin = origin.and_then(|bytes| DirectUrl::parse(&bytes).ok());
            inspection.installed.push(Installed {
                name: name.clone(),
                version,
                is_own: origin.is_some_and(|origin| matches!(origin.kind, Kind::Directory { .. })),
            });
            name
        }
        Err(why) => {
            inspection
                .findings
                .push(unreadable(format!("{folder}/METADATA"), why));
            dist_info.to_owned()
        }
    };
    let path = format!("{folder}/RECORD");
    take_record(site, &path, Some(&package), root, (listed, inspection));
}

/// Reads a RECORD, whose paths are seen from `folder`.
fn take_record(
    folder: &str,
    path: &str,
    package: Option<&str>,
    root: &Path,
    (listed, inspection): (&mut BTreeMap<String, Listed>, &mut Inspection),
) {
    let record = fs_err::read_to_string(root.join(path)).map_err(|error| error.to_string());
    let record = record.and_then(|text| Record::parse_installed(&text).map_err(|error| error.to_string()));
    match record {
        Err(why) => inspection.findings.push(Finding {
            found: Some(why),
            ..finding(path, Difference::Unreadable, package.map(str::to_owned))
        }),
        Ok(record) => {
            for entry in record.entries() {
                let digest = entry.hash.as_ref().map(Digest::from);
                list(&joined(folder, &entry.path), package, digest, listed, inspection);
            }
        }
    }
}

fn list(
    path: &str,
    package: Option<&str>,
    digest: Option<Digest>,
    listed: &mut BTreeMap<String, Listed>,
    inspection: &mut Inspection,
) {
    match listed.get_mut(path) {
        Some(known) if known.digest != digest => {
            inspection.findings.push(Finding {
                expected: known.package.clone(),
                found: package.map(str::to_owned),
                ..finding(path, Difference::Collided, None)
            });
            // The last one by name has won.
            known.package = package.map(str::to_owned);
            known.digest = digest;
        }
        Some(_) => {}
        None => {
            listed.insert(
                path.to_owned(),
                Listed {
                    package: package.map(str::to_owned),
                    digest,
                },
            );
        }
    }
}

/// Joins a path of a RECORD to its folder, `..` taken away.
fn joined(site: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = site.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Compares the listed files with what is there, several at once.
fn compare(
    root: &Path,
    listed: &BTreeMap<String, Listed>,
    present: &HashMap<String, Seen>,
    threads: usize,
    progress: &dyn Progress,
) -> Vec<Finding> {
    let listed: Vec<(&String, &Listed)> = listed.iter().collect();
    let (next, findings) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        let mut buffer = vec![0; 256 << 10];
        while let Some((path, listed)) = listed.get(next.fetch_add(1, Ordering::Relaxed)) {
            let seen = present.get(*path);
            if let Some(finding) = compare_one(root, path, listed, seen, &mut buffer) {
                findings
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .push(finding);
            }
            progress.advance(1, seen.map_or(0, |seen| seen.size));
        }
    };
    threads::all(threads, work);
    findings
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn compare_one(
    root: &Path,
    path: &str,
    listed: &Listed,
    seen: Option<&Seen>,
    buffer: &mut [u8],
) -> Option<Finding> {
    let package = listed.package.clone();
    if seen.is_none() && root.join(path).symlink_metadata().is_err() {
        return Some(finding(path, Difference::Missing, package));
    }
    let expected = listed.digest.as_ref()?;
    if seen.is_some_and(|seen| !seen.is_file()) {
        return Some(Finding {
            expected: Some("a file".to_owned()),
            found: seen.map(|seen| seen.kind().to_owned()),
            ..finding(path, Difference::Changed, package)
        });
    }
    match digest(&root.join(path), expected, buffer) {
        Ok(found) if found == *expected => None,
        Ok(found) => Some(Finding {
            expected: Some(expected.in_record()),
            found: Some(found.in_record()),
            ..finding(path, Difference::Changed, package)
        }),
        Err(error) => Some(Finding {
            found: Some(error.to_string()),
            ..finding(path, Difference::Unreadable, package)
        }),
    }
}

/// Reads a file for its digest, by the algorithm of another.
pub(crate) fn digest(path: &Path, like: &Digest, buffer: &mut [u8]) -> std::io::Result<Digest> {
    let mut file = fs_err::File::open(path)?;
    let mut hasher = Hasher::new(like.algorithm);
    loop {
        match file.read(buffer)? {
            0 => return Ok(hasher.finish()),
            length => hasher.update(&buffer[..length]),
        }
    }
}

pub(crate) fn finding(path: &str, what: Difference, package: Option<String>) -> Finding {
    Finding {
        path: path.to_owned(),
        what,
        package,
        expected: None,
        found: None,
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn paths_of_records_are_joined() {
        let site = "lib/python3.12/site-packages";
        assert_eq!(joined(site, "a/b.py"), "lib/python3.12/site-packages/a/b.py");
        assert_eq!(joined(site, "../../../bin/x"), "bin/x");
        assert_eq!(joined(site, "/opt/x"), "/opt/x");
    }
}
