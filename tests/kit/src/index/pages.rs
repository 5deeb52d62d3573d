//! What is published, and the pages that list it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde_json::{Value, json};

use super::Settings;

/// A published file and what its page says about it.
#[derive(Debug, Clone)]
pub struct Published {
    /// The file's name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Project in whose page it stands, normalised; the part of the name before the first `-` unless changed.
    pub project: String,
    /// Content of `METADATA`.
    pub metadata: Option<Vec<u8>>,
    /// `Requires-Python` of the page.
    pub requires_python: Option<String>,
    /// The reason why it is yanked.
    pub yanked: Option<String>,
    /// When it was uploaded, as RFC 3339.
    pub uploaded: Option<String>,
}

impl Published {
    /// Describes a file by its name and bytes.
    pub fn new(name: &str, bytes: Vec<u8>) -> Self {
        let metadata = name.ends_with(".whl").then(|| metadata_of(&bytes)).flatten();
        let requires_python = metadata.as_deref().and_then(requires_python);
        let stem = if name.ends_with(".whl") {
            name.split('-').next().unwrap_or(name)
        } else {
            name.rsplit_once('-').map_or(name, |(before, _)| before)
        };
        Self {
            name: name.to_owned(),
            project: normalized(stem),
            bytes,
            metadata,
            requires_python,
            yanked: None,
            uploaded: None,
        }
    }

    /// Lower-case hexadecimal SHA-256 of the bytes.
    pub fn sha256(&self) -> String {
        crate::sha256(&self.bytes)
    }

    /// The `ETag` the server sends.
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", &self.sha256()[..16])
    }
}

/// PEP 503: lower case, runs of `-`, `_` and `.` become one `-`.
pub(super) fn normalized(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

fn requires_python(metadata: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(metadata);
    let head = text.split("\n\n").next()?;
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("Requires-Python:"))?;
    Some(line.trim().to_owned())
}

/// `METADATA` out of a wheel's bytes, `None` for anything that is not a plain zip with one.
fn metadata_of(wheel: &[u8]) -> Option<Vec<u8>> {
    let end = wheel.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let mut at = number(wheel, end + 16, 4)?;
    while wheel.get(at..at + 4)? == b"PK\x01\x02" {
        let (name, extra, comment) = (
            number(wheel, at + 28, 2)?,
            number(wheel, at + 30, 2)?,
            number(wheel, at + 32, 2)?,
        );
        if wheel
            .get(at + 46..at + 46 + name)?
            .ends_with(b".dist-info/METADATA")
        {
            return member(wheel, at);
        }
        at += 46 + name + extra + comment;
    }
    None
}

fn member(wheel: &[u8], entry: usize) -> Option<Vec<u8>> {
    let (method, size) = (number(wheel, entry + 10, 2)?, number(wheel, entry + 20, 4)?);
    let local = number(wheel, entry + 42, 4)?;
    let start = local + 30 + number(wheel, local + 26, 2)? + number(wheel, local + 28, 2)?;
    let data = wheel.get(start..start + size)?;
    if method == 0 {
        return Some(data.to_vec());
    }
    let mut plain = Vec::new();
    flate2::read::DeflateDecoder::new(data)
        .take(16 << 20)
        .read_to_end(&mut plain)
        .ok()?;
    Some(plain)
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let field = bytes.get(at..at + width)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |value, byte| (value << 8) | usize::from(*byte)),
    )
}

/// The page of one project as PEP 691 JSON.
pub(super) fn json_page(project: &str, files: &[&Published], settings: &Settings, base: &str) -> Vec<u8> {
    let versions: BTreeSet<String> = files.iter().filter_map(|file| version(&file.name)).collect();
    let files: Vec<Value> = files.iter().map(|file| json_file(file, settings, base)).collect();
    let mut page = json!({
        "meta": {"api-version": "1.1"},
        "name": project,
        "versions": versions,
        "files": files,
    });
    if let Some(status) = &settings.status {
        page["project-status"] = json!({"status": status});
    }
    let of_project =
        |pages: &[String]| -> Vec<String> { pages.iter().map(|page| page.replace("{}", project)).collect() };
    if !settings.tracks.is_empty() {
        page["meta"]["tracks"] = json!(of_project(&settings.tracks));
    }
    if !settings.alternates.is_empty() {
        page["alternate-locations"] = json!(of_project(&settings.alternates));
    }
    page.to_string().into_bytes()
}

fn json_file(file: &Published, settings: &Settings, base: &str) -> Value {
    let hashes = if settings.hashes {
        BTreeMap::from([("sha256", file.sha256())])
    } else {
        BTreeMap::new()
    };
    let mut value = json!({
        "filename": file.name,
        "url": format!("{base}files/{}", file.name),
        "hashes": hashes,
        "yanked": file.yanked.as_ref().map_or(Value::Bool(false), |reason| Value::String(reason.clone())),
    });
    if settings.sizes {
        value["size"] = json!(file.bytes.len());
    }
    if let Some(range) = &file.requires_python {
        value["requires-python"] = json!(range);
    }
    if let Some(time) = &file.uploaded {
        value["upload-time"] = json!(time);
    }
    if let (true, Some(metadata)) = (settings.metadata && settings.announce_metadata, &file.metadata) {
        value["core-metadata"] = json!({"sha256": crate::sha256(metadata)});
    }
    value
}

fn version(name: &str) -> Option<String> {
    let stem = name.strip_suffix(".tar.gz").or_else(|| name.strip_suffix(".zip"));
    match stem {
        Some(stem) => stem.rsplit_once('-').map(|(_, version)| version.to_owned()),
        None => name.split('-').nth(1).map(str::to_owned),
    }
}

/// The page of one project as PEP 503 HTML.
pub(super) fn html_page(title: &str, files: &[&Published], settings: &Settings, base: &str) -> Vec<u8> {
    let mut page = format!(
        "<!DOCTYPE html>\n<html><head><title>Links for {}</title></head>\n<body>\n",
        escaped(title)
    );
    for file in files {
        page.push_str(&html_link(file, settings, base));
    }
    page.push_str("</body></html>\n");
    page.into_bytes()
}

fn html_link(file: &Published, settings: &Settings, base: &str) -> String {
    let fragment = if settings.hashes {
        format!("#sha256={}", file.sha256())
    } else {
        String::new()
    };
    let mut link = format!("<a href=\"{base}files/{}{fragment}\"", file.name);
    if let Some(range) = &file.requires_python {
        link.push_str(&format!(" data-requires-python=\"{}\"", escaped(range)));
    }
    if let Some(reason) = &file.yanked {
        link.push_str(&format!(" data-yanked=\"{}\"", escaped(reason)));
    }
    if let (true, Some(metadata)) = (settings.metadata && settings.announce_metadata, &file.metadata) {
        link.push_str(&format!(
            " data-core-metadata=\"sha256={}\"",
            crate::sha256(metadata)
        ));
    }
    link.push_str(&format!(">{}</a><br>\n", escaped(&file.name)));
    link
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
