//! Asking the indexes for the pages of the packages, all at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cli::Failure;
use index::{Address, Client, File};
use lock::Package;
use wire::Kind;

use crate::house;
use crate::plan::{self, Candidate};

/// What was found for one package.
pub(crate) type Found = Vec<Candidate>;

/// Who is told of what is found while it is found.
pub(crate) trait Finding: Sync {
    /// Says whether the places asked so far will do for a package.
    fn enough(&self, number: usize, found: &[Candidate]) -> bool;

    /// Hears of all that was found for a package, or that asking failed.
    fn done(&self, _number: usize, _found: &Result<Found, Failure>) {}

    /// Does something useful in a thread that has no page left to ask for.
    fn idle(&self) {}
}

/// Finds the files of each package.
pub(crate) fn all(
    client: &Client,
    packages: &[&Package],
    jobs: usize,
    finding: &dyn Finding,
) -> Result<Vec<Found>, Failure> {
    let look = |number: usize| {
        let found = one(client, packages[number], &|found| finding.enough(number, found));
        finding.done(number, &found);
        // What was found is on its way by now.
        client.do_little();
        found
    };
    parallel_then(packages.len(), jobs, look, || finding.idle())
}

/// Does `work` for each number below `count` in at most `jobs` threads; the first error ends it.
pub(crate) fn parallel<T: Send>(
    count: usize,
    jobs: usize,
    work: impl Fn(usize) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failure> {
    parallel_then(count, jobs, work, || ())
}

/// The same; each thread does `idle` when no number is left for it.
fn parallel_then<T: Send>(
    count: usize,
    jobs: usize,
    work: impl Fn(usize) -> Result<T, Failure> + Sync,
    idle: impl Fn() + Sync,
) -> Result<Vec<T>, Failure> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<T, Failure>)>> = Mutex::default();
    let lock = || done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let run = || loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return idle();
        }
        let result = work(number);
        if result.is_err() {
            // Nobody begins anything more; what is under way comes to its end.
            next.store(count, Ordering::Relaxed);
        }
        lock().push((number, result));
    };
    threads::all(jobs.min(count), run);
    let mut done = done
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

fn one(client: &Client, package: &Package, enough: &dyn Fn(&[Candidate]) -> bool) -> Result<Found, Failure> {
    if package.git().is_some() {
        return Ok(Vec::new());
    }
    let mut found = named(package)?;
    if package.requirement.url().is_some() || enough(&found) {
        return Ok(found);
    }
    let name = package.name();
    let mut known = false;
    let mut digests = plan::digests(package);
    digests.sort_unstable();
    let wanted = |digest: &str| digests.binary_search_by(|one| one.as_str().cmp(digest)).is_ok();
    let mut pages = client.pages(name.as_str());
    while let Some(page) = pages.next_unread() {
        let page = page?;
        known = true;
        let before = found.len();
        // A few lines of the page will mostly do.
        let by_digest = page.find(&wanted);
        let candidates = by_digest.iter().cloned();
        found.extend(candidates.filter_map(|file| Candidate::new(file, name)));
        if enough(&found) {
            page.keep(client, &by_digest);
            return Ok(found);
        }
        found.truncate(before);
        for file in page.read(client)?.files {
            let Some(candidate) = Candidate::new(file, name) else {
                continue;
            };
            found.push(with_digest(candidate, package)?);
        }
        if enough(&found) {
            return Ok(found);
        }
    }
    if known || !found.is_empty() {
        Ok(found)
    } else {
        Err(unknown(client, package))
    }
}

fn unknown(client: &Client, package: &Package) -> Failure {
    let place = package.site.place();
    let mut failure: Failure = client.unknown(package.name().as_str()).into();
    if let Some(file) = place.file {
        failure = failure.file(file);
    }
    match place.line {
        Some(line) => failure.line(line),
        None => failure,
    }
}

/// The files that the lock itself names with their addresses, or the address that it asks for.
fn named(package: &Package) -> Result<Found, Failure> {
    let mut found = Vec::new();
    for file in &package.files {
        let Some(url) = &file.url else { continue };
        let mut known = at(package, url, &file.name)?;
        known.sha256 = Some(file.hash.hex.to_ascii_lowercase());
        known.size = file.size;
        found.extend(Candidate::new(known, package.name()));
    }
    if let Some(url) = package.requirement.url() {
        let file = at(package, url, "")?;
        let name = file.name.clone();
        let candidate = Candidate::new(file, package.name());
        found
            .push(candidate.ok_or_else(|| {
                unsupported(package, &format!("{name} is no wheel or source distribution"))
            })?);
    }
    Ok(found)
}

fn at(package: &Package, url: &str, name: &str) -> Result<File, Failure> {
    let address = Address::parse(url).map_err(|error| unsupported(package, &error.to_string()))?;
    let name = if name.is_empty() {
        address.file_name()
    } else {
        name.to_owned()
    };
    Ok(File::at(name, address))
}

fn unsupported(package: &Package, why: &str) -> Failure {
    let failure = Failure::new(Kind::Unsupported, format!("{}: {why}", package.requirement));
    failure.hint("own code comes from a checkout: pyvenv-offline --path SRC")
}

/// Files in a folder of links have no hash on a page, but are here to be read.
fn with_digest(mut candidate: Candidate, package: &Package) -> Result<Candidate, Failure> {
    let file = &candidate.file;
    if file.url.is_file() && file.sha256.is_none() && candidate.answers(package) {
        candidate.file.sha256 = Some(house::sha256_of(&file.url.to_path())?);
    }
    Ok(candidate)
}
