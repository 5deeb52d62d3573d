//! Made-up wheels, right by default and wrong wherever a test wants them wrong.
//!
//! ```
//! let wheel = kit::wheel::Wheel::new("demo", "1.0").file("demo.py", "print('hello')\n");
//! assert_eq!(wheel.file_name(), "demo-1.0-py3-none-any.whl");
//! ```

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::zip::{Member, Zip};

/// What a test does to a member behind RECORD's back.
pub type Change = fn(&mut Member);

/// A wheel under construction.
#[derive(Clone, Debug)]
pub struct Wheel {
    name: String,
    version: String,
    build: Option<String>,
    tag: String,
    purelib: bool,
    metadata: String,
    wheel_version: String,
    files: Vec<Entry>,
    overrides: Vec<(String, Option<Vec<u8>>)>,
    record_lines: Vec<(String, Option<String>)>,
    record: Option<Vec<u8>>,
    zip: Zip,
    tamper: Vec<(String, Change)>,
}

#[derive(Clone, Debug)]
struct Entry {
    member: Member,
    listed: bool,
}

impl Wheel {
    /// A pure Python wheel that runs everywhere and holds nothing yet.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            build: None,
            tag: "py3-none-any".to_owned(),
            purelib: true,
            metadata: String::new(),
            wheel_version: "1.0".to_owned(),
            files: Vec::new(),
            overrides: Vec::new(),
            record_lines: Vec::new(),
            record: None,
            zip: Zip::default(),
            tamper: Vec::new(),
        }
    }

    /// Sets the tag, like `cp311-cp311-linux_x86_64`; compressed sets are fine.
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = tag.to_owned();
        self
    }

    /// Sets the build tag.
    pub fn build(mut self, build: &str) -> Self {
        self.build = Some(build.to_owned());
        self
    }

    /// Says `Root-Is-Purelib: false`.
    pub fn platlib(mut self) -> Self {
        self.purelib = false;
        self
    }

    /// Sets `Wheel-Version`.
    pub fn wheel_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.wheel_version);
        self
    }

    /// Adds a file, listed in RECORD.
    pub fn file(self, path: &str, data: impl Into<Vec<u8>>) -> Self {
        self.member(Member::new(path, data))
    }

    /// Adds a file with the executable bits set.
    pub fn executable(self, path: &str, data: impl Into<Vec<u8>>) -> Self {
        let mut member = Member::new(path, data);
        member.mode = 0o100_755;
        self.member(member)
    }

    /// Adds a member made by hand, listed in RECORD.
    pub fn member(mut self, member: Member) -> Self {
        self.files.push(Entry { member, listed: true });
        self
    }

    /// Adds a file that RECORD does not list.
    pub fn unlisted(mut self, path: &str, data: impl Into<Vec<u8>>) -> Self {
        self.files.push(Entry {
            member: Member::new(path, data),
            listed: false,
        });
        self
    }

    /// Adds lines to METADATA, like `Requires-Dist: other>=1`.
    pub fn metadata(mut self, lines: &str) -> Self {
        self.metadata.push_str(lines.trim_end());
        self.metadata.push('\n');
        self
    }

    /// Adds one `Requires-Dist`.
    pub fn requires(self, requirement: &str) -> Self {
        self.metadata(&format!("Requires-Dist: {requirement}"))
    }

    /// Sets `entry_points.txt`.
    pub fn entry_points(self, text: &str) -> Self {
        self.dist_info("entry_points.txt", text)
    }

    /// Adds console scripts, each `name = module:function`.
    pub fn console_scripts(self, lines: &[&str]) -> Self {
        self.entry_points(&format!("[console_scripts]\n{}\n", lines.join("\n")))
    }

    /// Adds or replaces a file of the `.dist-info` folder.
    pub fn dist_info(mut self, name: &str, data: impl Into<Vec<u8>>) -> Self {
        self.overrides.push((name.to_owned(), Some(data.into())));
        self
    }

    /// Leaves a file of the `.dist-info` folder out.
    pub fn without(mut self, name: &str) -> Self {
        self.overrides.push((name.to_owned(), None));
        self
    }

    /// Replaces the RECORD line of a path (`Some`) or leaves it out (`None`); a path that the
    /// wheel does not have gets a line too.
    pub fn record_line(mut self, path: &str, line: Option<&str>) -> Self {
        self.record_lines.push((path.to_owned(), line.map(str::to_owned)));
        self
    }

    /// Replaces the whole of RECORD.
    pub fn record(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.record = Some(text.into());
        self
    }

    /// Changes a member after RECORD has been made, to lie in the zip headers or the content.
    pub fn tamper(mut self, path: &str, change: Change) -> Self {
        self.tamper.push((path.to_owned(), change));
        self
    }

    /// Changes the archive around the members.
    pub fn archive(mut self, change: impl FnOnce(&mut Zip)) -> Self {
        change(&mut self.zip);
        self
    }

    /// The name of the `.dist-info` folder.
    pub fn dist_info_name(&self) -> String {
        format!("{}-{}.dist-info", self.name, self.version)
    }

    /// The file name, from name, version, build tag and tag.
    pub fn file_name(&self) -> String {
        let build = self
            .build
            .as_ref()
            .map(|build| format!("-{build}"))
            .unwrap_or_default();
        format!("{}-{}{build}-{}.whl", self.name, self.version, self.tag)
    }

    /// The wheel's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut entries = self.files.clone();
        for (name, data) in self.dist_info_files() {
            let path = format!("{}/{name}", self.dist_info_name());
            entries.push(Entry {
                member: Member::new(&path, data),
                listed: true,
            });
        }
        if let Some(record) = self.record_text(&entries) {
            let path = format!("{}/RECORD", self.dist_info_name());
            entries.push(Entry {
                member: Member::new(&path, record),
                listed: false,
            });
        }
        let mut zip = self.zip.clone();
        zip.members.extend(entries.into_iter().map(|entry| entry.member));
        for (path, change) in &self.tamper {
            zip.members
                .iter_mut()
                .filter(|member| member.name == path.as_bytes())
                .for_each(change);
        }
        zip.bytes()
    }

    /// The lower-case hex sha256 of the wheel's bytes.
    pub fn sha256(&self) -> String {
        crate::sha256(&self.bytes())
    }

    /// Writes the wheel into a folder, under its file name.
    pub fn write_to(&self, folder: impl AsRef<Path>) -> PathBuf {
        let path = folder.as_ref().join(self.file_name());
        fs_err::write(&path, self.bytes()).expect("the folder is writable");
        path
    }

    /// The line for a requirements file: `name==version --hash=sha256:…`.
    pub fn pin(&self) -> String {
        format!(
            "{}=={} --hash=sha256:{}\n",
            self.name,
            self.version,
            self.sha256()
        )
    }

    fn dist_info_files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![
            ("METADATA".to_owned(), self.metadata_text().into_bytes()),
            ("WHEEL".to_owned(), self.wheel_text().into_bytes()),
        ];
        for (name, data) in &self.overrides {
            files.retain(|(existing, _)| existing != name);
            if let Some(data) = data
                && name != "RECORD"
            {
                files.push((name.clone(), data.clone()));
            }
        }
        files
    }

    fn metadata_text(&self) -> String {
        format!(
            "Metadata-Version: 2.1\nName: {}\nVersion: {}\n{}",
            self.name, self.version, self.metadata
        )
    }

    fn wheel_text(&self) -> String {
        let mut text = format!(
            "Wheel-Version: {}\nGenerator: kit\nRoot-Is-Purelib: {}\n",
            self.wheel_version, self.purelib
        );
        for tag in expand(&self.tag) {
            text.push_str(&format!("Tag: {tag}\n"));
        }
        text
    }

    fn record_text(&self, entries: &[Entry]) -> Option<Vec<u8>> {
        if self
            .overrides
            .iter()
            .any(|(name, data)| name == "RECORD" && data.is_none())
        {
            return None;
        }
        if let Some(record) = &self.record {
            return Some(record.clone());
        }
        let mut lines: Vec<(String, String)> =
            entries.iter().filter(|entry| entry.listed).map(line).collect();
        let own = format!("{}/RECORD", self.dist_info_name());
        lines.push((own.clone(), format!("{own},,")));
        for (path, replacement) in &self.record_lines {
            lines.retain(|(listed, _)| listed != path);
            lines.extend(replacement.clone().map(|line| (path.clone(), line)));
        }
        Some(
            lines
                .into_iter()
                .flat_map(|(_, line)| (line + "\n").into_bytes())
                .collect(),
        )
    }
}

fn line(entry: &Entry) -> (String, String) {
    let path = String::from_utf8_lossy(&entry.member.name).into_owned();
    let quoted = if path.contains([',', '"']) {
        format!("\"{}\"", path.replace('"', "\"\""))
    } else {
        path.clone()
    };
    let text = format!(
        "{quoted},sha256={},{}",
        record_hash(&entry.member.data),
        entry.member.data.len()
    );
    (path, text)
}

/// The digest as RECORD writes it: URL-safe base64 without padding.
pub fn record_hash(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(data))
}

fn expand(tag: &str) -> Vec<String> {
    let parts: Vec<Vec<&str>> = tag.split('-').map(|part| part.split('.').collect()).collect();
    let [pythons, abis, platforms] = parts.as_slice() else {
        return vec![tag.to_owned()];
    };
    let mut tags = Vec::new();
    for python in pythons {
        for abi in abis {
            tags.extend(
                platforms
                    .iter()
                    .map(|platform| format!("{python}-{abi}-{platform}")),
            );
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::Wheel;

    /// Python's own zip reader, the judge of whether we write right archives by default.
    fn python_reads(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.whl");
        fs_err::write(&path, bytes).unwrap();
        let script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; \
                      print(*z.namelist(), sep='\\n')";
        let output = Command::new("/usr/bin/python3")
            .args(["-I", "-c", script])
            .arg(path)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_plain_wheel_is_a_right_zip() {
        let wheel = Wheel::new("demo", "1.0")
            .file("demo.py", "x = 1\n".repeat(100))
            .console_scripts(&["demo = demo:x"]);
        let names = python_reads(&wheel.bytes());
        assert_eq!(
            names,
            "demo.py\ndemo-1.0.dist-info/METADATA\ndemo-1.0.dist-info/WHEEL\n\
             demo-1.0.dist-info/entry_points.txt\ndemo-1.0.dist-info/RECORD\n"
        );
    }

    #[test]
    fn zip64_and_descriptors_are_right_zips_too() {
        let wheel = Wheel::new("demo", "1.0")
            .file("a.py", "a = 1\n")
            .file("b.py", "b = 1\n")
            .archive(|zip| zip.zip64 = true)
            .tamper("a.py", |member| member.zip64 = true)
            .tamper("b.py", |member| member.flags |= crate::zip::FLAG_DESCRIPTOR);
        assert!(python_reads(&wheel.bytes()).starts_with("a.py\nb.py\n"));
    }
}
