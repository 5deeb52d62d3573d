//! Writing `pylock.toml`: keys in the standard's order, a file a line.

use std::fmt::Write as _;

use toml::{Table, Value};

use super::{Archive, Directory, File, Origin, Package, Pylock, Vcs};

impl Pylock {
    /// Writes the lock file.
    ///
    /// ```
    /// use pyspec::pylock::Pylock;
    /// let text = "lock-version = \"1.0\"\ncreated-by = \"x\"\npackages = []\n";
    /// assert_eq!(Pylock::parse(text.as_bytes()).unwrap().to_toml(), text);
    /// ```
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut top = Lines::default();
        top.text("lock-version", Some(&self.lock_version));
        top.texts("environments", self.environments.as_deref());
        top.text("requires-python", self.requires_python.as_ref());
        top.texts("extras", self.extras.as_deref());
        top.texts("dependency-groups", self.dependency_groups.as_deref());
        top.texts("default-groups", self.default_groups.as_deref());
        top.text("created-by", Some(&self.created_by));
        if self.packages.is_empty() {
            top.line("packages", "[]");
        }
        let mut text = top.0;
        for package in &self.packages {
            text.push_str("\n[[packages]]\n");
            text.push_str(&package_lines(package));
        }
        if let Some(tool) = &self.tool {
            let table = Table::from_iter([("tool".to_owned(), Value::Table(tool.clone()))]);
            let written = toml::to_string(&table).unwrap_or_default();
            _ = write!(text, "\n{written}");
        }
        text
    }
}

fn package_lines(package: &Package) -> String {
    let mut lines = Lines::default();
    lines.text("name", Some(&package.name));
    lines.text("version", package.version.as_ref());
    lines.text("marker", package.marker.as_ref());
    lines.text("requires-python", package.requires_python.as_ref());
    lines.tables("dependencies", package.dependencies.as_deref());
    match &package.origin {
        Origin::Vcs(vcs) => lines.line("vcs", &vcs_table(vcs)),
        Origin::Directory(directory) => lines.line("directory", &directory_table(directory)),
        Origin::Archive(archive) => lines.line("archive", &archive_table(archive)),
        Origin::Distributions { .. } => {}
    }
    lines.text("index", package.index.as_ref());
    if let Origin::Distributions { sdist, wheels } = &package.origin {
        if let Some(sdist) = sdist {
            lines.line("sdist", &file_table(sdist));
        }
        lines.list("wheels", wheels.iter().map(file_table));
    }
    lines.tables(
        "attestation-identities",
        package.attestation_identities.as_deref(),
    );
    if let Some(tool) = &package.tool {
        lines.line("tool", &Value::Table(tool.clone()).to_string());
    }
    lines.0
}

fn vcs_table(vcs: &Vcs) -> String {
    let mut members = Members::default();
    members.text("type", Some(&vcs.kind));
    members.text("url", vcs.url.as_ref());
    members.text("path", vcs.path.as_ref());
    members.text("requested-revision", vcs.requested_revision.as_ref());
    members.text("commit-id", Some(&vcs.commit_id));
    members.text("subdirectory", vcs.subdirectory.as_ref());
    members.table()
}

fn directory_table(directory: &Directory) -> String {
    let mut members = Members::default();
    members.text("path", Some(&directory.path));
    members.value("editable", directory.editable);
    members.text("subdirectory", directory.subdirectory.as_ref());
    members.table()
}

fn archive_table(archive: &Archive) -> String {
    let mut members = file_members(&archive.file);
    members.text("subdirectory", archive.subdirectory.as_ref());
    members.table()
}

fn file_table(file: &File) -> String {
    file_members(file).table()
}

fn file_members(file: &File) -> Members {
    let mut members = Members::default();
    members.text("name", file.name.as_ref());
    members.value("upload-time", file.upload_time.as_ref());
    members.text("url", file.url.as_ref());
    members.text("path", file.path.as_ref());
    members.value("size", file.size);
    let mut hashes = Members::default();
    for (algorithm, digest) in &file.hashes {
        hashes.text(&key(algorithm), Some(digest));
    }
    members.value("hashes", Some(hashes.table()));
    members
}

/// Is a table, a key a line.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, key: &str, value: &str) {
        _ = writeln!(self.0, "{key} = {value}");
    }

    fn text(&mut self, key: &str, value: Option<&impl ToString>) {
        if let Some(value) = value {
            self.line(key, &quoted(&value.to_string()));
        }
    }

    fn texts(&mut self, key: &str, values: Option<&[impl ToString]>) {
        if let Some(values) = values {
            let values: Vec<String> = values.iter().map(|value| quoted(&value.to_string())).collect();
            self.line(key, &format!("[{}]", values.join(", ")));
        }
    }

    fn tables(&mut self, key: &str, tables: Option<&[Table]>) {
        if let Some(tables) = tables {
            self.list(
                key,
                tables.iter().map(|table| Value::Table(table.clone()).to_string()),
            );
        }
    }

    /// Writes an array, a value a line; an empty one is left out.
    fn list(&mut self, key: &str, values: impl Iterator<Item = String>) {
        let values: String = values.map(|value| format!("    {value},\n")).collect();
        if !values.is_empty() {
            self.line(key, &format!("[\n{values}]"));
        }
    }
}

/// Is an inline table.
#[derive(Default)]
struct Members(Vec<String>);

impl Members {
    fn value(&mut self, key: &str, value: Option<impl ToString>) {
        self.0
            .extend(value.map(|value| format!("{key} = {}", value.to_string())));
    }

    fn text(&mut self, key: &str, value: Option<&String>) {
        self.value(key, value.map(|value| quoted(value)));
    }

    fn table(&self) -> String {
        format!("{{{}}}", self.0.join(", "))
    }
}

/// Writes a text as a basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            control if control.is_control() => {
                _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Writes a key, bare where that is allowed.
fn key(text: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !text.is_empty() && text.bytes().all(is_bare) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"lock-version = "1.0"
environments = ["os_name == \"posix\""]
requires-python = ">=3.9"
extras = ["x"]
dependency-groups = ["dev"]
default-groups = ["dev"]
created-by = "a \"b\" \\ \u0007"

[[packages]]
name = "a"
version = "1"
marker = "os_name == \"posix\""
requires-python = ">=3.9"
dependencies = [
    { name = "b" },
]
index = "https://index.example.com/simple"
sdist = {name = "a-1.zip", upload-time = 2025-01-25T11:30:10.164Z, url = "https://example.com/a-1.zip", size = 7, hashes = {sha256 = "00"}}
wheels = [
    {path = "w/a-1-py3-none-any.whl", hashes = {sha256 = "00", "x y" = "1"}},
]
attestation-identities = [
    { kind = "k" },
]
tool = { x = { y = 1 } }

[[packages]]
name = "b"
vcs = {type = "git", url = "https://example.com/b", requested-revision = "main", commit-id = "0", subdirectory = "s"}

[[packages]]
name = "c"
directory = {path = ".", editable = true}

[[packages]]
name = "d"
archive = {url = "https://example.com/d.zip", hashes = {sha256 = "00"}, subdirectory = "s"}

[tool.reqlock]
targets = ["cp312-win_amd64"]
"#;
        let lock = Pylock::parse(text.as_bytes()).unwrap();
        assert_eq!(lock.to_toml(), text);
        assert_eq!(Pylock::parse(lock.to_toml().as_bytes()).unwrap(), lock);
    }
}
