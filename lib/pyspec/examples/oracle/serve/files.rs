//! `wheel`, `sdist`: file names taken apart.

use pyspec::filename::{SdistName, WheelName};
use serde_json::{Value, json};

use super::{Answer, Request};

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    match request.operation() {
        "wheel" => Some(wheel(request)),
        "sdist" => Some(sdist(request)),
        _ => None,
    }
}

fn wheel(request: &Request) -> Answer {
    let wheel: WheelName = request.parse("s")?;
    let mut tags: Vec<String> = wheel.tags.iter().map(|tag| tag.to_string()).collect();
    tags.sort();
    tags.dedup();
    Ok(json!({
        "name": wheel.name.as_str(),
        "version": wheel.version.to_string(),
        "build": wheel.build.map_or(Value::Null, |build| json!(build.to_string())),
        "tags": tags,
    }))
}

fn sdist(request: &Request) -> Answer {
    let sdist: SdistName = request.parse("s")?;
    Ok(json!({ "name": sdist.name.as_str(), "version": sdist.version.to_string() }))
}
