//! One change of a plan.

use super::{entry::Entry, is_false};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
