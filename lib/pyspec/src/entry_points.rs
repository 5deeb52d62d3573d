//! `entry_points.txt`: the objects that a distribution offers under names, commands among them.
//!
//! Standard: entry points specification. Lines are read as Python's `importlib.metadata` does.

use crate::error::{Document, Error};

/// Is one entry point, its value as written.
///
/// ```
/// let points = pyspec::entry_points::EntryPoints::parse("[console_scripts]\nx = a.b:main [extra]\n").unwrap();
/// let point = &points.entries()[0];
/// assert_eq!((point.group.as_str(), point.name.as_str(), point.value.as_str()), ("console_scripts", "x", "a.b:main [extra]"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoint {
    /// The group, `console_scripts`.
    pub group: String,
    /// The name.
    pub name: String,
    /// The object, as written.
    pub value: String,
    /// The line, from 1.
    pub line: u32,
}

/// Is a command that an installer makes of an entry point.
///
/// ```
/// let points = pyspec::entry_points::EntryPoints::parse("[gui_scripts]\nx = a.b:C.main\n").unwrap();
/// let script = &points.scripts().unwrap()[0];
/// assert_eq!((script.module.as_str(), script.attribute.as_str()), ("a.b", "C.main"));
/// assert!(script.gui);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The command's name: a file name.
    pub name: String,
    /// The module to import, dotted.
    pub module: String,
    /// The function in it, dotted if it is an attribute of something.
    pub attribute: String,
    /// Whether it is one of `gui_scripts`.
    pub gui: bool,
    /// The line, from 1.
    pub line: u32,
}

/// Is an `entry_points.txt`.
///
/// ```
/// use pyspec::entry_points::EntryPoints;
/// let points = EntryPoints::parse("# mine\n[a]\nx=1\n[b]\ny = 2\n").unwrap();
/// assert_eq!(points.entries().len(), 2);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryPoints {
    text: String,
    entries: Vec<EntryPoint>,
}

impl EntryPoints {
    /// Reads the file.
    ///
    /// # Errors
    /// A line is neither a `[group]` nor `name = value`, stands before the first group, or names an
    /// entry a second time in its group.
    ///
    /// ```
    /// use pyspec::entry_points::EntryPoints;
    /// assert!(EntryPoints::parse("x = y").is_err());
    /// assert!(EntryPoints::parse("[a]\nx: y").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut points = Self {
            text: text.to_owned(),
            entries: Vec::new(),
        };
        let mut group: Option<String> = None;
        let mut offset = 0;
        for (line, raw) in (1..).zip(text.split_inclusive('\n')) {
            let content = raw.trim();
            let start = offset + (raw.len() - raw.trim_start().len());
            offset += raw.len();
            if content.is_empty() || content.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                group = Some(name.trim().to_owned());
                continue;
            }
            let fault = |reason: String| Error::document(Document::EntryPoints, text, start, reason);
            let group = group
                .as_deref()
                .ok_or_else(|| fault("an entry before the first [group]".to_owned()))?;
            let entry = entry(group, content, line).map_err(&fault)?;
            if points
                .entries
                .iter()
                .any(|known| known.group == group && known.name == entry.name)
            {
                return Err(fault(format!("{:?} a second time in [{group}]", entry.name)));
            }
            points.entries.push(entry);
        }
        Ok(points)
    }

    /// Returns the entries in the order of the file.
    ///
    /// ```
    /// assert!(pyspec::entry_points::EntryPoints::default().entries().is_empty());
    /// ```
    pub fn entries(&self) -> &[EntryPoint] {
        &self.entries
    }

    /// Returns the commands: the groups `console_scripts` and `gui_scripts`; extras are ignored.
    ///
    /// # Errors
    /// A value is not `module:attribute`, a name is not that of a file or belongs to the environment
    /// itself (`python`, `python3.12`, `activate`), or both groups have a name.
    ///
    /// ```
    /// use pyspec::entry_points::EntryPoints;
    /// let scripts = |text: &str| EntryPoints::parse(text).unwrap().scripts();
    /// assert!(scripts("[console_scripts]\nx = a:main").is_ok());
    /// assert!(scripts("[console_scripts]\nx = a").is_err());
    /// assert!(scripts("[console_scripts]\npython3 = a:main").is_err());
    /// assert!(scripts("[console_scripts]\n../x = a:main").is_err());
    /// ```
    pub fn scripts(&self) -> Result<Vec<Script>, Error> {
        let mut scripts: Vec<Script> = Vec::new();
        let groups = self
            .entries
            .iter()
            .filter(|entry| entry.group.ends_with("_scripts"));
        for entry in groups.filter(|entry| matches!(entry.group.as_str(), "console_scripts" | "gui_scripts"))
        {
            let fault = |reason: String| {
                let offset = offset_of_line(&self.text, entry.line);
                Error::document(Document::EntryPoints, &self.text, offset, reason)
            };
            if scripts.iter().any(|known| known.name == entry.name) {
                return Err(fault(format!(
                    "{:?} is both a console and a gui script",
                    entry.name
                )));
            }
            scripts.push(script(entry).map_err(fault)?);
        }
        Ok(scripts)
    }
}

fn entry(group: &str, content: &str, line: u32) -> Result<EntryPoint, String> {
    let (name, value) = content
        .split_once('=')
        .ok_or_else(|| format!("`name = value` is expected, found {content:?}"))?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || value.is_empty() {
        return Err(format!("`name = value` is expected, found {content:?}"));
    }
    Ok(EntryPoint {
        group: group.to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
        line,
    })
}

fn script(entry: &EntryPoint) -> Result<Script, String> {
    check_name(&entry.name)?;
    let (module, attribute) = object(&entry.value).ok_or_else(|| {
        format!(
            "{:?}: `module:attribute` is expected, found {:?}",
            entry.name, entry.value
        )
    })?;
    Ok(Script {
        name: entry.name.clone(),
        module: module.to_owned(),
        attribute: attribute.to_owned(),
        gui: entry.group == "gui_scripts",
        line: entry.line,
    })
}

/// Takes `module:attribute [extras]` apart.
fn object(value: &str) -> Option<(&str, &str)> {
    let value = match value.strip_suffix(']') {
        Some(rest) => rest.rsplit_once('[')?.0.trim_end(),
        None => value,
    };
    let (module, attribute) = value.split_once(':')?;
    let (module, attribute) = (module.trim(), attribute.trim());
    (is_dotted(module) && is_dotted(attribute)).then_some((module, attribute))
}

/// Tells whether the text is identifiers joined by dots.
fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| {
        let begins = part
            .chars()
            .next()
            .is_some_and(|first| first == '_' || first.is_alphabetic());
        begins && part.chars().all(|rest| rest == '_' || rest.is_alphanumeric())
    })
}

/// Checks that a command's name is a file name, and none that the environment needs itself.
///
/// # Errors
/// It is not: the reason, for people.
///
/// ```
/// assert!(pyspec::entry_points::check_name("django-admin").is_ok());
/// assert!(pyspec::entry_points::check_name("python3.12").is_err());
/// ```
pub fn check_name(name: &str) -> Result<(), String> {
    if matches!(name, "." | "..") || name.contains(['/', '\\']) || name.chars().any(char::is_control) {
        return Err(format!("{name:?} is no file name"));
    }
    let lowered = name.to_ascii_lowercase();
    let stem = lowered.strip_suffix(".exe").unwrap_or(&lowered);
    let version = stem
        .strip_prefix("pythonw")
        .or_else(|| stem.strip_prefix("python"));
    let is_python =
        version.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    if is_python || stem == "activate" || stem.starts_with("activate.") {
        return Err(format!("{name:?} belongs to the environment itself"));
    }
    Ok(())
}

fn offset_of_line(text: &str, line: u32) -> usize {
    let before = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    text.split_inclusive('\n').take(before).map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Error {
        EntryPoints::parse(text)
            .and_then(|points| points.scripts())
            .unwrap_err()
    }

    #[test]
    fn files_of_the_wild_are_read() {
        let text = "\u{20}\r\n[console_scripts]\r\n  pip = pip._internal.cli.main:main\r\n; no\r\n\
                    [some.group]\r\nodd name = anything at all\r\n";
        let points = EntryPoints::parse(text).unwrap();
        assert_eq!(points.entries().len(), 2);
        assert_eq!(points.scripts().unwrap()[0].module, "pip._internal.cli.main");
        assert_eq!(points.entries()[1].line, 6);
    }

    #[test]
    fn commands_that_cannot_be_are_refused() {
        for (name, value) in [
            ("python", "a:b"),
            ("Python3.12", "a:b"),
            ("pythonw.exe", "a:b"),
            ("activate.fish", "a:b"),
            ("a/b", "a:b"),
            ("a\\b", "a:b"),
            ("..", "a:b"),
            ("x", "a"),
            ("x", "a:"),
            ("x", ":b"),
            ("x", "a.:b"),
            ("x", "a:b()"),
            ("x", "a:b [c"),
            ("x", "1a:b"),
        ] {
            assert_eq!(
                fault(&format!("[console_scripts]\n{name} = {value}\n")).line(),
                Some(2),
                "{name} {value}"
            );
        }
    }

    #[test]
    fn names_near_the_reserved_ones_are_fine() {
        let text = "[console_scripts]\npython-argcomplete-check = a:b\npythonic = a:b\nactivate-it = a:b\n";
        assert_eq!(EntryPoints::parse(text).unwrap().scripts().unwrap().len(), 3);
    }

    #[test]
    fn one_name_in_both_groups_is_refused() {
        assert_eq!(
            fault("[console_scripts]\nx = a:b\n[gui_scripts]\nx = a:b\n").line(),
            Some(4)
        );
    }

    #[test]
    fn rubbish_is_refused_with_its_line() {
        for text in [
            "[a]\nx\n",
            "[a]\n= y\n",
            "[a]\nx =\n",
            "[a\nx = y",
            "[a]\nx = 1\nx = 2",
        ] {
            assert!(EntryPoints::parse(text).is_err(), "{text:?}");
        }
    }
}
