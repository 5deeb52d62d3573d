//! Services, and the commands that are run for them.

use super::is_false;
use crate::{Document, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// `check`, `reload`, `books`, `crontab`, `content`.
    pub what: String,
    /// The service or user.
    pub name: String,
    /// Why.
    pub why: String,
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
