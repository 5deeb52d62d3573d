//! Where two wheels meet: the same path, the same but for case, once a file and once a folder.
//!
//! Most folders are one wheel's alone, and what is in them cannot meet anything. So only the files of folders that have
//! several owners are looked at.

use std::collections::HashMap;

use crate::error::{ENVIRONMENT, Error, Result};
use crate::listing::join;
use crate::plan::{Laid, Order, Plan};

/// Who puts files into a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// The environment itself.
    Environment,
    /// A part, with a folder of its wheel.
    Wheel { part: usize, folder: usize },
    /// A part, with what is written for it.
    Made { part: usize },
}

/// A file that somebody wants.
#[derive(Clone, Debug)]
struct Claim {
    path: String,
    owner: Owner,
    /// The number of the file in its wheel's listing, or in what is made for the part.
    number: u32,
    digest: String,
    executable: bool,
}

/// The files of a folder with several owners, by their names without regard to case.
type Names = HashMap<String, Claim>;

/// Finds out where parts meet, and takes away what is there twice.
pub(crate) fn settle(order: &Order, parts: Vec<Laid>) -> Result<Plan> {
    let folders = order
        .parts
        .iter()
        .map(|part| part.wheel.listing().folders().len() + 1);
    let mut table = Table {
        order,
        plan: Plan {
            parts,
            collisions: Vec::new(),
        },
        folders: HashMap::with_capacity(folders.sum()),
    };
    table.collect();
    let shared = table.settle_files()?;
    table.compare_folders(&shared)?;
    table.plan.collisions.sort();
    Ok(table.plan)
}

struct Table<'a> {
    order: &'a Order<'a>,
    plan: Plan,
    /// The owners of each folder, in the order of the parts; by its path without regard to case.
    folders: HashMap<String, Vec<Owner>>,
}

impl Table<'_> {
    fn collect(&mut self) {
        for path in self.order.occupied {
            self.own_above(path);
        }
        // The folder for headers is there even if nothing is in it.
        self.own_above(&self.order.scheme.headers);
        for part in 0..self.plan.parts.len() {
            let listing = self.order.parts[part].wheel.listing();
            for (number, folder) in listing.folders().iter().enumerate() {
                let path = self.plan.parts[part].folder(folder, listing.folder_path(folder));
                if listing.folder_path(folder).is_empty() {
                    self.own_above(&path);
                }
                self.own(path, Owner::Wheel { part, folder: number });
            }
            let made: Vec<String> = self.plan.parts[part]
                .made
                .iter()
                .map(|made| parent(&made.path).to_owned())
                .collect();
            for folder in made {
                self.own_above(&folder);
                self.own(folder, Owner::Made { part });
            }
        }
    }

    fn own(&mut self, path: String, owner: Owner) {
        let owners = self.folders.entry(fold(path)).or_default();
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }

    /// Gives the folders above one to the environment: it has them anyway.
    fn own_above(&mut self, path: &str) {
        let mut above = path;
        while !above.is_empty() {
            above = parent(above);
            let owners = self.folders.entry(fold(above.to_owned())).or_default();
            if owners.first() == Some(&Owner::Environment) {
                // So it has those above this one.
                return;
            }
            owners.insert(0, Owner::Environment);
        }
    }

    fn settle_files(&mut self) -> Result<HashMap<String, Names>> {
        let mut shared: Vec<(String, Vec<Owner>)> = self
            .folders
            .iter()
            .filter(|(_, owners)| owners.len() > 1)
            .map(|(path, owners)| (path.clone(), owners.clone()))
            .collect();
        shared.sort_by(|one, other| one.0.cmp(&other.0));
        let mut found = HashMap::new();
        for (folder, owners) in shared {
            let mut names = Names::new();
            for owner in owners {
                for claim in self.claims(&folder, owner) {
                    self.settle_one(&mut names, claim)?;
                }
            }
            found.insert(folder, names);
        }
        Ok(found)
    }

    /// Lists what an owner wants to have in a folder.
    fn claims(&self, key: &str, owner: Owner) -> Vec<Claim> {
        match owner {
            Owner::Environment => {
                let occupied = self
                    .order
                    .occupied
                    .iter()
                    .filter(|path| fold(parent(path).to_owned()) == key);
                let claim = |path: &&str| Claim {
                    path: (*path).to_owned(),
                    owner,
                    number: 0,
                    digest: String::new(),
                    executable: false,
                };
                occupied.map(claim).collect()
            }
            Owner::Wheel { part, folder } => self.claims_of_wheel(owner, part, folder),
            Owner::Made { part } => {
                let made = self.plan.parts[part].made.iter().zip(0..);
                let made = made.filter(|(made, _)| fold(parent(&made.path).to_owned()) == key);
                let claim = |(made, number): (&crate::plan::Made, u32)| Claim {
                    path: made.path.clone(),
                    owner,
                    number,
                    digest: made.digest().in_record(),
                    executable: made.executable,
                };
                made.map(claim)
                    .chain(self.claim_of_record(owner, part, key))
                    .collect()
            }
        }
    }

    /// RECORD is made as well, when all the rest is settled.
    fn claim_of_record(&self, owner: Owner, part: usize, key: &str) -> Option<Claim> {
        let path = &self.plan.parts[part].record;
        (fold(parent(path).to_owned()) == key).then(|| Claim {
            path: path.clone(),
            owner,
            number: u32::MAX,
            digest: String::new(),
            executable: false,
        })
    }

    fn claims_of_wheel(&self, owner: Owner, part: usize, folder: usize) -> Vec<Claim> {
        let laid = &self.plan.parts[part];
        let listing = self.order.parts[part].wheel.listing();
        let Some(folder) = listing.folders().get(folder) else {
            return Vec::new();
        };
        let path = laid.folder(folder, listing.folder_path(folder));
        let numbers = listing.in_folder(folder).iter().copied();
        let numbers = numbers.filter(|number| !laid.skip.contains(number));
        let claim = |number| {
            let (file, name) = listing.file(number)?;
            Some(Claim {
                path: join(&path, name),
                owner,
                number,
                digest: listing.digest(file).to_owned(),
                executable: file.executable,
            })
        };
        numbers.filter_map(claim).collect()
    }

    fn settle_one(&mut self, names: &mut Names, claim: Claim) -> Result<()> {
        let folded = fold(name(&claim.path).to_owned());
        let Some(known) = names.get(&folded) else {
            names.insert(folded, claim);
            return Ok(());
        };
        let same_path = known.path == claim.path;
        if known.owner == Owner::Environment {
            return Err(self.collision(claim.path, known.owner, claim.owner, None));
        }
        if same_path && known.digest == claim.digest {
            // One content, and a program if it is one for any of them.
            if known.executable || !claim.executable {
                self.drop_claim(&claim);
            } else {
                self.drop_claim(known);
                names.insert(folded, claim);
            }
            return Ok(());
        }
        if known.owner.part() == claim.owner.part() && !same_path {
            // A wheel that has both README and readme means it.
            return Ok(());
        }
        if !self.order.allowed_collisions.contains(&claim.path) {
            let why = (!same_path).then_some("which differ only in case");
            return Err(self.collision(claim.path, known.owner, claim.owner, why));
        }
        self.plan.collisions.push(claim.path.clone());
        if same_path {
            self.drop_claim(known);
            names.insert(folded, claim);
        }
        Ok(())
    }

    /// Leaves a file to another part.
    fn drop_claim(&mut self, claim: &Claim) {
        match claim.owner {
            Owner::Environment => {}
            Owner::Wheel { part, .. } => {
                self.plan.parts[part].skip.insert(claim.number);
                self.plan.parts[part].shared.insert(claim.number);
            }
            Owner::Made { part } => {
                let made = self.plan.parts[part].made.get_mut(claim.number as usize);
                made.into_iter().for_each(|made| made.dropped = true);
            }
        }
    }

    /// Makes sure that no folder has the path of a file.
    fn compare_folders(&self, shared: &HashMap<String, Names>) -> Result<()> {
        for (folder, owners) in &self.folders {
            let Some(claim) = shared
                .get(parent(folder))
                .and_then(|names| names.get(name(folder)))
            else {
                continue;
            };
            if folder.is_empty() || owners.iter().all(|owner| *owner == claim.owner) {
                continue;
            }
            let other = owners.iter().copied().find(|owner| *owner != claim.owner);
            let (first, second) = match claim.owner {
                Owner::Environment => (claim.owner, other.unwrap_or(claim.owner)),
                _ => (other.unwrap_or(claim.owner), claim.owner),
            };
            let why = Some("once as a file, once as a folder");
            return Err(self.collision(claim.path.clone(), first, second, why));
        }
        Ok(())
    }

    fn collision(&self, path: String, first: Owner, second: Owner, why: Option<&'static str>) -> Error {
        let name = |owner: Owner| {
            let Some(part) = owner.part() else {
                return ENVIRONMENT.to_owned();
            };
            let wheel = self.order.parts[part].wheel;
            format!("{} {}", wheel.name().name, wheel.version())
        };
        Error::Collision {
            path,
            first: name(first),
            second: name(second),
            why,
        }
    }
}

impl Owner {
    fn part(self) -> Option<usize> {
        match self {
            Self::Environment => None,
            Self::Wheel { part, .. } | Self::Made { part } => Some(part),
        }
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns the path as file systems see it that do not regard case.
fn fold(mut path: String) -> String {
    if !path.is_ascii() {
        return path.to_lowercase();
    }
    path.make_ascii_lowercase();
    path
}
