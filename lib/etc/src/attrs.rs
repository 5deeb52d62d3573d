//! The text of a file of attributes, line by line.

use crate::{Error, pattern::Pattern};
use serde_json::Value;
use wire::etc::Service;

/// One line that says something.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// `PATTERN attribute…`
    Rule {
        pattern: Pattern,
        settings: Vec<Setting>,
    },
    /// `define NAME check=[…] reload=[…]`
    Define { name: String, service: Service },
}

/// What a rule says of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// `mode=0640`
    Mode(u32),
    /// `owner=root`
    Owner(String),
    /// `group=www-data`
    Group(String),
    /// `secret`, `-secret`
    Secret(bool),
    /// `absent`, `-absent`
    Absent(bool),
    /// `enable`, `-enable`
    Enable(bool),
    /// `check=nginx,app`, `-check`
    Check(Vec<String>),
    /// `reload=nginx`, `-reload`
    Reload(Vec<String>),
    /// `!mode`: as if nothing had been said of it.
    Unset(Name),
}

/// The attributes that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Mode,
    Owner,
    Group,
    Secret,
    Absent,
    Enable,
    Check,
    Reload,
}

impl Name {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "mode" => Self::Mode,
            "owner" => Self::Owner,
            "group" => Self::Group,
            "secret" => Self::Secret,
            "absent" => Self::Absent,
            "enable" => Self::Enable,
            "check" => Self::Check,
            "reload" => Self::Reload,
            _ => return Err(format!("unknown attribute {text:?}")),
        })
    }
}

/// Reads a file of attributes; `define` is left to the caller to judge.
pub(crate) fn parse(file: &str, text: &str) -> Result<Vec<(u32, Line)>, Error> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let fail = |message| Error::Syntax {
            file: file.to_owned(),
            line: number,
            message,
        };
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            lines.push((number, parse_line(line).map_err(fail)?));
        }
    }
    Ok(lines)
}

fn parse_line(line: &str) -> Result<Line, String> {
    if line.starts_with("[attr]") {
        return Err("macros are not supported".to_owned());
    }
    if let Some(rest) = line.strip_prefix("define ") {
        return define(rest.trim_start());
    }
    let (pattern, rest) = first_word(line)?;
    Ok(Line::Rule {
        pattern: Pattern::new(&pattern)?,
        settings: rest.split_whitespace().map(setting).collect::<Result<_, _>>()?,
    })
}

/// Splits off the pattern, which may be quoted to have spaces in it.
fn first_word(line: &str) -> Result<(String, &str), String> {
    if line.starts_with('"') {
        let mut words = serde_json::Deserializer::from_str(line).into_iter::<String>();
        let pattern = words
            .next()
            .and_then(Result::ok)
            .ok_or("a quoted pattern without an end")?;
        return Ok((pattern, &line[words.byte_offset()..]));
    }
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    Ok((line[..end].to_owned(), &line[end..]))
}

fn setting(word: &str) -> Result<Setting, String> {
    if let Some(name) = word.strip_prefix('!') {
        return Name::parse(name).map(Setting::Unset);
    }
    if let Some(name) = word.strip_prefix('-') {
        return match Name::parse(name)? {
            Name::Secret => Ok(Setting::Secret(false)),
            Name::Absent => Ok(Setting::Absent(false)),
            Name::Enable => Ok(Setting::Enable(false)),
            Name::Check => Ok(Setting::Check(Vec::new())),
            Name::Reload => Ok(Setting::Reload(Vec::new())),
            Name::Mode | Name::Owner | Name::Group => Err(format!("{name} cannot be false; write !{name}")),
        };
    }
    match word.split_once('=') {
        Some((name, value)) => with_value(Name::parse(name)?, name, value),
        None => flag(Name::parse(word)?, word),
    }
}

fn flag(name: Name, word: &str) -> Result<Setting, String> {
    match name {
        Name::Secret => Ok(Setting::Secret(true)),
        Name::Absent => Ok(Setting::Absent(true)),
        Name::Enable => Ok(Setting::Enable(true)),
        _ => Err(format!("{word} needs a value")),
    }
}

fn with_value(name: Name, word: &str, value: &str) -> Result<Setting, String> {
    if value.is_empty() {
        return Err(format!("{word} needs a value"));
    }
    let list = || value.split(',').map(str::to_owned).collect();
    Ok(match name {
        Name::Mode => Setting::Mode(value.parse::<wire::etc::Mode>()?.0),
        Name::Owner => Setting::Owner(value.to_owned()),
        Name::Group => Setting::Group(value.to_owned()),
        Name::Check => Setting::Check(list()),
        Name::Reload => Setting::Reload(list()),
        Name::Secret | Name::Absent | Name::Enable => return Err(format!("{word} takes no value")),
    })
}

fn define(rest: &str) -> Result<Line, String> {
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (name, mut rest) = (rest[..end].to_owned(), rest[end..].trim_start());
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.@".contains(&b);
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(format!("expected a service's name after define, found {name:?}"));
    }
    let mut service = Service::default();
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let word = &rest[..end];
        rest = match (word, rest[end..].strip_prefix('=')) {
            ("guarded", None) => {
                service.guarded = true;
                &rest[end..]
            }
            ("needs-root", None) => {
                service.needs_root = true;
                &rest[end..]
            }
            ("check", Some(value)) => commands(value, &mut service.check)?,
            ("reload", Some(value)) => commands(value, &mut service.reload)?,
            _ => {
                return Err(format!(
                    "expected check=[…], reload=[…], guarded or needs-root, found {word:?}"
                ));
            }
        }
        .trim_start();
    }
    Ok(Line::Define { name, service })
}

/// Reads `["command","argument"]` or a list of such, and returns what follows.
fn commands<'a>(text: &'a str, into: &mut Vec<Vec<String>>) -> Result<&'a str, String> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let Some(Ok(value)) = values.next() else {
        return Err("expected a JSON array of words".to_owned());
    };
    let offset = values.byte_offset();
    let many = value
        .as_array()
        .is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_array));
    let commands = if many { value } else { Value::Array(vec![value]) };
    let commands: Vec<Vec<String>> =
        serde_json::from_value(commands).map_err(|_| "expected an array of words".to_owned())?;
    if commands.iter().any(Vec::is_empty) {
        return Err("a command without a word".to_owned());
    }
    into.extend(commands);
    Ok(&text[offset..])
}

#[cfg(test)]
mod tests {
    use super::{Line, parse};

    fn problem(text: &str) -> String {
        parse("etc.attrs", text).unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            problem("a mode=999"),
            "expected a mode of three or four octal digits, found \"999\""
        );
        assert_eq!(problem("a modes=1"), "unknown attribute \"modes\"");
        assert_eq!(problem("a mode"), "mode needs a value");
        assert_eq!(problem("a secret=yes"), "secret takes no value");
        assert_eq!(problem("a -mode"), "mode cannot be false; write !mode");
        assert_eq!(
            problem("!a secret"),
            "a pattern cannot be negated; a later line wins"
        );
        assert_eq!(problem("\"a secret"), "a quoted pattern without an end");
        assert_eq!(problem("define x check=nginx"), "expected a JSON array of words");
        assert_eq!(problem("define x check=[]"), "a command without a word");
        assert_eq!(problem("[attr]x secret"), "macros are not supported");
    }

    #[test]
    fn a_definition_has_one_command_or_several() {
        let text = r#"define app check=["app", "--check"] reload=[["a"],["b","c d"]] guarded"#;
        let lines = parse("services", text).unwrap();
        let Line::Define { name, service } = &lines[0].1 else {
            panic!("{lines:?}")
        };
        assert_eq!(name, "app");
        assert_eq!(service.check, [["app", "--check"]]);
        assert_eq!(service.reload, [vec!["a"], vec!["b", "c d"]]);
        assert!(service.guarded);
    }
}
