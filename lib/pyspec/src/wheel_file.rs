//! WHEEL: what a wheel says of itself.
//!
//! Standard: binary distribution format (PEP 427, 491).

use crate::error::{Document, Error};
use crate::headers::Headers;
use crate::tags::TagSet;

/// Is the WHEEL file of a wheel.
///
/// ```
/// let text = b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
/// let wheel = pyspec::wheel_file::WheelFile::parse(text).unwrap();
/// assert!(wheel.root_is_purelib);
/// assert_eq!(wheel.tags[0].as_str(), "py3-none-any");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFile {
    /// The version of the wheel format, major and minor.
    pub version: (u32, u32),
    /// The program that made the wheel.
    pub generator: Option<String>,
    /// Whether the wheel's root goes to `purelib` rather than `platlib`.
    pub root_is_purelib: bool,
    /// The tags, one or a set a line.
    pub tags: Vec<TagSet>,
    /// The build tag, if there is one.
    pub build: Option<String>,
}

/// The version of the wheel format that is known here.
const KNOWN: (u32, u32) = (1, 0);

impl WheelFile {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not UTF-8, has no `Wheel-Version` or one of another major version, or a tag is malformed.
    ///
    /// ```
    /// use pyspec::wheel_file::WheelFile;
    /// assert!(WheelFile::parse(b"Root-Is-Purelib: true\n").is_err());
    /// assert!(WheelFile::parse(b"Wheel-Version: 2.0\n").is_err());
    /// assert!(WheelFile::parse(b"Wheel-Version: 1.9\n").unwrap().is_newer());
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = crate::error::utf8(Document::Wheel, bytes)?;
        let headers = Headers::parse(text);
        let fault = |offset: usize, reason: String| Error::document(Document::Wheel, text, offset, reason);
        let field = headers
            .first("Wheel-Version")
            .ok_or_else(|| fault(0, "no Wheel-Version".to_owned()))?;
        let version = version(&field.value)
            .ok_or_else(|| fault(field.offset, format!("{:?} is no Wheel-Version", field.value)))?;
        if version.0 != KNOWN.0 {
            let reason = format!("Wheel-Version {} is not supported, {}.x is", field.value, KNOWN.0);
            return Err(fault(field.offset, reason));
        }
        let tags = headers
            .all("Tag")
            .map(|field| TagSet::parse(&field.value).map_err(|error| fault(field.offset, error.to_string())));
        let value = |name: &str| headers.first(name).map(|field| field.value.clone());
        Ok(Self {
            version,
            generator: value("Generator"),
            root_is_purelib: value("Root-Is-Purelib").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            tags: tags.collect::<Result<_, _>>()?,
            build: value("Build"),
        })
    }

    /// Tells whether the wheel is of a newer minor version than is known here: worth a warning.
    ///
    /// ```
    /// let wheel = pyspec::wheel_file::WheelFile::parse(b"Wheel-Version: 1.0\n").unwrap();
    /// assert!(!wheel.is_newer());
    /// ```
    pub fn is_newer(&self) -> bool {
        self.version > KNOWN
    }
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())
            .flatten()
    };
    Some((digits(major)?, digits(minor)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_their_line() {
        let error = WheelFile::parse(b"Generator: x\nWheel-Version: x.y\n").unwrap_err();
        assert_eq!(error.line(), Some(2));
        let error = WheelFile::parse(b"Wheel-Version: 1.0\nTag: x\n").unwrap_err();
        assert_eq!(error.line(), Some(2));
        assert!(WheelFile::parse(b"Wheel-Version: 1.0\nGenerator: \xff\n").is_err());
    }

    #[test]
    fn what_is_not_said_is_false_or_absent() {
        let wheel = WheelFile::parse(b"Wheel-Version: 1.0\n").unwrap();
        assert!(!wheel.root_is_purelib);
        assert_eq!((wheel.generator, wheel.build, wheel.tags.len()), (None, None, 0));
    }
}
