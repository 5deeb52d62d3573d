//! What a command that fails says.

use std::fmt::Write as _;
use wire::{ErrorDocument, Fault, Incompatibility, Kind, Place};

/// The failure of a command: becomes an `error/1` document, words for people, and an exit status.
///
/// The error of any library that implements [`Fault`] turns into one with `?`.
#[derive(Debug)]
pub struct Failure(pub(crate) Box<Inner>);

#[derive(Debug)]
pub(crate) enum Inner {
    /// This tool failed.
    Own { kind: Kind, document: ErrorDocument },
    /// The command before us failed: its document, unchanged.
    Passed { document: ErrorDocument, bytes: Vec<u8> },
}

impl Failure {
    /// Makes a failure from a kind and a lower-case fragment that says what happened.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let document = ErrorDocument::new("", kind, message);
        Self(Box::new(Inner::Own { kind, document }))
    }

    /// Makes the failure that passes on the one of the command before us.
    pub(crate) fn passed(document: ErrorDocument, bytes: Vec<u8>) -> Self {
        Self(Box::new(Inner::Passed { document, bytes }))
    }

    /// Names the file, package or path concerned.
    #[must_use]
    pub fn file(self, file: impl Into<String>) -> Self {
        self.with(|document| document.file = Some(file.into()))
    }

    /// Names the line in the file, counted from 1.
    #[must_use]
    pub fn line(self, line: u32) -> Self {
        self.with(|document| document.line = Some(line))
    }

    /// Says what to do next, where the kind's own hint is not good enough.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.with(|document| document.hint = Some(hint.into()))
    }

    /// Adds a cause behind those that are there.
    #[must_use]
    pub fn cause(self, cause: impl Into<String>) -> Self {
        self.with(|document| document.causes.push(cause.into()))
    }

    /// Says that it is of another kind: a failure half-way that was put back, for example.
    #[must_use]
    pub fn into_kind(mut self, into: Kind) -> Self {
        if let Inner::Own { kind, document } = &mut *self.0 {
            *kind = into;
            document.kind = into.name().to_owned();
            document.hint = Some(into.hint().to_owned());
        }
        self
    }

    /// Adds what was done before the failure, for exit statuses 3 and 4.
    #[must_use]
    pub fn report(self, report: &impl serde::Serialize) -> Self {
        self.with(|document| document.report = serde_json::to_value(report).ok())
    }

    /// Adds why requirements have no solution, step by step.
    #[must_use]
    pub fn derivation(self, derivation: Vec<Incompatibility>) -> Self {
        self.with(|document| document.derivation = derivation)
    }

    /// Returns the kind; none if the failure is one that is only passed on.
    pub fn kind(&self) -> Option<Kind> {
        match &*self.0 {
            Inner::Own { kind, .. } => Some(*kind),
            Inner::Passed { .. } => None,
        }
    }

    /// Returns what happened, in words.
    pub fn message(&self) -> &str {
        &self.document().message
    }

    /// Returns the causes, the nearest first.
    pub fn causes(&self) -> &[String] {
        &self.document().causes
    }

    /// Returns what happened and why in one line, for a warning where it keeps nobody from going on.
    pub fn in_one_line(&self) -> String {
        let causes = self.causes().iter().map(String::as_str);
        let parts: Vec<&str> = std::iter::once(self.message()).chain(causes).collect();
        parts.join(": ").replace('\n', " ")
    }

    /// Returns the exit status.
    pub fn status(&self) -> u8 {
        self.document().status()
    }

    pub(crate) fn document(&self) -> &ErrorDocument {
        match &*self.0 {
            Inner::Own { document, .. } | Inner::Passed { document, .. } => document,
        }
    }

    fn with(mut self, change: impl FnOnce(&mut ErrorDocument)) -> Self {
        if let Inner::Own { document, .. } = &mut *self.0 {
            change(document);
        }
        self
    }
}

impl<E: Fault> From<E> for Failure {
    fn from(fault: E) -> Self {
        let Place { file, line } = fault.place();
        let mut failure = Self::new(fault.kind(), fault.to_string());
        let mut source = fault.source();
        while let Some(cause) = source {
            failure = failure.cause(cause.to_string());
            source = cause.source();
        }
        let hint = fault.hint();
        failure.with(|document| {
            document.file = file;
            document.line = line;
            document.hint = hint.or(document.hint.take());
        })
    }
}

/// Renders a failure for people: one headline, then indented lines.
pub(crate) fn words(document: &ErrorDocument, tool: &str, headline: &str) -> String {
    let mut text = format!("{tool}: {headline} {}\n", said(document));
    for cause in document.causes.iter().filter(|cause| **cause != document.message) {
        _ = writeln!(text, "  because: {}", cause.replace('\n', "\n    "));
    }
    if let Some(hint) = &document.hint {
        _ = writeln!(text, "  hint: {hint}");
    }
    text
}

/// Returns the message with the file and line concerned, as far as they are known, named once.
fn said(document: &ErrorDocument) -> String {
    let message = &document.message;
    let Some(file) = &document.file else {
        return message.clone();
    };
    let place = document
        .line
        .map_or_else(|| file.clone(), |line| format!("{file}:{line}"));
    if message.contains(&place) {
        return message.clone();
    }
    // A message about the file goes on with what is wrong with it.
    if let Some(rest) = message.strip_prefix(file).filter(|rest| rest.starts_with(' ')) {
        return format!("{place}{rest}");
    }
    format!("{place}: {}", without_name(message, file, document.line))
}

/// Returns a message without the file's name, and the line, that it begins with.
fn without_name<'a>(message: &'a str, file: &str, line: Option<u32>) -> &'a str {
    let name = file.rsplit('/').next().unwrap_or(file);
    let line = line.map(|line| format!(" line {line}")).unwrap_or_default();
    let without = message
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix(&line).unwrap_or(rest).strip_prefix(": "));
    without.unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::{Failure, words};
    use wire::Kind;

    #[test]
    fn words_name_place_cause_and_hint() {
        let failure = Failure::new(Kind::BadSyntax, "expected a version")
            .file("a.in")
            .line(3)
            .cause("found ;");
        let text = words(failure.document(), "reqlock", "error:");
        let expected =
            "reqlock: error: a.in:3: expected a version\n  because: found ;\n  hint: mend the line named\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_file_is_named_once() {
        let said = |file: &str| {
            let failure = Failure::new(Kind::BadWheel, "a.whl: cut short").file(file);
            words(failure.document(), "x", "error:")
                .lines()
                .next()
                .map(str::to_owned)
        };
        assert_eq!(
            said("wheels/a.whl").as_deref(),
            Some("x: error: wheels/a.whl: cut short")
        );
        assert_eq!(said("a.whl").as_deref(), Some("x: error: a.whl: cut short"));
        assert_eq!(
            said("b.whl").as_deref(),
            Some("x: error: b.whl: a.whl: cut short")
        );
    }

    #[test]
    fn a_path_that_the_message_begins_with_is_named_once_and_with_its_line() {
        let said = |message: &str, line: Option<u32>| {
            let failure = Failure::new(Kind::BadDocument, message).file("etc/app.json");
            let failure = line.into_iter().fold(failure, Failure::line);
            let text = words(failure.document(), "x", "error:");
            text.lines().next().unwrap_or_default().to_owned()
        };
        let damaged = "etc/app.json is damaged";
        assert_eq!(said(damaged, Some(7)), "x: error: etc/app.json:7 is damaged");
        assert_eq!(said(damaged, None), "x: error: etc/app.json is damaged");
        assert_eq!(
            said("app.json line 7: found ;", Some(7)),
            "x: error: etc/app.json:7: found ;"
        );
        assert_eq!(
            said("etc/app.json5 is another one", Some(7)),
            "x: error: etc/app.json:7: etc/app.json5 is another one"
        );
    }

    #[test]
    fn io_errors_become_failures() {
        let error = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(Failure::from(error).kind(), Some(Kind::DiskFull));
    }
}
