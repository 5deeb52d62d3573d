//! `version` and `compare`.

use serde_json::json;

use super::{Answer, Request};
use pyspec::version::Version;

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    match request.operation() {
        "version" => Some(
            request
                .parse::<Version>("s")
                .map(|version| json!(version.to_string())),
        ),
        "compare" => Some(compare(request)),
        _ => None,
    }
}

fn compare(request: &Request) -> Answer {
    let (left, right): (Version, Version) = (request.parse("l")?, request.parse("r")?);
    Ok(json!(left.cmp(&right) as i8))
}
