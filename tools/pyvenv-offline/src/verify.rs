//! Looking back: what an environment is now, and what it was made of.

use std::collections::BTreeMap;
use std::path::Path;

use cli::{Done, Failure, Output, Page, Report, Session};
use serde::Serialize;
use wheel::Installed;
use wire::Kind;
use wire::environment::{Difference, Finding, Verified};
use wire::lock;

use crate::input;
use crate::plan::{LOCK, OWN_CODE};

/// Prints the lock that an environment was made of.
pub(crate) fn freeze(environment: &Path) -> Result<Done, Failure> {
    let path = environment.join(LOCK);
    let text = fs_err::read(&path).map_err(|error| unreadable(&path, &error))?;
    let mut nested = |name: &str| Err(format!("{name} is not part of the environment"));
    let mut outside = ::lock::Outside {
        read: &mut nested,
        variable: &|_| None,
    };
    let lock = ::lock::read(&text, &path.to_string_lossy(), &mut outside)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(Done::Yes(Output::text(text, Frozen(lock.to_document()))))
}

/// Compares an environment with its RECORDs, its base and, if there is one, a lock.
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
    let inspection = wheel::verify(&root, &sites(&root)?, &is_layout, threads, session.progress())?;
    let mut findings = base(&root, &settings);
    findings.extend(inspection.findings);
    if let Some(lock) = lock {
        findings.extend(compare_lock(lock, &settings, &inspection.installed, session)?);
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
    for entry in fs_err::read_dir(root.join("lib"))? {
        let site = format!("lib/{}/site-packages", entry?.file_name().to_string_lossy());
        if root.join(&site).is_dir() {
            sites.push(site);
        }
    }
    Ok(sites)
}

/// Says whether a path belongs to the environment itself.
fn is_layout(path: &str) -> bool {
    if ["pyvenv.cfg", "lib64", LOCK, "bin/activate", "bin/activate.fish"].contains(&path) {
        return true;
    }
    if path.starts_with("lib/") && path.ends_with(&format!("/site-packages/{OWN_CODE}")) {
        return true;
    }
    let version = path
        .strip_prefix("bin/python")
        .or_else(|| path.strip_prefix("bin/pypy"));
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
    name: &str,
    settings: &BTreeMap<&str, &str>,
    installed: &[Installed],
    session: &Session,
) -> Result<Vec<Finding>, Failure> {
    let lock = input::read(name, true, session)?;
    let executable = settings.get("executable").copied().unwrap_or("python3");
    let interpreter = python::ask(executable.as_ref(), &python::Cache::of_user())?;
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
            "{path}: {packages} packages, {files} files, {} differences",
            findings.len()
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
