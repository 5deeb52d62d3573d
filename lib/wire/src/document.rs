//! JSON documents that name their schema.

use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, de::DeserializeOwned};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// A document with a `schema` member, `wheelhouse/1`.
///
/// Members may be added under one number; none ever changes its meaning.
pub trait Document: Serialize + DeserializeOwned {
    /// The value of the `schema` member.
    const SCHEMA: &'static str;
}

/// The `schema` member of `T`: written as [`Document::SCHEMA`], and nothing else is read.
pub struct Schema<T>(PhantomData<fn() -> T>);

impl<T> Schema<T> {
    /// Makes the member; it has no content but its type.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for Schema<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Schema<T> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<T> PartialEq for Schema<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Schema<T> {}

impl<T: Document> fmt::Debug for Schema<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::SCHEMA)
    }
}

impl<T: Document> Serialize for Schema<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(T::SCHEMA)
    }
}

impl<'de, T: Document> Deserialize<'de> for Schema<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = Cow::<str>::deserialize(deserializer)?;
        if found == T::SCHEMA {
            return Ok(Self::new());
        }
        Err(de::Error::custom(format_args!(
            "expected schema {}, found {found}",
            T::SCHEMA
        )))
    }
}

impl<T: Document> JsonSchema for Schema<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::SCHEMA.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "const": T::SCHEMA })
    }
}

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is another document.
    #[error("expected a document {expected}, found {found}")]
    Schema {
        /// The schema that was asked for.
        expected: &'static str,
        /// The schema that it names.
        found: String,
    },
    /// It names no schema.
    #[error("a JSON document without a \"schema\" member")]
    NoSchema,
    /// It is not JSON, ends early, or lacks a member.
    #[error("not a complete document: {0}")]
    Json(#[from] serde_json::Error),
}

impl ReadError {
    /// Returns the line where reading ended, counted from 1, if it is known.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::Json(error) => u32::try_from(error.line()).ok().filter(|line| *line > 0),
            Self::Schema { .. } | Self::NoSchema => None,
        }
    }
}

/// Returns the `schema` member of a JSON document.
///
/// # Errors
///
/// The bytes are not one complete JSON object, or it has no such member.
pub fn schema_of(bytes: &[u8]) -> Result<String, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        schema: Option<String>,
    }
    serde_json::from_slice::<Head>(bytes)?
        .schema
        .ok_or(ReadError::NoSchema)
}

/// Reads a document of one schema.
///
/// # Errors
///
/// The bytes are another document, or not a complete one.
pub fn read<T: Document>(bytes: &[u8]) -> Result<T, ReadError> {
    let found = schema_of(bytes)?;
    if found != T::SCHEMA {
        return Err(ReadError::Schema {
            expected: T::SCHEMA,
            found,
        });
    }
    Ok(serde_json::from_slice(bytes)?)
}

#[cfg(test)]
mod tests {
    use crate::{ErrorDocument, ReadError, read};

    #[test]
    fn a_truncated_document_is_refused() {
        let found = read::<ErrorDocument>(br#"{"schema":"error/1","tool":"x""#);
        assert!(matches!(found, Err(ReadError::Json(_))), "{found:?}");
    }

    #[test]
    fn another_document_is_named() {
        let found = read::<ErrorDocument>(br#"{"schema":"lock/1"}"#).unwrap_err();
        assert_eq!(found.to_string(), "expected a document error/1, found lock/1");
    }

    #[test]
    fn unknown_members_are_allowed() {
        let text = br#"{"schema":"error/1","tool":"t","kind":"later","message":"m","new":1}"#;
        assert_eq!(read::<ErrorDocument>(text).unwrap().status(), 65);
    }
}
