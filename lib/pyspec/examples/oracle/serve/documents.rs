//! `page`, `direct-url`, `record`, `metadata`, `entry-points`: what stands in documents.

use pyspec::direct_url::DirectUrl;
use pyspec::entry_points::EntryPoints;
use pyspec::metadata::Metadata;
use pyspec::record::Record;
use pyspec::simple::{CoreMetadata, File, Page};
use serde_json::{Value, json};

use super::{Answer, Request};

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    match request.operation() {
        "page" => Some(page(request)),
        "direct-url" => Some(direct_url(request)),
        "record" => Some(record(request)),
        "metadata" => Some(metadata(request)),
        "entry-points" => Some(entry_points(request)),
        _ => None,
    }
}

fn words(error: impl ToString) -> String {
    error.to_string()
}

fn page(request: &Request) -> Answer {
    let (text, base) = (request.text("s")?.as_bytes(), request.text("base")?);
    let page = match request.text("form")? {
        "html" => Page::from_html(text, base),
        _ => Page::from_json(text, base),
    };
    Ok(page.map_err(words)?.files.iter().map(file).collect())
}

fn file(file: &File<'_>) -> Value {
    let hashes: Vec<String> = file.hashes.iter().map(ToString::to_string).collect();
    json!({
        "url": file.url,
        "requires-python": file.requires_python,
        "yanked": file.yanked,
        "hashes": hashes,
        "metadata": match &file.core_metadata {
            None => Value::Null,
            Some(CoreMetadata::Unhashed) => json!(true),
            Some(CoreMetadata::Hashed(hash)) => json!(hash.to_string()),
        },
    })
}

fn direct_url(request: &Request) -> Answer {
    let origin = DirectUrl::parse(request.text("s")?.as_bytes()).map_err(words)?;
    serde_json::from_str(&origin.to_json()).map_err(words)
}

fn record(request: &Request) -> Answer {
    let record = Record::parse_installed(request.text("s")?).map_err(words)?;
    let entries = record.entries().iter().map(|entry| {
        let hash = entry
            .hash
            .as_ref()
            .map(|hash| format!("{}={}", hash.algorithm, hash.to_base64()));
        json!([entry.path, hash, entry.size])
    });
    Ok(entries.collect())
}

fn metadata(request: &Request) -> Answer {
    let metadata = Metadata::parse(request.text("s")?.as_bytes()).map_err(words)?;
    Ok(json!({
        "name": metadata.name.as_str(),
        "version": metadata.version.to_string(),
        "requires-python": metadata.requires_python.as_ref().map(ToString::to_string),
        "requires-dist": metadata.requires_dist.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "keywords": metadata.all("Keywords").map(one_line).collect::<Vec<_>>(),
        "body": metadata.body(),
    }))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn entry_points(request: &Request) -> Answer {
    let points = EntryPoints::parse(request.text("s")?).map_err(words)?;
    let entries = points
        .entries()
        .iter()
        .map(|entry| json!([entry.group, entry.name, entry.value]));
    Ok(entries.collect())
}
