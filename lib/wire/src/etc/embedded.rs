//! A plan that carries its source.

use super::is_false;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Layers and their rules, so that a plan needs no other source. The services that they name are those of the
/// host where it is applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Embedded {
    /// Whether secret files are among them. Then the whole plan is a secret, and has true digests.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secrets: bool,
    /// The files of rules; later ones win.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<EmbeddedRules>,
    /// What the layers hold together, in bytewise order of the paths.
    pub items: Vec<EmbeddedItem>,
}

/// A file of rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddedRules {
    /// Its name, for messages.
    pub file: String,
    /// What it says.
    pub text: String,
}

/// Something in a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddedItem {
    /// The path in the layer.
    pub path: String,
    /// The path in base64 if it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_b64: Option<String>,
    /// The index of the layer.
    pub layer: usize,
    /// What it is.
    pub is: EmbeddedKind,
}

/// What an [`EmbeddedItem`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum EmbeddedKind {
    /// A file.
    File {
        /// Whether it may be executed.
        #[serde(default, skip_serializing_if = "is_false")]
        executable: bool,
        /// `sha256:…`
        digest: String,
        /// The content in base64.
        content: String,
    },
    /// A file whose content is left out, because it is secret.
    Withheld,
    /// A symbolic link.
    Link {
        /// What it says, verbatim.
        target: String,
        /// The target in base64 if it is not UTF-8.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target_b64: Option<String>,
    },
    /// A folder.
    Folder,
}
