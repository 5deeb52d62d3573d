//! Where the contents of a plan come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
        /// Files of rules besides those that stand beside the layers; later ones win.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attrs: Vec<String>,
        /// One digest of rules and layers, contents of secret files left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tree: Option<String>,
        /// The commit that the layers were checked out from, if they are all of one repository; nothing is
        /// decided by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        git: Option<Git>,
    },
    /// The state as it was after an earlier apply.
    Generation {
        /// Its number.
        to: u64,
    },
}

/// The commit of a checkout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Git {
    /// Its name, all of it.
    pub commit: String,
    /// The layers, or the rules beside them, are not as that commit has them.
    pub dirty: bool,
}
