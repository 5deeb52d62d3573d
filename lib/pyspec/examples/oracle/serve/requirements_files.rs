//! `requirements-file`: what stands in one; files that it names are taken as empty, variables as not set.

use pyspec::requirements_file::{Item, Kind, Outside, parse};
use serde_json::{Value, json};

use super::{Answer, Request};

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    (request.operation() == "requirements-file").then(|| items(request))
}

fn items(request: &Request) -> Answer {
    let mut outside = Outside {
        read: &mut |_| Ok(Vec::new()),
        variable: &|_| None,
    };
    let file = parse(request.text("s")?.as_bytes(), "requirements.txt", &mut outside);
    let file = file.map_err(|error| error.to_string())?;
    Ok(file.items.iter().filter_map(item).collect())
}

fn item(item: &Item) -> Option<Value> {
    let kind = match &item.kind {
        Kind::Requirement(_) => "requirement",
        Kind::Url(_) => "url",
        Kind::Path(_) => "path",
        Kind::Editable(_) => "editable",
        Kind::Nested { .. } => "nested",
        Kind::Setting(_) => "option",
        Kind::Comment => return None,
    };
    let hashes: Vec<String> = item.hashes.iter().map(ToString::to_string).collect();
    Some(json!({ "line": item.line, "kind": kind, "text": item.written, "hashes": hashes }))
}
