//! `marker`: its text, or with an environment its value.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Answer, Request};
use pyspec::marker::{Environment, Extras, Marker};

pub(crate) fn answer(request: &Request) -> Option<Answer> {
    (request.operation() == "marker").then(|| marker(request))
}

fn marker(request: &Request) -> Answer {
    let marker: Marker = request.parse("s")?;
    let Some(variables) = request.member("env") else {
        return Ok(json!(marker.to_string()));
    };
    let environment: Environment =
        serde_json::from_value(variables.clone()).map_err(|error| format!("no environment: {error}"))?;
    let extras = Extras {
        extra: Some(
            variables
                .get("extra")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        ),
        extras: names(variables, "extras")?,
        dependency_groups: names(variables, "dependency_groups")?,
    };
    marker
        .try_evaluate(&environment, &extras)
        .map(|holds| json!(holds))
        .map_err(|error| error.to_string())
}

/// Reads a list of names, if there is one.
fn names(variables: &Value, member: &str) -> Result<Option<BTreeSet<String>>, String> {
    let Some(names) = variables.get(member) else {
        return Ok(None);
    };
    serde_json::from_value(names.clone()).map_err(|error| format!("`{member}` is no list of names: {error}"))
}
