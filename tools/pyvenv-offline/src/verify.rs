//! Looking back: what an environment is now, and what it was made of.

use std::collections::BTreeMap;
use std::path::Path;

use ::lock::Lock;
use cli::{Done, Failure, Output, Page, Report, Session};
use serde::Serialize;
use wheel::Installed;
use wire::Kind;
use wire::environment::{Difference, Finding, Verified};
use wire::lock;

use crate::input;
use crate::plan::{LOCK, RECORD};

/// Prints the lock that an environment was made of.
pub(crate) fn freeze(environment: &Path) -> Result<Done, Failure> {
    let (text, lock) = own_lock(environment)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(Done::Yes(Output::text(text, Frozen(lock.to_document()))))
}

/// Reads the lock that an environment keeps.
fn own_lock(environment: &Path) -> Result<(Vec<u8>, Lock), Failure> {
    let path = environment.join(LOCK);
    let text = fs_err::read(&path).map_err(|error| unreadable(&path, &error))?;
    let mut nested = |name: &str| Err(format!("{name} is not part of the environment"));
    let mut outside = ::lock::Outside {
        read: &mut nested,
        variable: &|_| None,
    };
    let lock = ::lock::read(&text, &path.to_string_lossy(), &mut outside)?;
    Ok((text, lock))
}

/// Compares an environment with its RECORDs, its base and a lock: the one given, else its own.
pub(crate) fn verify(
    environment: &Path,
    lock: Option<&str>,
    threads: usize,
    session: &Session,
) -> Result<Done, Failure> {
    let root = std::path::absolute(environment)?;
    let path = root.join("pyvenv.cfg");
    let text = fs_err::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
    let settings = settings(&text);
    let sites = sites(&root)?;
    let inspection = wheel::verify(&root, &sites, RECORD, threads, session.progress())?;
    let mut findings = base(&root, &settings);
    findings.extend(moved(&root, &settings));
    findings.extend(links(&root)?);
    findings.extend(sites.is_empty().then(|| Finding {
        path: "lib".to_owned(),
        what: Difference::Missing,
        package: None,
        expected: None,
        found: None,
    }));
    findings.extend(inspection.findings);
    let lock = match lock {
        Some(name) => Some(input::read(name, true, session)?),
        // That it cannot be read is told already: it is not as its RECORD says.
        None => own_lock(&root).ok().map(|(_, lock)| lock),
    };
    if let Some(lock) = lock {
        findings.extend(compare_lock(&lock, &settings, &inspection.installed)?);
    }
    let verified = Verified {
        path: root.to_string_lossy().into_owned(),
        packages: inspection.installed.len() as u64,
        files: inspection.files,
        findings,
        ..Verified::default()
    };
    let is_well = verified.findings.is_empty();
    let output = Output::report(Looked(verified));
    Ok(if is_well {
        Done::Yes(output)
    } else {
        Done::No(output)
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let path = path.display().to_string();
    if error.kind() != std::io::ErrorKind::NotFound {
        return Failure::new(Kind::of_io(error), error.to_string()).file(path);
    }
    Failure::new(Kind::NotFound, format!("no {path}"))
        .file(path)
        .hint("name an environment that this tool made")
}

/// Reads the lines `key = value` of pyvenv.cfg.
fn settings(text: &str) -> BTreeMap<&str, &str> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect()
}

/// Finds the folders of modules.
fn sites(root: &Path) -> Result<Vec<String>, Failure> {
    let mut sites = Vec::new();
    let folder = root.join("lib");
    if !folder.exists() {
        return Ok(sites);
    }
    for entry in fs_err::read_dir(folder)? {
        let site = format!("lib/{}/site-packages", entry?.file_name().to_string_lossy());
        if root.join(&site).is_dir() {
            sites.push(site);
        }
    }
    Ok(sites)
}

/// Says whether the environment is at another place than the one that its scripts name; a link to that is as good.
fn moved(root: &Path, settings: &BTreeMap<&str, &str>) -> Option<Finding> {
    let place = *settings.get("destination")?;
    if fs_err::canonicalize(place).ok() == fs_err::canonicalize(root).ok() {
        return None;
    }
    Some(Finding {
        path: ".".to_owned(),
        what: Difference::Moved,
        package: None,
        expected: Some(place.to_owned()),
        found: Some(root.to_string_lossy().into_owned()),
    })
}

/// Compares where the environment's own links lead; that they are there, its RECORD says.
fn links(root: &Path) -> Result<Vec<Finding>, Failure> {
    let mut expected = vec![("lib64".to_owned(), "lib")];
    for entry in fs_err::read_dir(root.join("bin")).into_iter().flatten() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "python" && is_interpreter(&name) {
            expected.push((format!("bin/{name}"), "python"));
        }
    }
    let differs = |(path, to): (String, &str)| {
        let place = root.join(&path);
        place.symlink_metadata().ok()?;
        let found = fs_err::read_link(place).ok();
        (found.as_deref() != Some(Path::new(to))).then(|| Finding {
            path,
            what: Difference::Changed,
            package: None,
            expected: Some(to.to_owned()),
            found: found.map(|found| found.to_string_lossy().into_owned()),
        })
    };
    let mut findings: Vec<Finding> = expected.into_iter().filter_map(differs).collect();
    findings.sort();
    Ok(findings)
}

/// Says whether a command is one of the names of the interpreter.
fn is_interpreter(name: &str) -> bool {
    let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    version.is_some_and(|rest| {
        rest.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b't')
    })
}

/// Compares the base with the one that the environment was made for.
fn base(root: &Path, settings: &BTreeMap<&str, &str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(executable) = settings.get("executable") else {
        return findings;
    };
    let find = |path: &str, what, expected: &str, found: Option<String>| Finding {
        path: path.to_owned(),
        what,
        package: None,
        expected: Some(expected.to_owned()),
        found,
    };
    let link = fs_err::read_link(root.join("bin/python")).ok();
    if link.as_deref() != Some(Path::new(executable)) {
        let found = link.map(|link| link.to_string_lossy().into_owned());
        findings.push(find("bin/python", Difference::Changed, executable, found));
    }
    if !Path::new(executable).exists() {
        findings.push(find(executable, Difference::BaseGone, executable, None));
        return findings;
    }
    let cache = python::Cache::of_user();
    let found = python::ask(executable.as_ref(), &cache).map(|found| one_line(&found.facts().build));
    match (found, settings.get("build")) {
        (Ok(found), Some(build)) if found == *build => {}
        (Ok(found), Some(build)) => {
            findings.push(find(executable, Difference::BaseChanged, build, Some(found)));
        }
        (Ok(_), None) => {}
        (Err(error), _) => {
            findings.push(find(
                executable,
                Difference::BaseChanged,
                executable,
                Some(error.to_string()),
            ));
        }
    }
    findings
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Compares what is installed with what a lock asks for on the environment's base.
fn compare_lock(
    lock: &Lock,
    settings: &BTreeMap<&str, &str>,
    installed: &[Installed],
) -> Result<Vec<Finding>, Failure> {
    let executable = settings.get("executable").copied().unwrap_or("python3");
    let Ok(interpreter) = python::ask(executable.as_ref(), &python::Cache::of_user()) else {
        // What the lock asks for depends on it; that it is gone is told already.
        return Ok(Vec::new());
    };
    let mut there: BTreeMap<&str, &str> = installed
        .iter()
        .filter(|one| !one.is_own)
        .map(|one| (one.name.as_str(), one.version.as_str()))
        .collect();
    let mut findings = Vec::new();
    let mut differ = |name: &str, expected: Option<String>, found: Option<&str>| {
        let (path, found) = (name.to_owned(), found.map(str::to_owned));
        findings.push(Finding {
            path,
            what: Difference::NotLocked,
            package: None,
            expected,
            found,
        });
    };
    for package in lock.select(&interpreter.target)? {
        let found = there.remove(package.name().as_str());
        let pinned = package.version.as_ref();
        if found.is_none() || pinned.is_some_and(|pin| found != Some(pin.to_string().as_str())) {
            differ(package.name().as_str(), pinned.map(ToString::to_string), found);
        }
    }
    for (name, version) in there {
        differ(name, None, Some(version));
    }
    Ok(findings)
}

#[derive(Serialize)]
#[serde(transparent)]
struct Frozen(lock::Lock);

impl Report for Frozen {
    fn people(&self, page: &mut Page) {
        for package in &self.0.packages {
            page.line(format!("{}=={}", package.name, package.version));
        }
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Looked(Verified);

impl Report for Looked {
    fn people(&self, page: &mut Page) {
        let Verified {
            path,
            packages,
            files,
            findings,
            ..
        } = &self.0;
        page.line(format!(
            "{path}: {}, {files} files, {}",
            cli::counted(usize::try_from(*packages).unwrap_or(usize::MAX), "package"),
            cli::counted(findings.len(), "difference")
        ));
        page.table(&findings.iter().map(row).collect::<Vec<_>>());
    }
}

fn row(finding: &Finding) -> Vec<String> {
    let what = match finding.what {
        Difference::Changed => "changed",
        Difference::Missing => "missing",
        Difference::Extra => "extra",
        Difference::Collided => "collided",
        Difference::Unreadable => "unreadable",
        Difference::BaseGone => "base gone",
        Difference::BaseChanged => "base changed",
        Difference::NotLocked => "not as locked",
        Difference::Mode => "mode",
        Difference::Owner => "owner",
        Difference::Moved => "moved",
    };
    let package = finding.package.clone().unwrap_or_default();
    let differs = match (&finding.expected, &finding.found) {
        (Some(expected), Some(found)) => format!("expected {expected}, found {found}"),
        (Some(expected), None) => format!("expected {expected}"),
        (None, Some(found)) => format!("found {found}"),
        (None, None) => String::new(),
    };
    vec![what.to_owned(), finding.path.clone(), package, differs]
}
