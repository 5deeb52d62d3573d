//! Reads requests and writes answers, whatever the requests look like.

mod documents;
mod files;
mod markers;
mod names;
mod pylocks;
mod requirements;
mod requirements_files;
mod specifiers;
mod tags;
mod versions;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

/// What is said to a request: a value, or what is wrong.
pub(crate) type Answer = Result<Value, String>;

/// The groups of operations. Each answers the operations that it knows.
const GROUPS: [fn(&Request) -> Option<Answer>; 10] = [
    versions::answer,
    specifiers::answer,
    markers::answer,
    requirements::answer,
    names::answer,
    files::answer,
    tags::answer,
    requirements_files::answer,
    pylocks::answer,
    documents::answer,
];

/// Answers line by line until the input ends.
pub(crate) fn serve(requests: impl Read, mut answers: impl Write) -> io::Result<()> {
    let mut requests = BufReader::new(requests);
    let mut line = Vec::new();
    let mut pending = Vec::new();
    while requests.read_until(b'\n', &mut line)? > 0 {
        let answer = match answer(&line) {
            Ok(value) => json!({ "ok": value }),
            Err(message) => json!({ "error": message }),
        };
        serde_json::to_writer(&mut pending, &answer)?;
        pending.push(b'\n');
        line.clear();
        // Nobody who waits for this answer is kept waiting; a flood is answered in large pieces.
        if requests.buffer().is_empty() {
            answers.write_all(&pending)?;
            answers.flush()?;
            pending.clear();
        }
    }
    answers.write_all(&pending)?;
    answers.flush()
}

/// Answers one line. A panic would be a fault of the crate; it is reported as such, not died of.
fn answer(line: &[u8]) -> Answer {
    let value: Value = serde_json::from_slice(line).map_err(|error| format!("not JSON: {error}"))?;
    let request = Request { value };
    let operation = request.text("op")?.to_owned();
    let answered = catch_unwind(AssertUnwindSafe(|| {
        GROUPS.iter().find_map(|group| group(&request))
    }));
    match answered {
        Ok(Some(answer)) => answer,
        Ok(None) => Err(format!("unknown op `{operation}`")),
        Err(_) => Err(format!("panic in op `{operation}`")),
    }
}

/// Holds a request.
pub(crate) struct Request {
    value: Value,
}

impl Request {
    /// Gives the operation asked for.
    pub(crate) fn operation(&self) -> &str {
        self.text("op").unwrap_or_default()
    }

    /// Gives a member; `None` if it is not there or null.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.value.get(name).filter(|value| !value.is_null())
    }

    /// Gives a member that has to be a text.
    pub(crate) fn text(&self, name: &str) -> Result<&str, String> {
        self.member(name)
            .and_then(Value::as_str)
            .ok_or_else(|| format!("no text `{name}` in the request"))
    }

    /// Reads a member as one of the crate's types.
    pub(crate) fn parse<T: std::str::FromStr<Err = pyspec::Error>>(&self, name: &str) -> Result<T, String> {
        self.text(name)?
            .parse()
            .map_err(|error: pyspec::Error| error.to_string())
    }
}
