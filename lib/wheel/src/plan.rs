//! What an installation consists of: decided before anything is written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use wire::target::Scheme;

use crate::collide;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::listing::{Folder, join};
use crate::place::{Area, Places, check_data};
use crate::script;
use crate::wheel::Wheel;

/// A wheel to be installed, and what is to be written beside it.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The wheel.
    pub wheel: &'a Wheel,
    /// Whether somebody asked for it by name, rather than for something that needs it.
    pub requested: bool,
    /// The text of `direct_url.json`, if it came from an address rather than an index.
    pub direct_url: Option<String>,
}

/// What is asked of an installation.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// The wheels.
    pub parts: &'a [Part<'a>],
    /// Where things go, relative to the environment.
    pub scheme: &'a Scheme,
    /// The path by which scripts will start the environment's interpreter; a relative one is seen from the folder of
    /// scripts, so that the environment can be moved.
    pub python: &'a Path,
    /// Who installs, for the files INSTALLER.
    pub installer: &'a str,
    /// Files and links of the environment itself.
    pub occupied: &'a [&'a str],
    /// Paths that several wheels may install: the last one's content stays.
    pub allowed_collisions: &'a [String],
}

/// An installation, ready to be written.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What becomes of each part, in their order.
    pub parts: Vec<Laid>,
    /// The paths that were asked for by several wheels, and allowed.
    pub collisions: Vec<String>,
}

/// A part, laid out.
#[derive(Clone, Debug, Default)]
pub struct Laid {
    /// The folders of the areas.
    areas: Vec<(Area, String)>,
    /// The files of the wheel's listing that are not installed as they are: written anew, or another part's.
    pub(crate) skip: BTreeSet<u32>,
    /// The files of the wheel's listing that another part brings as well.
    pub(crate) shared: BTreeSet<u32>,
    /// What is in no wheel: commands, and the files about the installation, but for RECORD.
    pub made: Vec<Made>,
    /// The path of RECORD, relative to the environment.
    pub record: String,
}

/// A file that is written rather than unpacked.
#[derive(Clone, Debug)]
pub struct Made {
    /// The path, relative to the environment.
    pub path: String,
    /// The content.
    pub content: Vec<u8>,
    /// Whether it can be executed.
    pub executable: bool,
    /// Whether another part brings the same file, which is the one that is written.
    pub dropped: bool,
    digest: OnceLock<Digest>,
}

impl Made {
    pub(crate) fn new(path: String, content: Vec<u8>, executable: bool) -> Self {
        Self {
            path,
            content,
            executable,
            dropped: false,
            digest: OnceLock::new(),
        }
    }

    /// Returns the digest of the content, which is taken once.
    pub fn digest(&self) -> &Digest {
        self.digest.get_or_init(|| Digest::sha256(&self.content))
    }
}

impl Laid {
    /// Returns where in the environment an area is.
    pub fn area(&self, area: Area) -> &str {
        let known = self.areas.iter().find(|(known, _)| *known == area);
        known.map_or("", |(_, folder)| folder)
    }

    /// Returns where in the environment a folder of the wheel is; `path` is its path in its area.
    pub(crate) fn folder(&self, folder: &Folder, path: &str) -> String {
        join(self.area(folder.area), path)
    }
}

impl Plan {
    /// Returns how many files of a part are in the environment, RECORD included.
    pub fn count(&self, part: usize, wheel: &Wheel) -> u64 {
        let laid = &self.parts[part];
        let kept = wheel.listing().files().len() - laid.skip.len() + laid.shared.len();
        (kept + laid.made.len() + 1) as u64
    }

    /// Returns the paths of the bytecode that wheels bring: an interpreter's own does not take their places.
    pub fn bytecode(&self, parts: &[Part]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (laid, part) in self.parts.iter().zip(parts) {
            let listing = part.wheel.listing();
            for folder in listing.folders() {
                let path = listing.folder_path(folder);
                if path.rsplit('/').next() != Some("__pycache__") {
                    continue;
                }
                let folder_path = laid.folder(folder, path);
                let names = listing.in_folder(folder).iter();
                let names = names.filter_map(|number| Some(listing.file(*number)?.1));
                found.extend(names.map(|name| join(&folder_path, name)));
            }
        }
        found
    }

    /// Returns the names of the files in `site` that Python reads at every start, and the parts that bring them.
    pub fn pth(&self, parts: &[Part], site: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (number, (laid, part)) in self.parts.iter().zip(parts).enumerate() {
            let listing = part.wheel.listing();
            let folders = listing.folders().iter();
            let roots = folders.filter(|folder| {
                let path = listing.folder_path(folder);
                site.ends_with(path) && laid.folder(folder, path) == site
            });
            let names = roots.flat_map(|folder| listing.in_folder(folder));
            let names = names.filter_map(|file| Some(listing.file(*file)?.1));
            let names = names.filter(|name| name.ends_with(".pth"));
            found.extend(names.map(|name| (number, name.to_owned())));
        }
        found.sort_by(|one, other| one.1.cmp(&other.1));
        found
    }
}

/// Decides what goes where.
///
/// # Errors
///
/// A wheel's layout has a [`crate::Flaw`], two wheels exclude each other, or the interpreter's path
/// cannot be named in scripts.
pub fn plan(order: &Order) -> Result<Plan> {
    let parts = order.parts.iter().map(|part| lay_out(part, order));
    let parts = parts.collect::<Result<Vec<_>>>()?;
    collide::settle(order, parts)
}

const AREAS: [Area; 6] = [
    Area::Root,
    Area::Purelib,
    Area::Platlib,
    Area::Headers,
    Area::Data,
    Area::Scripts,
];

fn lay_out(part: &Part, order: &Order) -> Result<Laid> {
    let wheel = part.wheel;
    let places = Places {
        scheme: order.scheme,
        project: wheel.name().name.as_str(),
        root_is_purelib: wheel.about().root_is_purelib,
    };
    check_names(wheel, order.scheme)?;
    let mut laid = Laid {
        areas: AREAS.map(|area| (area, places.folder(area))).to_vec(),
        skip: wheel.python_scripts().keys().copied().collect(),
        record: dist_info(&places, wheel, "RECORD"),
        ..Laid::default()
    };
    for (number, content) in wheel.python_scripts() {
        let file = &wheel.listing().files()[*number as usize];
        let below = wheel.listing().path(file).1;
        let path = join(laid.area(Area::Scripts), &below);
        let content = script::rewritten(&seen_from_below(order.python, &below), content)?;
        laid.made.push(Made::new(path, content, true));
    }
    laid.made.extend(generated(part, &places, order)?);
    Ok(laid)
}

/// Returns the path of the interpreter as a script sees it that may lie in a folder below the other scripts.
fn seen_from_below(python: &Path, script: &str) -> PathBuf {
    if python.is_absolute() {
        return python.to_owned();
    }
    Path::new(&"../".repeat(script.matches('/').count())).join(python)
}

/// Makes sure that no wheel brings an interpreter of its own.
fn check_names(wheel: &Wheel, scheme: &Scheme) -> Result<()> {
    let listing = wheel.listing();
    for folder in listing
        .folders()
        .iter()
        .filter(|folder| folder.area == Area::Data)
    {
        let folder_path = listing.folder_path(folder);
        if !folder_path.starts_with(&scheme.scripts) {
            continue;
        }
        for (_, name) in listing
            .in_folder(folder)
            .iter()
            .filter_map(|number| listing.file(*number))
        {
            let path = join(folder_path, name);
            check_data(scheme, &path).map_err(|flaw| Error::bad(wheel.path(), Some(&path), flaw))?;
        }
    }
    Ok(())
}

/// Lists what is in no wheel: commands for entry points, and the files about the installation.
fn generated(part: &Part, places: &Places, order: &Order) -> Result<Vec<Made>> {
    let mut files = Vec::new();
    for script in part.wheel.scripts() {
        let path = format!("{}/{}", order.scheme.scripts, script.name);
        files.push(Made::new(path, script::command(order.python, script)?, true));
    }
    let mut push = |name: &str, content| {
        files.push(Made::new(dist_info(places, part.wheel, name), content, false));
    };
    push("INSTALLER", format!("{}\n", order.installer).into_bytes());
    if part.requested {
        push("REQUESTED", Vec::new());
    }
    if let Some(text) = &part.direct_url {
        push("direct_url.json", text.clone().into_bytes());
    }
    Ok(files)
}

/// Returns a path in the `.dist-info` folder.
fn dist_info(places: &Places, wheel: &Wheel, name: &str) -> String {
    format!("{}/{}/{name}", places.root(), wheel.dist_info())
}
