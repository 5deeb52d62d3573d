//! `name`: the normalised form of anything.

use serde_json::json;

use super::{Answer, Request};

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    (request.operation() == "name").then(|| Ok(json!(pyspec::name::canonicalize(request.text("s")?))))
}
