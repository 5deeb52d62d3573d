//! Reading a wheel off its archive: its parts must agree with each other.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use pyspec::entry_points::{EntryPoints, Script};
use pyspec::filename::WheelName;
use pyspec::hash::Algorithm;
use pyspec::metadata::Metadata;
use pyspec::record::Record;
use pyspec::version::Version;
use pyspec::wheel_file::WheelFile;

use crate::digest::{Digest, Hasher};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::flaw::Flaw;
use crate::listing::{Item, Listing};
use crate::place::{Area, Sorter};
use crate::wheel::{Origin, Recorded, Wheel};
use crate::zip::{Archive, Content, Member};

/// The files of `.dist-info` that RECORD cannot vouch for.
const UNVOUCHED: [&str; 3] = ["RECORD", "RECORD.jws", "RECORD.p7s"];
/// The beginning of a script that is to be started by the environment's interpreter.
const PYTHON_SCRIPT: &[u8] = b"#!python";
/// Scripts above this size are programs, and are not looked into.
const LARGEST_SCRIPT: u64 = 8 << 20;

/// Reads what an archive says of itself, and checks everything but the contents of its files.
pub(crate) fn wheel(archive: Archive, recorded: Recorded) -> Result<Wheel> {
    let name = file_name(archive.path())?;
    let dist_info = dist_info(&archive, &name)?;
    let reader = Reader {
        archive: &archive,
        dist_info: &dist_info,
    };
    let (listed, surplus) = match recorded {
        Recorded::Strictly => {
            let record = reader.record()?;
            (listed(&archive, &dist_info, &record)?, record.surplus().to_vec())
        }
        Recorded::Anyhow => (digests(&archive, &dist_info)?, Vec::new()),
    };
    let metadata = reader.standard("METADATA", &listed, Metadata::parse_leniently)?;
    let about = reader.standard("WHEEL", &listed, WheelFile::parse)?;
    check_identity(&reader, &metadata, &name)?;
    let scripts = reader.scripts(&listed)?;
    let sorter = Sorter::new(&dist_info, &scripts);
    let python_scripts = python_scripts(&archive, &sorter, &listed)?;
    let (listing, members) = list(&archive, &sorter, &listed, &python_scripts)?;
    let by_file = by_file(&members, python_scripts);
    let facts = Facts {
        dist_info,
        metadata,
        about,
        scripts,
        surplus,
    };
    let path = archive.path().to_owned();
    let origin = Origin::Archive(archive, members);
    Ok(Wheel::new(path, name, (facts, listing), by_file, origin))
}

/// Lists the files that are to be installed, and returns the number of the member that each is.
fn list(
    archive: &Archive,
    sorter: &Sorter,
    listed: &[Option<Digest>],
    python_scripts: &HashMap<usize, Vec<u8>>,
) -> Result<(Listing, Vec<u32>)> {
    let mut items = Vec::with_capacity(archive.members().len());
    for ((member, digest), number) in archive.members().iter().zip(listed).zip(0u32..) {
        let placed = sorter
            .place(&member.name)
            .map_err(|flaw| archive.bad(member, flaw))?;
        let Some((area, path)) = placed else { continue };
        let item = Item {
            area,
            path: path.to_owned(),
            size: member.size,
            executable: member.executable || area == Area::Scripts,
            script: python_scripts.contains_key(&(number as usize)),
            digest: digest.as_ref().map(Digest::in_record).unwrap_or_default(),
        };
        items.push((item, number));
    }
    items.sort_unstable();
    let (items, members): (Vec<_>, Vec<_>) = items.into_iter().unzip();
    Ok((Listing::of(&items), members))
}

/// Turns numbers of members into numbers of files.
fn by_file(members: &[u32], mut contents: HashMap<usize, Vec<u8>>) -> BTreeMap<u32, Vec<u8>> {
    let files = members.iter().zip(0u32..);
    files
        .filter_map(|(member, file)| Some((file, contents.remove(&(*member as usize))?)))
        .collect()
}

fn file_name(path: &Path) -> Result<WheelName> {
    let bad = |why: String| Error::bad(path, None, Flaw::FileName(why));
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| bad("not UTF-8".to_owned()))?;
    name.parse()
        .map_err(|error: pyspec::Error| bad(error.to_string()))
}

/// Finds the one `.dist-info` folder, which must be that of the distribution in the file's name.
fn dist_info(archive: &Archive, name: &WheelName) -> Result<String> {
    let mut found: Vec<String> = Vec::new();
    for member in archive.members() {
        let Some((top, _)) = member.name.split_once('/') else {
            continue;
        };
        if top.ends_with(".dist-info") && !found.iter().any(|known| known == top) {
            found.push(top.to_owned());
        }
    }
    let bad = |flaw| Error::bad(archive.path(), None, flaw);
    let [folder] = found.as_slice() else {
        return Err(bad(Flaw::DistInfo(found)));
    };
    let stem = folder.strip_suffix(".dist-info").unwrap_or(folder);
    let (project, version) = stem.split_once('-').unwrap_or((stem, ""));
    let same_name = pyspec::name::canonicalize(project) == name.name.as_str();
    if !same_name || version.parse::<Version>().ok().as_ref() != Some(&name.version) {
        let expected = format!("{}-{}", name.name, name.version);
        return Err(bad(Flaw::Identity {
            what: "the .dist-info folder of",
            expected,
            found: folder.clone(),
        }));
    }
    Ok(folder.clone())
}

/// Brings members and the lines of RECORD together: each has the other, but for folders.
fn listed(archive: &Archive, dist_info: &str, record: &Record) -> Result<Vec<Option<Digest>>> {
    let members = archive.members();
    let numbers: HashMap<&str, usize> = members
        .iter()
        .zip(0..)
        .map(|(member, at)| (&*member.name, at))
        .collect();
    let bad = |name: &str, flaw| Error::bad(archive.path(), Some(name), flaw);
    let mut found: Vec<Option<Digest>> = vec![None; members.len()];
    let mut seen = vec![false; members.len()];
    for entry in record.entries() {
        let Some(&at) = numbers.get(entry.path.as_str()) else {
            if numbers.contains_key(&*format!("{}/", entry.path)) {
                continue;
            }
            return Err(bad(&entry.path, Flaw::Absent));
        };
        if std::mem::replace(&mut seen[at], true) {
            return Err(bad(&entry.path, Flaw::ListedTwice));
        }
        if let Some(expected) = entry.size.filter(|size| *size != members[at].size) {
            return Err(bad(
                &entry.path,
                Flaw::RecordSize {
                    expected,
                    found: members[at].size,
                },
            ));
        }
        found[at] = entry.hash.as_ref().map(Digest::from);
    }
    for ((member, digest), seen) in members.iter().zip(&found).zip(seen) {
        let vouched = !member.is_folder() && !is_unvouched(&member.name, dist_info);
        match digest {
            None if vouched && seen => return Err(archive.bad(member, Flaw::NoHash)),
            None if vouched => return Err(archive.bad(member, Flaw::Unlisted)),
            _ => {}
        }
    }
    Ok(found)
}

/// Returns the digests of the members as they are, where RECORD is not asked.
fn digests(archive: &Archive, dist_info: &str) -> Result<Vec<Option<Digest>>> {
    let mut content = Content::default();
    let digest = |member: &Member| {
        if member.is_folder() || is_unvouched(&member.name, dist_info) {
            return Ok(None);
        }
        let mut hasher = Hasher::new(Algorithm::Sha256);
        content.flow(archive, member, |piece| {
            hasher.update(piece);
            Ok(())
        })?;
        Ok(Some(hasher.finish()))
    };
    archive.members().iter().map(digest).collect()
}

fn is_unvouched(name: &str, dist_info: &str) -> bool {
    let inside = name
        .strip_prefix(dist_info)
        .and_then(|rest| rest.strip_prefix('/'));
    inside.is_some_and(|name| UNVOUCHED.contains(&name))
}

fn check_identity(reader: &Reader, metadata: &Metadata, name: &WheelName) -> Result<()> {
    let path = format!("{}/METADATA", reader.dist_info);
    let differs = |what, expected: String, found: String| {
        Err(Error::bad(
            reader.archive.path(),
            Some(&path),
            Flaw::Identity {
                what,
                expected,
                found,
            },
        ))
    };
    if metadata.name != name.name {
        return differs("name", name.name.to_string(), metadata.name.to_string());
    }
    if metadata.version != name.version {
        return differs("version", name.version.to_string(), metadata.version.to_string());
    }
    Ok(())
}

/// Reads the scripts that begin with `#!python`: they will be written with another first line.
fn python_scripts(
    archive: &Archive,
    sorter: &Sorter,
    listed: &[Option<Digest>],
) -> Result<HashMap<usize, Vec<u8>>> {
    let mut found = HashMap::new();
    let mut content = Content::default();
    for (at, member) in archive.members().iter().enumerate() {
        let placed = sorter
            .place(&member.name)
            .map_err(|flaw| archive.bad(member, flaw))?;
        let is_script = placed.is_some_and(|(area, _)| area == Area::Scripts);
        if !is_script || member.size > LARGEST_SCRIPT || member.size < PYTHON_SCRIPT.len() as u64 {
            continue;
        }
        let bytes = content.whole(archive, member)?;
        if bytes.starts_with(PYTHON_SCRIPT) {
            verify(archive, member, listed[at].as_ref(), &bytes)?;
            found.insert(at, bytes);
        }
    }
    Ok(found)
}

/// Compares a content with what RECORD says of it.
pub(crate) fn verify(
    archive: &Archive,
    member: &Member,
    listed: Option<&Digest>,
    content: &[u8],
) -> Result<()> {
    let Some(expected) = listed else { return Ok(()) };
    compare(
        archive,
        member,
        expected,
        &Digest::of(expected.algorithm, content),
    )
}

/// Compares the digest of a content with the one in RECORD.
pub(crate) fn compare(archive: &Archive, member: &Member, expected: &Digest, found: &Digest) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let flaw = Flaw::RecordHash {
        expected: expected.in_record(),
        found: found.in_record(),
    };
    Err(archive.bad(member, flaw))
}

/// Reads files of the `.dist-info` folder.
struct Reader<'a> {
    archive: &'a Archive,
    dist_info: &'a str,
}

impl Reader<'_> {
    fn record(&self) -> Result<Record> {
        let bytes = self.file("RECORD", &[])?.ok_or_else(|| self.missing("RECORD"))?;
        let text = String::from_utf8(bytes).map_err(|_| self.bad("RECORD", Flaw::Encoding))?;
        Record::parse(&text).map_err(|error| self.bad("RECORD", Flaw::Content(error)))
    }

    fn standard<T>(
        &self,
        name: &'static str,
        listed: &[Option<Digest>],
        parse: fn(&[u8]) -> Result<T, pyspec::Error>,
    ) -> Result<T> {
        let bytes = self.file(name, listed)?.ok_or_else(|| self.missing(name))?;
        parse(&bytes).map_err(|error| self.bad(name, Flaw::Content(error)))
    }

    fn scripts(&self, listed: &[Option<Digest>]) -> Result<Vec<Script>> {
        const NAME: &str = "entry_points.txt";
        let Some(bytes) = self.file(NAME, listed)? else {
            return Ok(Vec::new());
        };
        let text = String::from_utf8(bytes).map_err(|_| self.bad(NAME, Flaw::Encoding))?;
        let scripts = EntryPoints::parse(&text).and_then(|points| points.scripts());
        scripts.map_err(|error| self.bad(NAME, Flaw::Content(error)))
    }

    fn file(&self, name: &str, listed: &[Option<Digest>]) -> Result<Option<Vec<u8>>> {
        let path = format!("{}/{name}", self.dist_info);
        let members = self.archive.members();
        let Some(at) = members.iter().position(|member| member.name == path) else {
            return Ok(None);
        };
        let bytes = Content::default().whole(self.archive, &members[at])?;
        verify(
            self.archive,
            &members[at],
            listed.get(at).and_then(Option::as_ref),
            &bytes,
        )?;
        Ok(Some(bytes))
    }

    fn missing(&self, name: &'static str) -> Error {
        Error::bad(self.archive.path(), None, Flaw::Missing(name))
    }

    fn bad(&self, name: &str, flaw: Flaw) -> Error {
        Error::bad(
            self.archive.path(),
            Some(&format!("{}/{name}", self.dist_info)),
            flaw,
        )
    }
}
