//! Requirements files as pip reads them: requirements, options, other files, comments.
//!
//! [`parse`] reads a file and those it names, which are handed in by the caller: nothing is opened here. Every
//! [`Item`] knows where it stands and keeps what was written.
//!
//! What pip passes over in silence is an error here, so that nobody loses what they meant:
//!
//! - a `${VARIABLE}` that is not set or is empty (pip leaves it as it is),
//! - `--hash` without a requirement, and options of the whole run behind a requirement (pip ignores both),
//! - a word behind an option that takes none (pip ignores it),
//! - a digest of the wrong length or with other than hexadecimal digits (pip finds out when it downloads),
//! - bytes that are not UTF-8 where no encoding is declared (pip tries the locale's encoding),
//! - a NUL, and a line that a merge left behind.
//!
//! And more is read: every `-r`, `-c` and `-e` of a line (pip takes the first), and any name behind
//! `--use-feature`. A path is told by its look, as nothing is opened: by a `/`, a `.` in front, or an archive's
//! ending. A variable's value is not searched for variables again.

mod classify;
mod decode;
mod lines;
mod names;
mod options;
mod read;

use std::sync::Arc;

use crate::hash::Hash;
use crate::marker::Marker;
use crate::name::Name;
use crate::requirement::Requirement;

pub use read::{Outside, parse};

/// Is a requirements file with all that it includes.
///
/// ```
/// use pyspec::requirements_file::{Kind, Outside, parse};
/// let text = b"# mine\n-r base.in\nDjango>=5  # the framework\n";
/// let mut read = |name: &str| match name {
///     "sub/base.in" => Ok(b"gunicorn\n".to_vec()),
///     _ => Err("no such file".to_owned()),
/// };
/// let mut outside = Outside { read: &mut read, variable: &|_| None };
/// let file = parse(text, "sub/requirements.in", &mut outside).unwrap();
/// let places: Vec<(&str, u32)> = file.items.iter().map(|item| (&*item.file, item.line)).collect();
/// let top = "sub/requirements.in";
/// assert_eq!(places, [(top, 1), (top, 2), ("sub/base.in", 1), (top, 3)]);
/// assert_eq!(file.items[3].comments, ["the framework"]);
/// assert_eq!(file.to_string().as_bytes(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementsFile {
    /// What stands in it, in order; what a file includes stands behind the line that names it.
    pub items: Vec<Item>,
    /// The file's own text, decoded.
    text: String,
}

/// Is a requirement, an option or a comment.
///
/// ```
/// use pyspec::requirements_file::{Outside, parse};
/// let text = b"\n  --index-url https://${TOKEN}@index.example.com/simple\n";
/// let mut outside = Outside { read: &mut |_| Err(String::new()), variable: &|_| Some("secret".to_owned()) };
/// let item = &parse(text, "requirements.in", &mut outside).unwrap().items[0];
/// assert_eq!((item.line, item.column), (2, 3));
/// assert_eq!(item.written, "--index-url https://${TOKEN}@index.example.com/simple");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The file it stands in, as its name was given or put together.
    pub file: Arc<str>,
    /// The line on which it begins, from 1.
    pub line: u32,
    /// The column in which it begins, in characters from 1.
    pub column: u32,
    /// Whether its file was included by `-c`: a bound on versions rather than something to install.
    pub constraint: bool,
    /// What was written, continued lines joined, without comments; variables are not replaced.
    pub written: String,
    /// The comments on its line, and indented ones on the lines right below; without `#` and blanks around.
    pub comments: Vec<String>,
    /// The hashes that vouch for a requirement's files.
    pub hashes: Vec<Hash>,
    /// What a requirement's build backend is told, in order.
    pub config_settings: Vec<(String, String)>,
    /// What it is.
    pub kind: Kind,
}

/// Says what an item is, with variables replaced.
///
/// ```
/// use pyspec::requirements_file::{Kind, Outside, parse};
/// let mut outside = Outside { read: &mut |_| Err(String::new()), variable: &|_| None };
/// let file = parse(b"./vendor/a.zip\n-e .\n--pre", "requirements.in", &mut outside).unwrap();
/// assert!(matches!(&file.items[0].kind, Kind::Path(path) if path.address == "./vendor/a.zip"));
/// assert!(matches!(&file.items[1].kind, Kind::Editable(address) if address == "."));
/// assert!(matches!(&file.items[2].kind, Kind::Setting(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A requirement by name: `Django>=5`, `a @ https://…`.
    Requirement(Requirement),
    /// An address without a name in front.
    Url(Unnamed),
    /// A folder or an archive on this machine.
    Path(Unnamed),
    /// `-e`, with the path, address or requirement behind it.
    Editable(String),
    /// `-r` or `-c`, with the name of the file as it was asked for.
    Nested {
        /// The name, put together with that of the including file.
        file: String,
        /// Whether it was `-c`.
        constraint: bool,
    },
    /// An option of the whole run.
    Setting(Setting),
    /// A comment on lines of its own that belongs to no requirement; the text is in the item's `comments`.
    Comment,
}

/// Is an address or a path that stands for a requirement.
///
/// ```
/// use pyspec::requirements_file::{Kind, Outside, parse};
/// let text = b"https://example.com/a-1.0-py3-none-any.whl ; os_name == 'nt'\n";
/// let mut outside = Outside { read: &mut |_| Err(String::new()), variable: &|_| None };
/// let file = parse(text, "requirements.in", &mut outside).unwrap();
/// let Kind::Url(url) = &file.items[0].kind else { panic!() };
/// assert_eq!(url.name.as_ref().unwrap().as_str(), "a");
/// assert!(url.marker.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unnamed {
    /// The address or path, without extras and marker.
    pub address: String,
    /// The project, where a wheel's file name or an `#egg=` says it.
    pub name: Option<Name>,
    /// The extras behind a path.
    pub extras: Vec<Name>,
    /// When it applies.
    pub marker: Option<Marker>,
}

/// Is an option of the whole run.
///
/// ```
/// use pyspec::requirements_file::{Kind, Outside, Setting, parse};
/// let mut outside = Outside { read: &mut |_| Err(String::new()), variable: &|_| None };
/// let file = parse(b"--no-binary docopt,psycopg2 --pre", "requirements.in", &mut outside).unwrap();
/// assert_eq!(file.items[0].kind, Kind::Setting(Setting::NoBinary("docopt,psycopg2".to_owned())));
/// assert_eq!(file.items[1].kind, Kind::Setting(Setting::Pre));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// `--index-url`: the index.
    IndexUrl(String),
    /// `--extra-index-url`: one more index.
    ExtraIndexUrl(String),
    /// `--no-index`: no index at all.
    NoIndex,
    /// `--find-links`: a folder or page with files.
    FindLinks(String),
    /// `--no-binary`: projects to build from source, joined by commas; `:all:` and `:none:`.
    NoBinary(String),
    /// `--only-binary`: projects never to build, joined by commas; `:all:` and `:none:`.
    OnlyBinary(String),
    /// `--prefer-binary`: rather an older wheel than a newer source distribution.
    PreferBinary,
    /// `--require-hashes`: every requirement has hashes.
    RequireHashes,
    /// `--no-require-hashes`: a hash on one requirement does not ask for hashes on all.
    NoRequireHashes,
    /// `--pre`: pre-releases count as releases.
    Pre,
    /// `--all-releases`: the projects whose pre-releases count.
    AllReleases(String),
    /// `--only-final`: the projects whose pre-releases do not count.
    OnlyFinal(String),
    /// `--trusted-host`: a host whose certificate is not checked.
    TrustedHost(String),
    /// `--use-feature`: something new in pip.
    UseFeature(String),
}

impl std::fmt::Display for RequirementsFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}
