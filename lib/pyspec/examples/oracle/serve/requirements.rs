//! `requirement`: its parts; `requirement-text`: how it is printed.

use serde_json::json;

use super::{Answer, Request};
use pyspec::name::Name;
use pyspec::requirement::Requirement;

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    match request.operation() {
        "requirement" => Some(requirement(request)),
        "requirement-text" => Some(
            request
                .parse::<Requirement>("s")
                .map(|requirement| json!(requirement.to_string())),
        ),
        _ => None,
    }
}

fn requirement(request: &Request) -> Answer {
    let requirement: Requirement = request.parse("s")?;
    Ok(json!({
        "name": requirement.name.as_written(),
        "extras": requirement.extras.iter().map(Name::as_written).collect::<Vec<_>>(),
        "specifier": requirement.specifiers().map(ToString::to_string).unwrap_or_default(),
        "url": requirement.url(),
        "marker": requirement.marker.as_ref().map(ToString::to_string),
    }))
}
