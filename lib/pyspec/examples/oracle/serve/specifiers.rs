//! `specifiers`, `contains`, `ranges` and `filter`.

use serde_json::{Value, json};

use super::{Answer, Request};
use pyspec::specifier::{Prereleases, Specifiers};
use pyspec::version::Version;

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    match request.operation() {
        "specifiers" => Some(
            request
                .parse::<Specifiers>("s")
                .map(|specifiers| json!(specifiers.to_string())),
        ),
        "contains" => Some(contains(request)),
        "ranges" => Some(ranges(request)),
        "filter" => Some(filter(request)),
        _ => None,
    }
}

fn contains(request: &Request) -> Answer {
    let specifiers: Specifiers = request.parse("s")?;
    Ok(json!(
        specifiers.contains_str(request.text("version")?, prereleases(request)?)
    ))
}

/// Tests a version by ranges, as a resolver does; `===` is tested on the candidate.
fn ranges(request: &Request) -> Answer {
    let (specifiers, text): (Specifiers, _) = (request.parse("s")?, request.text("version")?);
    if specifiers.has_arbitrary() && !specifiers.contains_str(text, Prereleases::Allow) {
        return Ok(json!(false));
    }
    match text.parse::<Version>() {
        Ok(version) => Ok(json!(specifiers.ranges().contains(&version))),
        Err(_) => Ok(json!(specifiers.contains_str(text, Prereleases::Allow))),
    }
}

/// Chooses from a list of versions.
fn filter(request: &Request) -> Answer {
    let specifiers: Specifiers = request.parse("s")?;
    let texts = request
        .member("versions")
        .and_then(Value::as_array)
        .ok_or("no list `versions` in the request")?;
    let versions: Vec<Version> = texts
        .iter()
        .map(|text| {
            text.as_str()
                .unwrap_or_default()
                .parse::<Version>()
                .map_err(|error| error.to_string())
        })
        .collect::<Result<_, _>>()?;
    let chosen = specifiers.filter(&versions, prereleases(request)?);
    Ok(json!(
        chosen.into_iter().map(ToString::to_string).collect::<Vec<_>>()
    ))
}

fn prereleases(request: &Request) -> Result<Prereleases, String> {
    match request.member("prereleases") {
        None => Ok(Prereleases::Auto),
        Some(Value::Bool(true)) => Ok(Prereleases::Allow),
        Some(Value::Bool(false)) => Ok(Prereleases::Deny),
        Some(_) => Err("`prereleases` is true, false or null".to_owned()),
    }
}
