//! Reading a file, and the files that it names.

use std::sync::Arc;

use super::classify::classify;
use super::decode::decode;
use super::lines::{self, Line};
use super::names::{nested, normalized};
use super::options::{self, Choice};
use super::{Item, Kind, RequirementsFile};
use crate::Error;
use crate::error::line_and_column;

/// Is what reading may ask of the world.
///
/// ```
/// use pyspec::requirements_file::Outside;
/// let mut read = |name: &str| Err(format!("{name} is not there"));
/// let outside = Outside { read: &mut read, variable: &|name| (name == "HOME").then(|| "/".to_owned()) };
/// assert_eq!((outside.variable)("HOME").as_deref(), Some("/"));
/// ```
pub struct Outside<'outside> {
    /// Reads a file that a `-r` or `-c` names: a path, relative to where the first file's name is, or an address.
    pub read: &'outside mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    /// Looks up a variable of the environment.
    pub variable: &'outside dyn Fn(&str) -> Option<String>,
}

/// How deep files may include each other.
const DEEPEST: usize = 50;

/// How many files may be included in all.
const MOST_FILES: usize = 2000;

/// Reads a requirements file and those that it includes.
///
/// `name` is the file's own path or address: what errors call it, and what the names in it are relative to.
///
/// # Errors
/// A line is malformed, a variable is not set, a file cannot be read or decoded, or includes itself. The error
/// names the file, line and column.
///
/// ```
/// use pyspec::requirements_file::{Outside, parse};
/// let mut outside = Outside { read: &mut |_| Ok(b"-r a.in".to_vec()), variable: &|_| None };
/// let error = parse(b"\n-r b.in", "a.in", &mut outside).unwrap_err();
/// assert_eq!(error.to_string(), "b.in line 1: a.in includes itself: a.in, b.in, a.in");
/// ```
pub fn parse(bytes: &[u8], name: &str, outside: &mut Outside<'_>) -> Result<RequirementsFile, Error> {
    let mut reading = Reading {
        outside,
        chain: Vec::new(),
        files: 0,
        items: Vec::new(),
    };
    let text = reading.file(bytes, &normalized(name), false)?;
    Ok(RequirementsFile {
        items: reading.items,
        text,
    })
}

/// Is a file in the middle of being read, with those that include it.
struct Reading<'reading, 'outside> {
    outside: &'reading mut Outside<'outside>,
    chain: Vec<Arc<str>>,
    files: usize,
    items: Vec<Item>,
}

/// Is the place that a fault is reported at.
#[derive(Clone, Copy)]
struct Here<'here> {
    file: &'here Arc<str>,
    line: u32,
    column: u32,
}

impl<'here> Here<'here> {
    fn at(file: &'here Arc<str>, (line, column): (u32, u32)) -> Self {
        Self { file, line, column }
    }

    /// Begins an item with the comments that are written there.
    fn item(self, constraint: bool, written: String, comments: Vec<String>) -> Item {
        Item {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            constraint,
            written,
            comments,
            hashes: Vec::new(),
            config_settings: Vec::new(),
            kind: Kind::Comment,
        }
    }

    fn fault(self, reason: impl Into<String>) -> Error {
        Error::RequirementsFile {
            file: self.file.to_string(),
            line: self.line,
            column: self.column,
            reason: reason.into(),
        }
    }
}

impl Reading<'_, '_> {
    /// Reads one file and returns its text.
    fn file(&mut self, bytes: &[u8], name: &str, constraint: bool) -> Result<String, Error> {
        let name: Arc<str> = name.into();
        self.files += 1;
        self.chain.push(name.clone());
        let text = decoded(bytes, &name)?;
        let begin = self.items.len();
        for line in lines::logical(&text) {
            self.line(&line, &name, constraint, begin)?;
        }
        self.chain.pop();
        Ok(text)
    }

    fn line(&mut self, line: &Line, file: &Arc<str>, constraint: bool, begin: usize) -> Result<(), Error> {
        let here = Here::at(file, line.beginning());
        if line.is_blank() {
            return Ok(());
        }
        if line.text.is_empty() {
            self.comment(line, here, constraint, begin);
            return Ok(());
        }
        if is_conflict(&line.text) {
            return Err(here.fault("a merge left its conflict marker here"));
        }
        let text = self.with_variables(&line.text).map_err(|(at, name)| {
            Here::at(file, line.place(at)).fault(format!("variable {name} is not set"))
        })?;
        let (front, behind) = front_and_options(&text);
        let choices = options::read(behind).map_err(|reason| here.fault(reason))?;
        let comments = line.comment.iter().filter(|comment| !comment.is_empty());
        let item = here.item(constraint, line.text.clone(), comments.cloned().collect());
        if front.is_empty() {
            return self.options(item, choices, here);
        }
        let kind = classify(front).map_err(|fault| {
            // Behind a replaced variable, places are no longer those of the file.
            let at = if text == line.text { fault.at } else { 0 };
            Here::at(file, line.place(at)).fault(fault.reason)
        })?;
        self.items
            .push(requirement(Item { kind, ..item }, choices).map_err(|reason| here.fault(reason))?);
        Ok(())
    }

    /// Keeps a comment: an indented one with the requirement above it.
    fn comment(&mut self, line: &Line, here: Here<'_>, constraint: bool, begin: usize) {
        let text = line.comment.clone().unwrap_or_default();
        let above = self.items[begin..]
            .last_mut()
            .filter(|item| line.indented && item.file == *here.file);
        if let Some(item) = above
            && !matches!(item.kind, Kind::Comment)
        {
            item.comments.push(text);
            return;
        }
        self.items.push(here.item(constraint, String::new(), vec![text]));
    }

    /// Takes the options of a line without a requirement, one item each.
    fn options(&mut self, item: Item, choices: Vec<Choice>, here: Here<'_>) -> Result<(), Error> {
        let mut settings = Vec::new();
        let mut kinds = Vec::new();
        for choice in choices {
            match choice {
                Choice::Setting(setting) => kinds.push(Kind::Setting(setting)),
                Choice::Editable(address) => kinds.push(Kind::Editable(address)),
                Choice::Requirements(name) => kinds.push(nested_kind(here, &name, false)),
                Choice::Constraints(name) => kinds.push(nested_kind(here, &name, true)),
                Choice::Config(key, value) => settings.push((key, value)),
                Choice::Hash(_) => return Err(here.fault("`--hash` without a requirement in front of it")),
            }
        }
        let editable = kinds.iter().any(|kind| matches!(kind, Kind::Editable(_)));
        if !settings.is_empty() && !editable {
            return Err(here.fault("`--config-settings` without a requirement in front of it"));
        }
        for kind in kinds {
            let settings = if matches!(kind, Kind::Editable(_)) {
                settings.clone()
            } else {
                Vec::new()
            };
            self.items.push(Item {
                kind: kind.clone(),
                config_settings: settings,
                ..item.clone()
            });
            if let Kind::Nested { file, constraint } = &kind {
                self.include(file, *constraint, here)?;
            }
        }
        Ok(())
    }

    fn include(&mut self, name: &str, constraint: bool, here: Here<'_>) -> Result<(), Error> {
        if self.chain.iter().any(|known| **known == *name) {
            let chain = self.chain.join(", ");
            return Err(here.fault(format!("{name} includes itself: {chain}, {name}")));
        }
        if self.chain.len() >= DEEPEST || self.files >= MOST_FILES {
            return Err(here.fault("too many files include each other"));
        }
        let bytes = (self.outside.read)(name).map_err(|reason| Error::Unreadable {
            file: here.file.to_string(),
            line: here.line,
            name: name.to_owned(),
            reason,
        })?;
        self.file(&bytes, name, constraint).map(|_| ())
    }

    /// Replaces `${NAME}`s; one that is not set is the error, with its place.
    fn with_variables(&self, text: &str) -> Result<String, (usize, String)> {
        let mut replaced = String::with_capacity(text.len());
        let mut from = text.find('$').unwrap_or(text.len());
        replaced.push_str(&text[..from]);
        while let Some(at) = text[from..].find("${").map(|at| from + at) {
            replaced.push_str(&text[from..at]);
            let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
            let length = text[at + 2..].bytes().take_while(|byte| plain(*byte)).count();
            let name = &text[at + 2..at + 2 + length];
            if name.is_empty() || !text[at + 2 + length..].starts_with('}') {
                replaced.push_str("${");
                from = at + 2;
                continue;
            }
            let value = (self.outside.variable)(name).filter(|value| !value.is_empty());
            replaced.push_str(&value.ok_or_else(|| (at, name.to_owned()))?);
            from = at + 2 + length + 1;
        }
        replaced.push_str(&text[from..]);
        Ok(replaced)
    }
}

/// Decodes a file; a NUL has no place in it.
fn decoded(bytes: &[u8], name: &Arc<str>) -> Result<String, Error> {
    let fault =
        |before: &str, at: usize, reason: String| Here::at(name, line_and_column(before, at)).fault(reason);
    let text = decode(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.at.min(bytes.len())]);
        fault(&before, before.len(), error.reason)
    })?;
    match text.find('\0') {
        Some(at) => Err(fault(&text, at, "a NUL".to_owned())),
        None => Ok(text),
    }
}

/// Tells whether a line is one of those that a merge puts around a conflict.
fn is_conflict(text: &str) -> bool {
    let marks = ["<<<<<<<", "|||||||", ">>>>>>>"];
    let is_mark = |mark: &&str| {
        text.strip_prefix(*mark)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    marks.iter().any(is_mark) || text == "======="
}

/// Splits a line where its options begin: at the first word with a dash in front.
fn front_and_options(text: &str) -> (&str, &str) {
    if text.starts_with('-') {
        return ("", text);
    }
    match text.find(" -") {
        Some(at) => (text[..at].trim_end(), &text[at + 1..]),
        None => (text, ""),
    }
}

/// Gives a requirement what its own options say.
fn requirement(mut item: Item, choices: Vec<Choice>) -> Result<Item, String> {
    for choice in choices {
        match choice {
            Choice::Hash(hash) => item.hashes.push(hash),
            Choice::Config(key, value) => item.config_settings.push((key, value)),
            _ => return Err("an option of the whole run needs a line of its own".to_owned()),
        }
    }
    Ok(item)
}

fn nested_kind(here: Here<'_>, name: &str, constraint: bool) -> Kind {
    Kind::Nested {
        file: nested(here.file, name),
        constraint,
    }
}

#[cfg(test)]
mod tests;
