//! `error/1`: what a failing command writes to standard output.

use crate::{Document, Kind, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The document of a failure.
///
/// A tool that reads one where it expected input passes it on unchanged, says nothing
/// more, and exits with [`ErrorDocument::status`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorDocument {
    /// Always `error/1`.
    pub schema: Schema<Self>,
    /// The tool that failed first.
    pub tool: String,
    /// The name of the [`Kind`].
    pub kind: String,
    /// What happened, a lower-case fragment.
    pub message: String,
    /// What caused it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The file, package or path concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line in `file`, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What was done before the failure: the report of the command, for exit statuses 3 and 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<serde_json::Value>,
    /// Why requirements have no solution: the first is that they cannot be met, the others are what it follows from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derivation: Vec<Incompatibility>,
}

/// Something that cannot hold all at once: a fact, or what follows from two others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Incompatibility {
    /// What cannot hold all at once: `framework>=2`, `not helper>=1.5`. Nothing, if it is impossible from the start.
    pub what: Vec<String>,
    /// The fact behind it, in a sentence; absent from what was derived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The places in the derivation, counted from 0, of the two that it follows from; absent from facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<[usize; 2]>,
}

impl Document for ErrorDocument {
    const SCHEMA: &'static str = "error/1";
}

impl ErrorDocument {
    /// Makes the document of a failure, with the kind's own hint.
    pub fn new(tool: &str, kind: Kind, message: impl Into<String>) -> Self {
        Self {
            schema: Schema::new(),
            tool: tool.to_owned(),
            kind: kind.name().to_owned(),
            message: message.into(),
            causes: Vec::new(),
            file: None,
            line: None,
            hint: Some(kind.hint().to_owned()),
            report: None,
            derivation: Vec::new(),
        }
    }

    /// Returns the exit status that belongs to the kind; 65 for one of a later version.
    pub fn status(&self) -> u8 {
        Kind::from_name(&self.kind).map_or(65, Kind::exit)
    }
}
