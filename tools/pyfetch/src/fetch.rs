//! Getting the files that are not here yet, the largest first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use cli::Failure;
use index::{Client, Partial};
use lock::Git;
use wire::Progress;

use crate::ahead::Early;
use crate::git;
use crate::house::House;
use crate::look::parallel;
use crate::plan::{Form, Item};

/// A file that is complete and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) sha256: String,
    pub(crate) size: u64,
    /// Bytes that came over the network now.
    pub(crate) transferred: u64,
    pub(crate) place: Place,
}

/// Where a complete file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Under its own name in the wheelhouse.
    Home,
    /// Beside, waiting for its name.
    Beside(PathBuf),
    /// Nowhere: the wheel that was built from it is here and good.
    Needless,
}

impl Arrived {
    /// Something that was here before.
    fn here(sha256: String, size: u64, place: Place) -> Self {
        Self {
            sha256,
            size,
            transferred: 0,
            place,
        }
    }

    /// What the wheel that is built of it is known by.
    pub(crate) fn content(&self, item: &Item) -> String {
        item.git
            .as_ref()
            .map_or_else(|| format!("sha256:{}", self.sha256), Git::id)
    }
}

/// Gets all items but those that are `needless`. The client is made when the first of them has to be fetched.
pub(crate) fn all<'a>(
    items: &[Item],
    house: &House,
    jobs: usize,
    progress: &dyn Progress,
    client: &dyn Fn() -> Result<&'a Client, Failure>,
    needless: &(dyn Fn(usize) -> bool + Sync),
    early: Early,
) -> Result<Vec<Arrived>, Failure> {
    let early = early
        .into_iter()
        .map(|(name, arrived)| Ok((name, arrived?)))
        .collect::<Result<_, Failure>>()?;
    let here = here_already(items, house, needless, &early)?;
    let order = absent(items, &here);
    let got = if order.is_empty() {
        Vec::new()
    } else {
        missing_ones(items, order, house, jobs, progress, client()?)?
    };
    let found = here
        .into_iter()
        .enumerate()
        .map(|(number, here)| here.or_else(|| of_same_name(items, number, &got)));
    Ok(found.flatten().collect())
}

/// What is here without fetching it, or is not needed, by the number of its item.
fn here_already(
    items: &[Item],
    house: &House,
    needless: &(dyn Fn(usize) -> bool + Sync),
    early: &BTreeMap<String, Arrived>,
) -> Result<Vec<Option<Arrived>>, Failure> {
    // The largest first here too: they may have to be hashed.
    let size = |number: &usize| Reverse(items[*number].file.size);
    let mut by_size: Vec<usize> = (0..items.len()).collect();
    by_size.sort_by_key(size);
    let found = parallel(items.len(), cores(), |place| {
        let number = by_size[place];
        let item = &items[number];
        if let Some(arrived) = early.get(&item.file.name).filter(|_| item.form == Form::AsIs) {
            return Ok((number, Some(arrived.clone())));
        }
        if needless(number) {
            let sha256 = item.file.sha256.clone().unwrap_or_default();
            return Ok((number, Some(Arrived::here(sha256, 0, Place::Needless))));
        }
        Ok((number, present(item, house)?))
    })?;
    let mut here = vec![None; items.len()];
    for (number, arrived) in found {
        here[number] = arrived;
    }
    Ok(here)
}

/// The numbers of the items to be fetched, each name once.
///
/// A source distribution may be wanted twice: to be built and to be kept.
fn absent(items: &[Item], here: &[Option<Arrived>]) -> Vec<usize> {
    let mut names = BTreeSet::new();
    (0..items.len())
        .filter(|number| here[*number].is_none() && names.insert(&items[*number].file.name))
        .collect()
}

/// What was fetched for this item, or for another that is the same file: then its bytes are counted there.
fn of_same_name(items: &[Item], number: usize, got: &[(usize, Arrived)]) -> Option<Arrived> {
    let name = &items[number].file.name;
    let (other, arrived) = got.iter().find(|(other, _)| items[*other].file.name == *name)?;
    Some(Arrived {
        transferred: if *other == number { arrived.transferred } else { 0 },
        ..arrived.clone()
    })
}

/// Fetches the items with these numbers, the largest first.
fn missing_ones(
    items: &[Item],
    mut order: Vec<usize>,
    house: &House,
    jobs: usize,
    progress: &dyn Progress,
    client: &Client,
) -> Result<Vec<(usize, Arrived)>, Failure> {
    order.sort_by_key(|number| Reverse(items[*number].file.size.unwrap_or(u64::MAX)));
    progress.begin("fetching", 0, Some(0));
    for number in &order {
        progress.expect(1, items[*number].file.size);
    }
    let got = parallel(order.len(), jobs, |place| {
        let arrived = one(&items[order[place]], house, client, progress)?;
        progress.advance(1, 0);
        Ok((order[place], arrived))
    });
    progress.end();
    got
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What is here already, and good.
pub(crate) fn present(item: &Item, house: &House) -> Result<Option<Arrived>, Failure> {
    if let Form::Build(Some(wheel)) = &item.form {
        let digest = wheel.hash.trim_start_matches("sha256:").to_owned();
        if house.find_good(&wheel.name, &[digest])?.is_some() {
            let content = wheel.built.as_ref().map(|built| built.hash.as_str());
            let sha256 = content
                .unwrap_or_default()
                .trim_start_matches("sha256:")
                .to_owned();
            return Ok(Some(Arrived::here(sha256, 0, Place::Needless)));
        }
    }
    if item.git.is_some() {
        return Ok(None);
    }
    let known = house.find_good(&item.file.name, &expected(item))?;
    Ok(known.map(|known| Arrived::here(known.sha256, known.size, Place::Home)))
}

/// The digests that are right: those of the lock, else that of the page.
fn expected(item: &Item) -> Vec<String> {
    if item.expected.is_empty() {
        item.file.sha256.iter().cloned().collect()
    } else {
        item.expected.clone()
    }
}

pub(crate) fn one(
    item: &Item,
    house: &House,
    client: &Client,
    progress: &dyn Progress,
) -> Result<Arrived, Failure> {
    if let Some(commit) = &item.git {
        let folder = house.hidden(&format!("build/{}", item.file.name));
        git::check_out(commit, &folder)?;
        progress.note(&format!("{}: checked out", item.file.name));
        return Ok(Arrived::here(String::new(), 0, Place::Beside(folder)));
    }
    if house.path(&item.file.name).exists() {
        progress.warn(&format!(
            "{} is here with other bytes than the lock says, and is replaced",
            item.file.name
        ));
    }
    // By its digest where one is known, so that a file of the same name but another content begins anew.
    let stem = item
        .file
        .sha256
        .as_ref()
        .or(item.expected.first())
        .unwrap_or(&item.file.name);
    let path = house.hidden(&format!("{stem}.part"));
    let mut partial = Partial::open(&path)?;
    let had = partial.len();
    if had > 0 {
        progress.note(&format!("{}: going on after {had} bytes", item.file.name));
        progress.advance(0, had);
    }
    let received = client.download(&item.file, &item.expected, &mut partial, &|bytes| {
        progress.advance(0, bytes);
    })?;
    progress.note(&format!(
        "{}: {} bytes from {}",
        item.file.name, received.size, item.file.url
    ));
    Ok(Arrived {
        sha256: received.sha256,
        size: received.size,
        transferred: received.transferred,
        place: Place::Beside(path),
    })
}
