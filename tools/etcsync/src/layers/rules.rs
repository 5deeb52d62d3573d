//! The files of rules, beside the layers and elsewhere.

use cli::Failure;
use etc::Rules;
use std::path::Path;
use wire::{Kind, etc::EmbeddedRules};

/// Reads the rules that stand beside the layers, and those that were named.
pub(crate) fn texts(layers: &[String], attrs: &[String]) -> Result<Vec<EmbeddedRules>, Failure> {
    let mut texts = Vec::new();
    let named = attrs.iter().map(|file| (file.clone(), true));
    let own = layers.iter().map(|layer| Ok((beside(layer)?, false)));
    let files = own.collect::<Result<Vec<_>, Failure>>()?;
    for (file, expected) in files.into_iter().chain(named) {
        match fs_err::read_to_string(&file) {
            Ok(text) => texts.push(EmbeddedRules { file, text }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if expected {
                    return Err(Failure::new(Kind::NotFound, "there is no such file of rules").file(file));
                }
            }
            Err(error) => return Err(Failure::new(Kind::of_io(&error), error.to_string()).file(file)),
        }
    }
    Ok(texts)
}

pub(crate) fn parse(texts: &[EmbeddedRules]) -> Result<Rules, Failure> {
    let texts = texts
        .iter()
        .map(|rules| (rules.file.as_str(), rules.text.as_str()));
    Ok(Rules::parse(&texts.collect::<Vec<_>>())?)
}

/// Returns the file of rules of a layer: `etc.attrs` beside `etc`.
pub(crate) fn beside(layer: &str) -> Result<String, Failure> {
    let plain = layer.trim_end_matches('/');
    match Path::new(plain).file_name() {
        Some(_) => Ok(format!("{plain}.attrs")),
        // `.` and `..` have a name only where they really are.
        None => Ok(format!("{}.attrs", fs_err::canonicalize(layer)?.display())),
    }
}
