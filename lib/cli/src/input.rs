//! Reading files and standard input.

use crate::Failure;
use std::io::{self, Read};
use wire::{Document, ErrorDocument, Kind};

/// What was read, and what to call it in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The name of the file as given; `<stdin>` for standard input.
    pub name: String,
    /// All of its bytes.
    pub bytes: Vec<u8>,
}

impl Input {
    /// Says whether it came from standard input.
    pub fn is_stdin(&self) -> bool {
        self.name == STDIN
    }
}

const STDIN: &str = "<stdin>";

/// Reads a file, or standard input for `-`.
///
/// # Errors
///
/// The file cannot be read (not found: 65, else 74); standard input is empty; or it holds the
/// `error/1` of the command before us, which is then passed on.
pub(crate) fn read(name: &str) -> Result<Input, Failure> {
    if name != "-" {
        let bytes = std::fs::read(name).map_err(|error| cannot_read(name, &error))?;
        return Ok(Input {
            name: name.to_owned(),
            bytes,
        });
    }
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| cannot_read(STDIN, &error))?;
    judge(bytes)
}

fn cannot_read(name: &str, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => Kind::NotFound,
        _ => Kind::of_io(error),
    };
    Failure::new(kind, format!("cannot read {name}"))
        .file(name)
        .cause(error.to_string())
}

/// Refuses empty input and passes on a failure.
fn judge(bytes: Vec<u8>) -> Result<Input, Failure> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::new(Kind::NoInput, "standard input is empty").file(STDIN));
    }
    if wire::schema_of(&bytes).is_ok_and(|schema| schema == ErrorDocument::SCHEMA)
        && let Ok(document) = wire::read::<ErrorDocument>(&bytes)
    {
        return Err(Failure::passed(document, bytes));
    }
    Ok(Input {
        name: STDIN.to_owned(),
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::judge;
    use wire::Kind;

    #[test]
    fn blank_input_is_no_input() {
        assert_eq!(judge(b" \n".to_vec()).unwrap_err().kind(), Some(Kind::NoInput));
    }

    #[test]
    fn a_failure_is_passed_on_with_its_status() {
        let text = br#"{"schema":"error/1","tool":"reqlock","kind":"network","message":"m"}"#;
        let failure = judge(text.to_vec()).unwrap_err();
        assert_eq!((failure.kind(), failure.status()), (None, 75));
    }
}
