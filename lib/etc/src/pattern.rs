//! Patterns in the manner of gitattributes.

use globset::{Glob, GlobBuilder};

/// A pattern, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) glob: Glob,
    /// It ends in a slash: it is about folders, as any other is about files and links.
    pub(crate) folders: bool,
    /// The path itself, if there is no wildcard in it.
    pub(crate) literal: Option<String>,
}

impl Pattern {
    /// Compiles a pattern: one without a slash is about the name in any folder, `*` stops at
    /// slashes, `**` does not.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        if text.starts_with('!') {
            return Err("a pattern cannot be negated; a later line wins".to_owned());
        }
        let folders = text.ends_with('/');
        let body = text.strip_suffix('/').unwrap_or(text);
        let anchored = body.strip_prefix('/').unwrap_or(body);
        if anchored.is_empty() {
            return Err("an empty pattern".to_owned());
        }
        let literal =
            (body.contains('/') && !body.contains(['*', '?', '[', '\\'])).then(|| anchored.to_owned());
        let glob = GlobBuilder::new(&spelled(anchored, body.contains('/')))
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        Ok(Self {
            glob,
            folders,
            literal,
        })
    }
}

/// Spells a pattern as globset understands it: braces are plain characters to git.
fn spelled(anchored: &str, has_slash: bool) -> String {
    let mut glob = String::from(if has_slash { "" } else { "**/" });
    for character in anchored.chars() {
        match character {
            '{' | '}' | ',' => glob.extend(['[', character, ']']),
            other => glob.push(other),
        }
    }
    glob
}
