//! The JSON Schemas of all documents, made from the types.

use crate::{Document, ErrorDocument, environment, etc, host, lock, release, store, target, wheelhouse};
use schemars::{JsonSchema, Schema, schema_for};

/// Returns name and JSON Schema of every document.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        schema::<ErrorDocument>(),
        schema::<lock::Lock>(),
        schema::<lock::Check>(),
        schema::<lock::Why>(),
        schema::<wheelhouse::Wheelhouse>(),
        schema::<wheelhouse::Check>(),
        schema::<wheelhouse::Refresh>(),
        schema::<target::Target>(),
        schema::<target::ProbeScript>(),
        schema::<environment::Environment>(),
        schema::<store::Stores>(),
        schema::<environment::Verified>(),
        schema::<etc::Plan>(),
        schema::<etc::Report>(),
        schema::<etc::Checked>(),
        schema::<etc::Status>(),
        schema::<etc::Log>(),
        schema::<etc::Rules>(),
        schema::<host::Audit>(),
        schema::<host::List>(),
        schema::<release::Release>(),
        schema::<release::ReleaseList>(),
        schema::<release::Switched>(),
        schema::<release::Initialised>(),
        schema::<release::Pruned>(),
        schema::<release::Status>(),
        schema::<release::Recovered>(),
        schema::<release::Config>(),
    ]
}

fn schema<T: Document + JsonSchema>() -> (&'static str, Schema) {
    (T::SCHEMA, schema_for!(T))
}

/// Returns the name of the file in `schema/` for a document: `wheelhouse-1.json`.
pub fn file_name(schema: &str) -> String {
    format!("{}.json", schema.replace('/', "-"))
}
