//! Failures with the line that they are about.

use crate::names::plain;
use cli::Failure;
use resolve::Origin;
use wire::Kind;

/// Makes a failure of a line.
pub(crate) fn at(origin: &Origin, kind: Kind, message: impl Into<String>) -> Failure {
    let failure = Failure::new(kind, message).file(&origin.file);
    match origin.line {
        Some(line) => failure.line(line),
        None => failure,
    }
}

/// Makes a failure of what the parser says, with its place.
pub(crate) fn unreadable(error: &pyspec::Error) -> Failure {
    let (kind, file, line, reason) = match error {
        pyspec::Error::RequirementsFile {
            file, line, reason, ..
        } => (Kind::BadSyntax, file, *line, reason.clone()),
        pyspec::Error::Unreadable {
            file,
            line,
            name,
            reason,
        } => (
            Kind::NotFound,
            file,
            *line,
            format!("cannot read {name}: {reason}"),
        ),
        other => return Failure::new(Kind::BadSyntax, other.to_string()),
    };
    Failure::new(kind, reason).file(plain(file)).line(line)
}
