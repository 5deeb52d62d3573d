//! What an installation consists of: decided before anything is written.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use wire::target::Scheme;

use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::place::{Place, Places, seen_from};
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
    /// The path by which scripts will start the environment's interpreter.
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
    /// The folders to be made, those above before those below; some may be there already.
    pub folders: Vec<String>,
    /// The files, in no particular order, each path once.
    pub files: Vec<File>,
    /// The paths that were asked for by several wheels, and allowed.
    pub collisions: Vec<String>,
    /// How many files each part installs, in the order of the parts.
    pub counts: Vec<u64>,
}

/// A file of the plan.
#[derive(Clone, Debug)]
pub struct File {
    /// The path, relative to the environment.
    pub path: String,
    /// What it is made of.
    pub source: Source,
    /// Whether it can be executed.
    pub executable: bool,
    /// The digest of its content; unknown only for signatures of RECORD.
    pub digest: Option<Digest>,
}

/// What a file is made of.
#[derive(Clone, Debug)]
pub enum Source {
    /// The content of a member.
    Member {
        /// The number of the part.
        part: usize,
        /// The number of the member.
        member: usize,
    },
    /// These bytes.
    Bytes(Vec<u8>),
}

/// Decides what goes where.
///
/// # Errors
///
/// A wheel's layout has a [`crate::Flaw`], two wheels exclude each other, or the interpreter's path
/// cannot be named in scripts.
pub fn plan(order: &Order) -> Result<Plan> {
    let mut table = Table::new(order);
    for (number, part) in order.parts.iter().enumerate() {
        let files = files_of(number, part, order)?;
        table.plan.counts.push(files.len() as u64);
        for file in files {
            table.add(number, file)?;
        }
    }
    table.finish()
}

/// A line of the RECORD to be written: path as seen from its folder, hash, size.
type Row = (String, String, String);

/// Lists the files of one wheel, RECORD last.
fn files_of(number: usize, part: &Part, order: &Order) -> Result<Vec<File>> {
    let wheel = part.wheel;
    let places = Places::new(wheel, order.scheme);
    let members = wheel.archive().members();
    let mut files = Vec::with_capacity(members.len() + 4);
    let mut rows: Vec<Row> = Vec::with_capacity(members.len() + 4);
    for (at, member) in members.iter().enumerate() {
        let (path, is_script) = match places.of(&member.name)? {
            Place::Nowhere => continue,
            Place::At(path) => (path, false),
            Place::Script(path) => (path, true),
        };
        if let Some(script) = wheel.python_script(at).filter(|_| is_script) {
            push(
                &mut files,
                &mut rows,
                &places,
                path,
                script::rewritten(order.python, script)?,
                true,
            );
            continue;
        }
        let digest = wheel.listed(at).cloned();
        let hash = digest.as_ref().map(Digest::in_record).unwrap_or_default();
        let size = if digest.is_some() {
            member.size.to_string()
        } else {
            String::new()
        };
        rows.push((seen_from(places.root(), &path), hash, size));
        let executable = is_script || member.executable;
        files.push(File {
            path,
            source: Source::Member {
                part: number,
                member: at,
            },
            executable,
            digest,
        });
    }
    for (path, content, executable) in generated(part, &places, order)? {
        push(&mut files, &mut rows, &places, path, content, executable);
    }
    let path = places.dist_info("RECORD");
    rows.push((seen_from(places.root(), &path), String::new(), String::new()));
    rows.sort_unstable();
    files.push(bytes_file(path, table_text(&rows), false));
    Ok(files)
}

/// Lists what is in no wheel: commands for entry points, and the files about the installation.
fn generated(part: &Part, places: &Places, order: &Order) -> Result<Vec<(String, Vec<u8>, bool)>> {
    let mut files = Vec::new();
    for script in part.wheel.scripts() {
        let path = format!("{}/{}", order.scheme.scripts, script.name);
        files.push((path, script::command(order.python, script)?, true));
    }
    files.push((
        places.dist_info("INSTALLER"),
        format!("{}\n", order.installer).into_bytes(),
        false,
    ));
    if part.requested {
        files.push((places.dist_info("REQUESTED"), Vec::new(), false));
    }
    if let Some(text) = &part.direct_url {
        files.push((
            places.dist_info("direct_url.json"),
            text.clone().into_bytes(),
            false,
        ));
    }
    Ok(files)
}

fn push(
    files: &mut Vec<File>,
    rows: &mut Vec<Row>,
    places: &Places,
    path: String,
    content: Vec<u8>,
    executable: bool,
) {
    let digest = Digest::sha256(&content);
    rows.push((
        seen_from(places.root(), &path),
        digest.in_record(),
        content.len().to_string(),
    ));
    files.push(File {
        path,
        executable,
        digest: Some(digest),
        source: Source::Bytes(content),
    });
}

fn bytes_file(path: String, content: Vec<u8>, executable: bool) -> File {
    let digest = Some(Digest::sha256(&content));
    File {
        path,
        executable,
        digest,
        source: Source::Bytes(content),
    }
}

/// Writes RECORD as Python's `csv` does by default, and so pip.
fn table_text(rows: &[Row]) -> Vec<u8> {
    let mut text = String::new();
    for (path, hash, size) in rows {
        if path.contains([',', '"', '\n', '\r']) {
            text.push_str(&format!("\"{}\"", path.replace('"', "\"\"")));
        } else {
            text.push_str(path);
        }
        for field in [hash, size] {
            text.push(',');
            text.push_str(field);
        }
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// The files so far, by path, to see where two wheels meet.
struct Table<'a> {
    order: &'a Order<'a>,
    plan: Plan,
    /// The number of the file and of the part it comes from, by path without regard to case.
    taken: HashMap<String, (usize, usize)>,
    owners: Vec<usize>,
}

impl<'a> Table<'a> {
    fn new(order: &'a Order<'a>) -> Self {
        Self {
            order,
            plan: Plan::default(),
            taken: HashMap::new(),
            owners: Vec::new(),
        }
    }

    fn add(&mut self, part: usize, file: File) -> Result<()> {
        if self.order.occupied.contains(&file.path.as_str()) {
            return Err(self.collision(file.path, None, part, None));
        }
        let folded = fold(&file.path);
        let Some((number, other)) = self.taken.get(&folded).copied() else {
            self.taken.insert(folded, (self.plan.files.len(), part));
            self.plan.files.push(file);
            self.owners.push(part);
            return Ok(());
        };
        let known = &mut self.plan.files[number];
        let same_path = known.path == file.path;
        if same_path && known.digest == file.digest && known.executable == file.executable {
            return Ok(());
        }
        if other == part && !same_path {
            // A wheel that has both README and readme means it.
            self.plan.files.push(file);
            self.owners.push(part);
            return Ok(());
        }
        if !self.order.allowed_collisions.contains(&file.path) {
            let why = (!same_path).then_some("which differ only in case");
            return Err(self.collision(file.path, Some(other), part, why));
        }
        self.plan.collisions.push(file.path.clone());
        if same_path {
            *known = file;
        } else {
            self.plan.files.push(file);
            self.owners.push(part);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Plan> {
        let folders = folders(&self.plan.files);
        let mut occupied = self.order.occupied.iter();
        if let Some(path) = occupied.find(|path| folders.contains(**path)) {
            let below = format!("{path}/");
            let number = self
                .plan
                .files
                .iter()
                .position(|file| file.path.starts_with(&below));
            let part = number.map_or(0, |number| self.owners[number]);
            return Err(self.collision((*path).to_owned(), None, part, Some("once as a folder")));
        }
        for (number, file) in self.plan.files.iter().enumerate() {
            if folders.contains(&file.path) {
                let below = format!("{}/", file.path);
                let other = self
                    .plan
                    .files
                    .iter()
                    .position(|other| other.path.starts_with(&below));
                let other = other.map(|other| self.owners[other]);
                let why = Some("once as a file, once as a folder");
                return Err(self.collision(file.path.clone(), other, self.owners[number], why));
            }
        }
        self.plan.folders = folders.into_iter().collect();
        Ok(self.plan)
    }

    fn collision(
        &self,
        path: String,
        first: Option<usize>,
        second: usize,
        why: Option<&'static str>,
    ) -> Error {
        let name = |part: usize| {
            let wheel = self.order.parts[part].wheel;
            format!("{} {}", wheel.name().name, wheel.version())
        };
        let first = first.map_or_else(|| "the environment itself".to_owned(), name);
        Error::Collision {
            path,
            first,
            second: name(second),
            why,
        }
    }
}

/// Lists all folders that the files are in.
fn folders(files: &[File]) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    let mut last = "";
    for file in files {
        let Some((folder, _)) = file.path.rsplit_once('/') else {
            continue;
        };
        if folder == last {
            continue;
        }
        last = folder;
        let mut above = Some(folder);
        while let Some(folder) = above.filter(|folder| !folders.contains(*folder)) {
            folders.insert(folder.to_owned());
            above = folder.rsplit_once('/').map(|(above, _)| above);
        }
    }
    folders
}

/// Returns the path as file systems see it that do not regard case.
fn fold(path: &str) -> String {
    if path.is_ascii() {
        path.to_ascii_lowercase()
    } else {
        path.to_lowercase()
    }
}
