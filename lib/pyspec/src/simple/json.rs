//! JSON pages (PEP 691, 700, 708, 714, 740, 792).

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use super::values::{Hashes, Metadata, Text, Yanked};
use super::{File, Page, Status, api_version, resolve};
use crate::error::{Document, Error, json_offset, utf8};
use crate::url;

/// The page as it is sent.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawPage<'page> {
    #[serde(borrow, default)]
    meta: RawMeta<'page>,
    #[serde(borrow, default)]
    name: Option<Text<'page>>,
    #[serde(borrow, default)]
    project_status: Option<RawStatus<'page>>,
    #[serde(borrow, default)]
    versions: Option<Vec<Text<'page>>>,
    #[serde(borrow, default)]
    alternate_locations: Option<Vec<Text<'page>>>,
    #[serde(borrow)]
    files: Vec<File<'page>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawMeta<'page> {
    #[serde(borrow, default)]
    api_version: Option<Text<'page>>,
    #[serde(borrow, default)]
    tracks: Option<Vec<Text<'page>>>,
    /// PEP 792 put the status here at first.
    #[serde(borrow, default)]
    project_status: Option<Text<'page>>,
    #[serde(borrow, default)]
    project_status_reason: Option<Text<'page>>,
}

#[derive(Deserialize)]
struct RawStatus<'page> {
    #[serde(default)]
    status: Status,
    #[serde(borrow, default)]
    reason: Option<Text<'page>>,
}

/// A file as it is sent.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawFile<'page> {
    #[serde(borrow)]
    filename: Text<'page>,
    #[serde(borrow)]
    url: Text<'page>,
    #[serde(default)]
    hashes: Hashes,
    #[serde(borrow, default)]
    requires_python: Option<Text<'page>>,
    #[serde(default)]
    size: Option<u64>,
    #[serde(borrow, default)]
    upload_time: Option<Text<'page>>,
    #[serde(borrow, default)]
    yanked: Yanked<'page>,
    #[serde(default)]
    core_metadata: Metadata,
    #[serde(default)]
    dist_info_metadata: Metadata,
    #[serde(borrow, default)]
    provenance: Option<Text<'page>>,
}

pub(super) fn read<'page>(bytes: &'page [u8], base: &str) -> Result<Page<'page>, Error> {
    let text = utf8(Document::SimplePage, bytes)?;
    let raw: RawPage<'page> = serde_json::from_str(text).map_err(|error| {
        Error::document(
            Document::SimplePage,
            text,
            json_offset(text, &error),
            error.to_string(),
        )
    })?;
    let version = raw
        .meta
        .api_version
        .map(|version| api_version(&version.0, text))
        .transpose()?;
    let (status, reason) = match (raw.project_status, raw.meta.project_status) {
        (Some(status), _) => (status.status, status.reason),
        (None, Some(name)) => (Status::from_name(&name.0), raw.meta.project_status_reason),
        (None, None) => (Status::Active, None),
    };
    let mut files = raw.files;
    for file in &mut files {
        let address = std::mem::take(&mut file.url);
        file.url = resolve(base, address);
    }
    Ok(Page {
        name: raw.name.map(|name| name.0),
        api_version: version,
        status,
        status_reason: reason.map(|reason| reason.0),
        versions: texts(raw.versions),
        tracks: texts(raw.meta.tracks),
        alternate_locations: texts(raw.alternate_locations),
        files,
    })
}

fn texts(list: Option<Vec<Text<'_>>>) -> Vec<Cow<'_, str>> {
    list.unwrap_or_default().into_iter().map(|text| text.0).collect()
}

impl<'de: 'page, 'page> Deserialize<'de> for File<'page> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawFile::deserialize(deserializer)?;
        Ok(Self {
            filename: raw.filename.0,
            url: without_fragment(raw.url.0),
            hashes: raw.hashes.0,
            requires_python: raw
                .requires_python
                .map(|text| text.0)
                .filter(|text| !text.is_empty()),
            size: raw.size,
            upload_time: raw.upload_time.map(|text| text.0),
            yanked: raw.yanked.0,
            core_metadata: raw.core_metadata.0.or(raw.dist_info_metadata.0),
            provenance: raw.provenance.map(|text| text.0),
        })
    }
}

fn without_fragment(address: Cow<'_, str>) -> Cow<'_, str> {
    match address {
        Cow::Borrowed(address) => Cow::Borrowed(url::split_fragment(address).0),
        Cow::Owned(address) => Cow::Owned(url::split_fragment(&address).0.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Algorithm;
    use crate::simple::CoreMetadata;

    const BASE: &str = "https://index.example.com/simple/a/";

    fn file(members: &str) -> File<'static> {
        let json = format!(r#"{{"files": [{{"filename": "a-1.zip", "url": "a-1.zip", {members}}}]}}"#);
        Page::from_json(json.as_bytes(), BASE).unwrap().files[0]
            .clone()
            .into_owned()
    }

    #[test]
    fn yanked_is_a_boolean_or_a_reason() {
        assert_eq!(file(r#""yanked": true"#).yanked.as_deref(), Some(""));
        assert_eq!(file(r#""yanked": "b\u00e9""#).yanked.as_deref(), Some("bé"));
        for no in ["false", "null", "\"\""] {
            assert_eq!(file(&format!(r#""yanked": {no}"#)).yanked, None);
        }
    }

    #[test]
    fn metadata_is_announced_under_either_name() {
        let hash = "ab".repeat(32);
        let hashed = file(&format!(
            r#""core-metadata": {{"sha256": "{hash}"}}, "dist-info-metadata": true"#
        ));
        assert!(matches!(hashed.core_metadata, Some(CoreMetadata::Hashed(found)) if found.hex == hash));
        assert_eq!(
            file(r#""dist-info-metadata": true"#).core_metadata,
            Some(CoreMetadata::Unhashed)
        );
        assert_eq!(
            file(r#""core-metadata": {"md5": "0"}"#).core_metadata,
            Some(CoreMetadata::Unhashed)
        );
        assert_eq!(file(r#""core-metadata": false"#).core_metadata, None);
    }

    #[test]
    fn weak_and_broken_hashes_are_passed_over() {
        let members = format!(
            r#""hashes": {{"md5": "0", "sha256": "zz", "sha512": "{}"}}"#,
            "0".repeat(128)
        );
        let hashes = file(&members).hashes;
        assert_eq!(hashes.len(), 1);
        assert_eq!(hashes[0].algorithm, Algorithm::Sha512);
    }

    #[test]
    fn null_is_nothing() {
        let file = file(r#""hashes": null, "size": null, "requires-python": null, "core-metadata": null"#);
        assert_eq!(
            (file.size, file.requires_python, file.core_metadata),
            (None, None, None)
        );
    }

    #[test]
    fn the_status_is_read_from_both_places() {
        let status = |json: &str| Page::from_json(json.as_bytes(), BASE).unwrap().status;
        assert_eq!(
            status(r#"{"files": [], "project-status": {"status": "quarantined"}}"#),
            Status::Quarantined
        );
        assert_eq!(
            status(r#"{"files": [], "meta": {"project-status": "archived"}}"#),
            Status::Archived
        );
        assert_eq!(
            status(r#"{"files": [], "project-status": {"status": "new"}}"#),
            Status::Active
        );
    }

    #[test]
    fn faults_name_their_place() {
        let error = Page::from_json(b"{\"files\":\n[{\"filename\": 1}]}", BASE).unwrap_err();
        assert_eq!(error.line(), Some(2));
        for wrong in [
            "",
            "[]",
            "{}",
            "{\"files\": {}}",
            "<html>",
            "{\"meta\":{\"api-version\":\"2.0\"},\"files\":[]}",
        ] {
            assert!(Page::from_json(wrong.as_bytes(), BASE).is_err(), "{wrong}");
        }
    }

    #[test]
    fn absolute_addresses_are_borrowed() {
        let json = br#"{"files": [{"filename": "a-1.zip", "url": "https://files.example.com/a-1.zip"}]}"#;
        let page = Page::from_json(json, BASE).unwrap();
        assert!(matches!(page.files[0].url, Cow::Borrowed(_)));
        assert!(matches!(page.files[0].filename, Cow::Borrowed(_)));
    }
}
