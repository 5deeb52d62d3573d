//! The documents of `etcsync`: plans, reports, states of a root.
//!
//! Paths are relative to the root. One that is not UTF-8 stands in `path` as a person can
//! read it, and in `path_b64` as it is.

use crate::{Document, Schema};
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// What `etcsync plan` would change, with what it saw; `etcsync apply` does just that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Always `etcsync.plan/1`.
    pub schema: Schema<Self>,
    /// The root, as given on the command line.
    pub root: String,
    /// Whether owner and group count.
    pub ownership: Ownership,
    /// Where the contents come from.
    pub source: Source,
    /// The generation that the plan starts from.
    pub generation: u64,
    /// What to do, in bytewise order of the paths.
    pub ops: Vec<Op>,
    /// The checks that the services concerned ask for.
    pub checks: Vec<Check>,
    /// The distribution's own commands that keep books of what is enabled, after the commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub books: Vec<Vec<String>>,
    /// What runs after the commit.
    pub reloads: Vec<Reload>,
    /// What would run if the root were `/etc`.
    pub skipped: Vec<Skipped>,
    /// What the daemons would ignore or refuse.
    pub lint: Vec<Finding>,
    /// The ops, counted.
    pub summary: Summary,
}

impl Document for Plan {
    const SCHEMA: &'static str = "etcsync.plan/1";
}

/// Whether owner and group are compared and set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ownership {
    /// They are.
    Compared,
    /// They are not: the caller is not uid 0.
    Skipped,
}

/// Where the contents of a plan come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum Source {
    /// Folders that mirror the root.
    Layers {
        /// As given on the command line; a later one wins.
        layers: Vec<String>,
        /// The paths that the plan is confined to; all, if empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
        /// The file of the caller's own services, as given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        services: Option<String>,
    },
    /// The state as it was after an earlier apply.
    Generation {
        /// Its number.
        to: u64,
    },
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Op {
    /// What is done.
    pub op: OpKind,
    /// The path below the root.
    pub path: String,
    /// The path in base64 if it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_b64: Option<String>,
    /// The index of the source layer that the content comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// What is there; the op is refused if that is no longer so.
    pub before: Entry,
    /// What will be there.
    pub after: Entry,
    /// Somebody else changed what etcsync wrote.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drift: bool,
    /// The content is never shown.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
    /// Why the op cannot be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<String>,
    /// The services concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// What a person should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// What an [`Op`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OpKind {
    /// Makes what is not there.
    Create,
    /// Puts another file or link in place.
    Replace,
    /// Changes owner or mode only.
    Meta,
    /// Removes what etcsync installed, or what a rule declares absent.
    Delete,
    /// Puts back what was there before etcsync, or at an earlier generation.
    Restore,
    /// Puts a folder where something else is, or the other way round.
    Retype,
    /// Cannot be told: the path is unreadable. Such a plan cannot be applied.
    Unknown,
}

impl OpKind {
    /// Every kind, in the order of [`Summary`].
    pub const ALL: [Self; 7] = [
        Self::Create,
        Self::Replace,
        Self::Meta,
        Self::Delete,
        Self::Restore,
        Self::Retype,
        Self::Unknown,
    ];

    /// Returns the name used in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Meta => "meta",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Retype => "retype",
            Self::Unknown => "unknown",
        }
    }
}

/// What is, or will be, under a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Entry {
    /// Nothing.
    Absent,
    /// A file.
    File {
        /// `sha256:…`, or `hmac-sha256:…` under the host's key for a secret.
        digest: String,
        /// Bytes; unsaid for a secret.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
        /// Permission bits.
        mode: Mode,
        /// The owner, if ownership is compared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uid: Option<u32>,
        /// The group, if ownership is compared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gid: Option<u32>,
    },
    /// A symbolic link.
    Link {
        /// What it says, verbatim.
        target: String,
        /// The target in base64 if it is not UTF-8.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target_b64: Option<String>,
    },
    /// A folder.
    Folder {
        /// Permission bits.
        mode: Mode,
        /// The owner, if ownership is compared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uid: Option<u32>,
        /// The group, if ownership is compared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gid: Option<u32>,
    },
    /// Neither file, link nor folder; never opened.
    Special {
        /// `fifo`, `socket`, `device`.
        what: String,
    },
    /// Unreadable.
    Unknown {
        /// Why.
        why: String,
    },
}

/// Permission bits, written `"0644"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mode(pub u32);

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl fmt::Debug for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let octal = (3..=4).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'7'));
        u32::from_str_radix(text, 8)
            .ok()
            .filter(|_| octal)
            .map(Self)
            .ok_or_else(|| format!("expected a mode of three or four octal digits, found {text:?}"))
    }
}

impl Serialize for Mode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for Mode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Mode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "type": "string", "pattern": "^[0-7]{3,4}$" })
    }
}

/// A validator of the whole configuration of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// The service.
    pub name: String,
    /// The command; no shell between.
    pub argv: Vec<String>,
    /// A change of the paths concerned can lock the administrator out: without this check,
    /// nothing is applied.
    #[serde(default, skip_serializing_if = "is_false")]
    pub guarded: bool,
    /// It can only be judged as uid 0.
    #[serde(default, skip_serializing_if = "is_false")]
    pub needs_root: bool,
    /// The command is not on this host: of a guarded service nothing is applied.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unavailable: bool,
}

/// Commands that make a service read its configuration again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reload {
    /// The service.
    pub name: String,
    /// The commands, in order; no shell between.
    pub commands: Vec<Vec<String>>,
    /// The paths that ask for it.
    pub why: Vec<String>,
}

/// A command that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// `check`, `reload`, `enable`, `crontab`.
    pub what: String,
    /// The service or user.
    pub name: String,
    /// Why.
    pub why: String,
}

/// Something that a daemon would ignore or refuse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The path below the root.
    pub path: String,
    /// The line in it, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Whether it stops an apply.
    pub level: Level,
    /// The rule, `cron-name`.
    pub rule: String,
    /// What is wrong, for people.
    pub text: String,
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A daemon will ignore or refuse the file.
    Error,
    /// A person should look.
    Warning,
}

/// How many ops of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Made.
    pub create: u64,
    /// Replaced.
    pub replace: u64,
    /// Owner or mode changed.
    pub meta: u64,
    /// Removed.
    pub delete: u64,
    /// Put back.
    pub restore: u64,
    /// Changed between folder and something else.
    pub retype: u64,
    /// Unreadable.
    pub unknown: u64,
    /// Already as they should be.
    pub same: u64,
    /// Ops that cannot be done.
    pub blocked: u64,
    /// Ops on what somebody else changed.
    pub drift: u64,
}

/// What `apply`, `rollback` and `recover` did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `etcsync.report/1`.
    pub schema: Schema<Self>,
    /// The root, as given.
    pub root: String,
    /// The generation that holds now.
    pub generation: u64,
    /// What an interrupted run before this one needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<Recovered>,
    /// What was changed.
    pub done: Vec<Done>,
    /// The checks that ran.
    pub checks: Vec<Outcome>,
    /// The commands that keep books of what is enabled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub books: Vec<Outcome>,
    /// The reloads that ran.
    pub reloads: Vec<Outcome>,
    /// Reloads that still have to run.
    pub pending: Vec<String>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl Document for Report {
    const SCHEMA: &'static str = "etcsync.report/1";
}

/// Where an interrupted run was taken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recovered {
    /// It had changed nothing yet.
    Nothing,
    /// Back to the state before it.
    Back,
    /// Forward to the state after it.
    Forward,
}

/// One change that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// What was done.
    pub op: OpKind,
    /// The path below the root.
    pub path: String,
}

/// What became of a check or a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// The service.
    pub name: String,
    /// How it ended.
    pub result: Verdict,
    /// How it was run, or why it was not: `overlay`, `after-commit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// The last lines that it wrote, if it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
}

/// How a check or a reload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Well.
    Passed,
    /// It says no.
    Failed,
    /// It cannot be run here.
    Unavailable,
}

/// What `etcsync check` found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Always `etcsync.check/1`.
    pub schema: Schema<Self>,
    /// The root, as given.
    pub root: String,
    /// What the daemons would ignore or refuse.
    pub lint: Vec<Finding>,
    /// The checks that ran.
    pub checks: Vec<Outcome>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
}

impl Document for Checked {
    const SCHEMA: &'static str = "etcsync.check/1";
}

/// How a root stands to what etcsync wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Always `etcsync.status/1`.
    pub schema: Schema<Self>,
    /// The root, as given.
    pub root: String,
    /// The generation that holds; 0 before the first.
    pub generation: u64,
    /// How many paths etcsync looks after.
    pub managed: u64,
    /// The paths that somebody else changed.
    pub drift: Vec<Drifted>,
    /// Files in which packages left new versions of managed ones, `app.conf.dpkg-dist`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<String>,
    /// Reloads that still have to run.
    pub pending: Vec<String>,
    /// The phase of an interrupted run, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<Phase>,
}

impl Document for Status {
    const SCHEMA: &'static str = "etcsync.status/1";
}

/// A path that is not as etcsync wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drifted {
    /// The path below the root.
    pub path: String,
    /// What happened to it.
    pub how: DriftKind,
}

/// What happened to a managed path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// Another content, owner or mode.
    Changed,
    /// Gone.
    Missing,
    /// Cannot be read.
    Unreadable,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// New files are made ready outside; nothing is changed.
    Staging,
    /// Files are being put in place.
    Commit,
    /// Files and state are written.
    Written,
    /// Services are being told.
    Reloading,
    /// The state before is being put back.
    Undoing,
}

/// The generations of a root.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Log {
    /// Always `etcsync.log/1`.
    pub schema: Schema<Self>,
    /// The root, as given.
    pub root: String,
    /// Newest first.
    pub generations: Vec<Generation>,
}

impl Document for Log {
    const SCHEMA: &'static str = "etcsync.log/1";
}

/// One apply, as kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// When it was written, seconds since 1970 by this machine's clock; nothing is decided by it.
    pub time: u64,
    /// Where the contents came from.
    pub source: Source,
    /// What was changed.
    pub done: Vec<Done>,
}

/// The rules for one path, or all services.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rules {
    /// Always `etcsync.attrs/1`.
    pub schema: Schema<Self>,
    /// The rules of each path asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub paths: BTreeMap<String, BTreeMap<String, String>>,
    /// The services that are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Service>,
}

impl Document for Rules {
    const SCHEMA: &'static str = "etcsync.attrs/1";
}

/// A service: how to check its configuration, and how to make it read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// The commands that check; each must succeed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub check: Vec<Vec<String>>,
    /// The commands that make it read again, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reload: Vec<Vec<String>>,
    /// Its mistakes lock administrators out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub guarded: bool,
    /// Its check can only be judged as uid 0.
    #[serde(default, skip_serializing_if = "is_false")]
    pub needs_root: bool,
    /// Given by the user, so that it runs for any root.
    #[serde(default, skip_serializing_if = "is_false")]
    pub defined: bool,
}
