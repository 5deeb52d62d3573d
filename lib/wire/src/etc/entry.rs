//! What is, or will be, under a path.

use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt};

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
