//! The documents of relswitch: a release, and what was done with releases.

use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `relswitch.release/1`: one release. Printed by `stage` and `ready`, read by `ready`, `switch` and `fail` from `-`, and kept in
/// the release folder as `.relswitch.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Release {
    /// Always `relswitch.release/1`.
    pub schema: Schema<Self>,
    /// The name of its folder, `20261123T061319Z-72fa72317ab1`: when it was staged and the start of its commit.
    pub id: String,
    /// Its place in the order of releases; never reused.
    pub seq: u64,
    /// Where it is, relative to the application's folder.
    pub path: String,
    /// What has become of it.
    pub state: ReleaseState,
    /// What was asked for: a branch, a tag or a commit, as given.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The full name of the commit whose files it has; empty if it came from a plain folder.
    pub commit: String,
    /// The full name of the commit's tree, as tracked; empty if it came from a plain folder.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tree: String,
    /// When it was staged, RFC 3339 in UTC.
    pub created: String,
    /// How its commit relates to the one that was running when it was staged.
    pub ancestry: Ancestry,
    /// Commits made on the production host that the commit asked for lacks, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_commits: Vec<LocalCommit>,
    /// What was done about the local commits, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<LocalChoice>,
    /// How many files and links were extracted.
    pub files: u64,
    /// How many bytes their contents have.
    pub bytes: u64,
    /// How many tracked files the repository's attributes keep out of releases.
    pub export_ignored: u64,
    /// Links whose targets are outside the release, as tracked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links_outside: Vec<String>,
    /// Paths that are linked to the application's shared folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<String>,
}

impl Document for Release {
    const SCHEMA: &'static str = "relswitch.release/1";
}

/// What has become of a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseState {
    /// Its code is there; it is being built.
    #[default]
    Staging,
    /// It can be switched to.
    Ready,
    /// It is what `current` points to.
    Current,
    /// It was current and can be again.
    Retired,
    /// It never became ready.
    Failed,
    /// It was switched to and proved wrong.
    Bad,
}

/// How a commit relates to the one that runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ancestry {
    /// Nothing runs yet.
    #[default]
    First,
    /// It is the same commit.
    Same,
    /// It descends from the one that runs.
    Ahead,
    /// The one that runs descends from it.
    Behind,
    /// Each has commits that the other lacks.
    Diverged,
    /// The commit that runs is not in the repository.
    Unknown,
}

/// A commit made on the production host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LocalCommit {
    /// Its full name.
    pub commit: String,
    /// The first line of its message.
    pub subject: String,
}

/// What was done about local commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LocalChoice {
    /// The release is their merge with what was asked for.
    Merged,
    /// The release lacks them; the repository keeps them.
    Dropped,
}

/// A release in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// The name of its folder.
    pub id: String,
    /// Its place in the order of releases.
    pub seq: u64,
    /// What has become of it.
    pub state: ReleaseState,
    /// What was asked for, as given.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The full name of its commit.
    pub commit: String,
    /// When it was staged, RFC 3339 in UTC.
    pub created: String,
}

/// `relswitch.list/1`: every release, by sequence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseList {
    /// Always `relswitch.list/1`.
    pub schema: Schema<Self>,
    /// The release that runs.
    pub current: Option<String>,
    /// The release that `rollback` would go to.
    pub previous: Option<String>,
    /// All of them, oldest first.
    pub releases: Vec<Summary>,
}

impl Document for ReleaseList {
    const SCHEMA: &'static str = "relswitch.list/1";
}

/// `relswitch.switch/1`: what a switch or a rollback did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Switched {
    /// Always `relswitch.switch/1`.
    pub schema: Schema<Self>,
    /// The release that was asked for.
    pub id: String,
    /// The release that ran before, if there was one.
    pub from: Option<String>,
    /// The release that runs now.
    pub current: Option<String>,
    /// False if it was current already.
    pub changed: bool,
    /// The commands that were run, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<CommandRun>,
    /// The release that was marked bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad: Option<String>,
    /// What a person should know: databases, for example, do not go back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Document for Switched {
    const SCHEMA: &'static str = "relswitch.switch/1";
}

/// One run of a reload or probe command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommandRun {
    /// What it was run for.
    pub purpose: Purpose,
    /// The command and its arguments.
    pub argv: Vec<String>,
    /// Whether it did what it should.
    pub ok: bool,
    /// How often it was tried.
    pub tries: u32,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What a command was run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To make services take the new release.
    Reload,
    /// To see whether they did.
    Probe,
    /// To make services take the old release again.
    ReloadBack,
}

/// `relswitch.init/1`: what `init` made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Initialised {
    /// Always `relswitch.init/1`.
    pub schema: Schema<Self>,
    /// The application's folder, as given.
    pub app: String,
    /// What was made, relative to it; empty if all was there.
    pub created: Vec<String>,
    /// The releases that were there already and are known now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adopted: Vec<String>,
}

impl Document for Initialised {
    const SCHEMA: &'static str = "relswitch.init/1";
}

/// `relswitch.prune/1`: what `prune` removed, and why it kept the rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pruned {
    /// Always `relswitch.prune/1`.
    pub schema: Schema<Self>,
    /// Whether this is only what would be done.
    pub dry_run: bool,
    /// The releases removed, oldest first.
    pub removed: Vec<String>,
    /// The releases kept, oldest first.
    pub kept: Vec<Kept>,
    /// Removed releases of which something could not be deleted, still in `.relswitch/trash`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
    /// How many processes could not be looked at.
    pub unreadable_processes: u64,
}

impl Document for Pruned {
    const SCHEMA: &'static str = "relswitch.prune/1";
}

/// A release that `prune` kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kept {
    /// The release.
    pub id: String,
    /// Why, in one word or two: `current`, `previous`, `good`, `newer`, `evidence`, `protected`, `in-use`.
    pub why: String,
    /// The processes that use it, as far as they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<u32>,
}

/// A removed release that could not be deleted completely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Left {
    /// Where it is now, relative to the application's folder.
    pub path: String,
    /// What was in the way.
    pub why: String,
}

/// `relswitch.status/1`: what runs, and what would happen next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Always `relswitch.status/1`.
    pub schema: Schema<Self>,
    /// The release that runs.
    pub current: Option<Summary>,
    /// Since when, RFC 3339 in UTC.
    pub since: Option<String>,
    /// The release that `rollback` would go to.
    pub previous: Option<String>,
    /// The newest release that is ready and was never current.
    pub next: Option<String>,
    /// The release that a switch goes to, which is at its reloads or its probe just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switching: Option<String>,
    /// A switch that was interrupted: run `recover`.
    pub interrupted: Option<String>,
    /// Commits made on the production host that the running release lacks, newest first.
    pub local_commits: Vec<LocalCommit>,
    /// Files of the running release that differ from its commit; only with `--deep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Vec<String>>,
    /// Bytes that all releases take; only with `--deep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Whether the commit that was expected is the one that runs; only with `--expect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_expected: Option<bool>,
}

impl Document for Status {
    const SCHEMA: &'static str = "relswitch.status/1";
}

/// `relswitch.recover/1`: what `recover` found and did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recovered {
    /// Always `relswitch.recover/1`.
    pub schema: Schema<Self>,
    /// The release that an interrupted switch was undone from.
    pub undone: Option<String>,
    /// The release that runs now.
    pub current: Option<String>,
    /// Leftovers that were removed, relative to the application's folder.
    pub swept: Vec<String>,
    /// Whether the list of releases was made anew from their folders.
    pub rebuilt: bool,
    /// The commands that were run, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<CommandRun>,
}

impl Document for Recovered {
    const SCHEMA: &'static str = "relswitch.recover/1";
}

/// `relswitch.config/1`: what an application wants of every release; `.relswitch/config.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Always `relswitch.config/1`.
    pub schema: Schema<Self>,
    /// Paths that every release shares: linked to the same path under `shared/`. One that ends in `/` is a folder
    /// and made when it is missing.
    #[serde(default)]
    pub shared: Vec<String>,
    /// How many releases that were current `prune` keeps.
    #[serde(default = "Config::default_keep")]
    pub keep: u32,
    /// Releases that `prune` never removes.
    #[serde(default)]
    pub protect: Vec<String>,
    /// Commands that make services take a release, each one string split as a shell splits words.
    #[serde(default)]
    pub reload: Vec<String>,
    /// Commands that see whether the release is the one served.
    #[serde(default)]
    pub probe: Vec<String>,
    /// How many seconds a reload may take, and all tries of a probe.
    #[serde(default = "Config::default_timeout")]
    pub timeout: u32,
}

impl Config {
    fn default_keep() -> u32 {
        5
    }

    fn default_timeout() -> u32 {
        30
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            schema: Schema::new(),
            shared: Vec::new(),
            keep: Self::default_keep(),
            protect: Vec::new(),
            reload: Vec::new(),
            probe: Vec::new(),
            timeout: Self::default_timeout(),
        }
    }
}

impl Document for Config {
    const SCHEMA: &'static str = "relswitch.config/1";
}
