//! Members of JSON pages that may be of several types.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};

use super::CoreMetadata;
use crate::hash::{Algorithm, Hash};

/// A text that is borrowed unless it has escapes.
#[derive(Default)]
pub(super) struct Text<'page>(pub(super) Cow<'page, str>);

impl<'de: 'page, 'page> Deserialize<'de> for Text<'page> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Text)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// `yanked`: absent, a boolean, or the reason.
#[derive(Default)]
pub(super) struct Yanked<'page>(pub(super) Option<Cow<'page, str>>);

impl<'de: 'page, 'page> Deserialize<'de> for Yanked<'page> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YankedVisitor).map(Yanked)
    }
}

struct YankedVisitor;

impl<'de> Visitor<'de> for YankedVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a boolean or a string")
    }

    fn visit_bool<E: de::Error>(self, yanked: bool) -> Result<Self::Value, E> {
        Ok(yanked.then_some(Cow::Borrowed("")))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_borrowed_str<E: de::Error>(self, reason: &'de str) -> Result<Self::Value, E> {
        Ok((!reason.is_empty()).then_some(Cow::Borrowed(reason)))
    }

    fn visit_str<E: de::Error>(self, reason: &str) -> Result<Self::Value, E> {
        Ok((!reason.is_empty()).then(|| Cow::Owned(reason.to_owned())))
    }
}

/// The strong and well-formed hashes of a table of them.
#[derive(Default)]
pub(super) struct Hashes(pub(super) Vec<Hash>);

impl<'de> Deserialize<'de> for Hashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HashesVisitor).map(Hashes)
    }
}

struct HashesVisitor;

impl<'de> Visitor<'de> for HashesVisitor {
    type Value = Vec<Hash>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table of hashes")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut hashes = Vec::new();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match Algorithm::from_name(&name.0) {
                Some(algorithm) => {
                    let digest = map.next_value::<Text<'de>>()?;
                    hashes.extend(Hash::from_hex(algorithm, &digest.0));
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(hashes)
    }
}

/// `core-metadata`: absent, a boolean, or a table of hashes.
#[derive(Default)]
pub(super) struct Metadata(pub(super) Option<CoreMetadata>);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MetadataVisitor).map(Metadata)
    }
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Option<CoreMetadata>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a boolean or a table of hashes")
    }

    fn visit_bool<E: de::Error>(self, is_there: bool) -> Result<Self::Value, E> {
        Ok(is_there.then_some(CoreMetadata::Unhashed))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
        let best = HashesVisitor.visit_map(map)?.into_iter().next();
        Ok(Some(best.map_or(CoreMetadata::Unhashed, CoreMetadata::Hashed)))
    }
}
