//! An interpreter's side of the tags: its name, version and ABIs.

use serde::{Deserialize, Serialize};

use super::Tag;

/// Is what the tags of an interpreter depend on.
///
/// ```
/// let python = pyspec::tags::Interpreter::cpython(3, 13);
/// assert_eq!(python.abis, ["cp313"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interpreter {
    /// The name in tags: `cp`, `pp`, or the implementation's own name (`graalpy`).
    pub name: String,
    /// The major version of Python.
    pub major: u32,
    /// The minor version of Python.
    pub minor: u32,
    /// The ABIs it loads, best first, without `abi3`, `abi3t` and `none`, which are added.
    pub abis: Vec<String>,
}

/// `abi3` begins with Python 3.2 (PEP 384).
const FIRST_STABLE_ABI_MINOR: u32 = 2;

impl Interpreter {
    /// Makes an ordinary build of `CPython`.
    ///
    /// ```
    /// assert_eq!(pyspec::tags::Interpreter::cpython(3, 12).abis, ["cp312"]);
    /// ```
    pub fn cpython(major: u32, minor: u32) -> Self {
        Self::cpython_build(major, minor, false, false)
    }

    /// Makes a build of `CPython`, free-threaded (from 3.13 on) or with debugging.
    ///
    /// Versions before 3.8 had one more letter in their ABI, `m` for pymalloc.
    ///
    /// ```
    /// use pyspec::tags::Interpreter;
    /// assert_eq!(Interpreter::cpython_build(3, 13, true, false).abis, ["cp313t"]);
    /// assert_eq!(Interpreter::cpython_build(3, 12, false, true).abis, ["cp312d", "cp312"]);
    /// ```
    pub fn cpython_build(major: u32, minor: u32, free_threaded: bool, debug: bool) -> Self {
        let threading = if free_threaded && (major, minor) >= (3, 13) {
            "t"
        } else {
            ""
        };
        let debugging = if debug { "d" } else { "" };
        let memory = if (major, minor) < (3, 8) { "m" } else { "" };
        let mut abis = vec![format!("cp{major}{minor}{threading}{debugging}{memory}")];
        if debug && (major, minor) >= (3, 8) {
            abis.push(format!("cp{major}{minor}{threading}"));
        }
        Self {
            name: "cp".to_owned(),
            major,
            minor,
            abis,
        }
    }

    /// Makes a `PyPy` of the 7.3 series, the only one that is built today.
    ///
    /// ```
    /// assert_eq!(pyspec::tags::Interpreter::pypy(3, 10).abis, ["pypy310_pp73"]);
    /// ```
    pub fn pypy(major: u32, minor: u32) -> Self {
        Self {
            name: "pp".to_owned(),
            major,
            minor,
            abis: vec![format!("pypy{major}{minor}_pp73")],
        }
    }

    /// Reads an ABI off `sysconfig`'s `EXT_SUFFIX`, for what is not `CPython`; `None` if it names none.
    ///
    /// ```
    /// use pyspec::tags::Interpreter;
    /// let abi = Interpreter::abi_of_suffix(".pypy310-pp73-x86_64-linux-gnu.so");
    /// assert_eq!(abi.as_deref(), Some("pypy310_pp73"));
    /// assert_eq!(Interpreter::abi_of_suffix(".so"), None);
    /// ```
    pub fn abi_of_suffix(suffix: &str) -> Option<String> {
        let (stem, _) = suffix.strip_prefix('.')?.split_once('.')?;
        let pieces: Vec<&str> = stem.split('-').collect();
        let abi = match pieces.as_slice() {
            [""] => return None,
            [first, version, ..] if first.starts_with("cpython") => format!("cp{version}"),
            [first, ..] if first.starts_with("cpython") => return None,
            [first, ..] if first.starts_with("cp") => (*first).to_owned(),
            [first, ..] if first.starts_with("pypy") => first_pieces(&pieces, 2),
            [first, ..] if first.starts_with("graalpy") => first_pieces(&pieces, 3),
            _ => stem.to_owned(),
        };
        Some(abi.replace(['.', '-', ' '], "_"))
    }

    /// Returns the interpreter's part of a tag, `cp312`.
    ///
    /// ```
    /// assert_eq!(pyspec::tags::Interpreter::pypy(3, 10).tag(), "pp310");
    /// ```
    pub fn tag(&self) -> String {
        format!("{}{}{}", self.name, self.major, self.minor)
    }

    /// Lists every tag it supports on a machine with these platform tags, best first.
    ///
    /// ```
    /// let tags = pyspec::tags::Interpreter::pypy(3, 10).tags(&["win_amd64".to_owned()]);
    /// assert_eq!(tags[0].to_string(), "pp310-pypy310_pp73-win_amd64");
    /// ```
    pub fn tags(&self, platforms: &[String]) -> Vec<Tag> {
        let mut tags = Vec::new();
        if self.name == "cp" {
            self.push_cpython(platforms, &mut tags);
        } else {
            self.push_generic(platforms, &mut tags);
        }
        self.push_compatible(platforms, &mut tags);
        tags
    }

    /// Tells whether this is a free-threaded build, by its first ABI.
    fn is_free_threaded(&self) -> bool {
        let flags = self.abis.first().and_then(|abi| abi.strip_prefix("cp"));
        flags.is_some_and(|flags| {
            flags
                .trim_start_matches(|digit: char| digit.is_ascii_digit())
                .contains('t')
        })
    }

    fn push_cpython(&self, platforms: &[String], tags: &mut Vec<Tag>) {
        let free_threaded = self.is_free_threaded();
        let stable = if free_threaded { "abi3t" } else { "abi3" };
        let own = self.tag();
        for abi in self
            .abis
            .iter()
            .filter(|abi| *abi != stable && *abi != "abi3" && *abi != "none")
        {
            push(tags, &own, abi, platforms);
        }
        let has_stable = (self.major, self.minor) >= (3, FIRST_STABLE_ABI_MINOR);
        if has_stable {
            push(tags, &own, stable, platforms);
        }
        push(tags, &own, "none", platforms);
        if has_stable {
            for minor in (FIRST_STABLE_ABI_MINOR..self.minor).rev() {
                push(tags, &format!("cp{}{minor}", self.major), stable, platforms);
            }
        }
    }

    fn push_generic(&self, platforms: &[String], tags: &mut Vec<Tag>) {
        let own = self.tag();
        for abi in &self.abis {
            push(tags, &own, abi, platforms);
        }
        if !self.abis.iter().any(|abi| abi == "none") {
            push(tags, &own, "none", platforms);
        }
    }

    /// Adds the tags of wheels without an ABI: `py312`, `py3`, then every older `py3`.
    fn push_compatible(&self, platforms: &[String], tags: &mut Vec<Tag>) {
        let major = self.major;
        let mut pure = vec![format!("py{major}{}", self.minor), format!("py{major}")];
        pure.extend((0..self.minor).rev().map(|minor| format!("py{major}{minor}")));
        for version in &pure {
            push(tags, version, "none", platforms);
        }
        match self.name.as_str() {
            "cp" => tags.push(Tag::new(&self.tag(), "none", "any")),
            "pp" => tags.push(Tag::new("pp3", "none", "any")),
            _ => {}
        }
        tags.extend(pure.iter().map(|version| Tag::new(version, "none", "any")));
    }
}

fn push(tags: &mut Vec<Tag>, interpreter: &str, abi: &str, platforms: &[String]) {
    tags.extend(
        platforms
            .iter()
            .map(|platform| Tag::new(interpreter, abi, platform)),
    );
}

fn first_pieces(pieces: &[&str], count: usize) -> String {
    pieces[..pieces.len().min(count)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(interpreter: &Interpreter) -> Vec<String> {
        interpreter
            .tags(&["p".to_owned()])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn cpython_goes_from_own_abi_over_stable_abi_to_pure() {
        let tags = texts(&Interpreter::cpython(3, 4));
        assert_eq!(
            tags,
            [
                "cp34-cp34m-p",
                "cp34-abi3-p",
                "cp34-none-p",
                "cp33-abi3-p",
                "cp32-abi3-p",
                "py34-none-p",
                "py3-none-p",
                "py33-none-p",
                "py32-none-p",
                "py31-none-p",
                "py30-none-p",
                "cp34-none-any",
                "py34-none-any",
                "py3-none-any",
                "py33-none-any",
                "py32-none-any",
                "py31-none-any",
                "py30-none-any"
            ]
        );
    }

    #[test]
    fn free_threaded_takes_its_own_stable_abi_only() {
        let tags = texts(&Interpreter::cpython_build(3, 13, true, false));
        assert!(tags.contains(&"cp313-abi3t-p".to_owned()));
        assert!(!tags.iter().any(|tag| tag.contains("-abi3-")));
    }

    #[test]
    fn suffixes_name_their_abi() {
        let abi = |suffix| Interpreter::abi_of_suffix(suffix);
        assert_eq!(abi(".cpython-310-darwin.so").as_deref(), Some("cp310"));
        assert_eq!(abi(".cp310-win_amd64.pyd").as_deref(), Some("cp310"));
        assert_eq!(
            abi(".graalpy-38-native-x86_64-darwin.dylib").as_deref(),
            Some("graalpy_38_native")
        );
        assert_eq!(
            abi(".pyston-23-x86_64-linux-gnu.so").as_deref(),
            Some("pyston_23_x86_64_linux_gnu")
        );
        assert_eq!(abi(".cpython.so"), None);
        assert_eq!(abi("pyd"), None);
    }
}
