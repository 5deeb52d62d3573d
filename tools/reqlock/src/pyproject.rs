//! What a project asks for in pyproject.toml: dependencies, extras (PEP 621) and groups (PEP 735).

use cli::Failure;
use pyspec::{name::Name, requirement::Requirement, specifier::Specifiers};
use resolve::{Origin, Wanted};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Spanned, Value};
use wire::Kind;

/// Which optional parts are asked for.
#[derive(Debug, Default, Clone)]
pub(crate) struct Parts {
    /// These extras.
    pub(crate) extras: Vec<String>,
    /// Every extra.
    pub(crate) all_extras: bool,
    /// These dependency groups.
    pub(crate) groups: Vec<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Project {
    /// What is asked for, with its line.
    pub(crate) wanted: Vec<Wanted>,
    /// Which Pythons the project is for.
    pub(crate) requires_python: Option<Specifiers>,
    /// What its build needs: `build-system.requires`.
    pub(crate) build: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    project: Option<Table>,
    #[serde(default)]
    dependency_groups: BTreeMap<String, Vec<Spanned<Value>>>,
    build_system: Option<BuildSystem>,
}

#[derive(Deserialize)]
struct BuildSystem {
    #[serde(default)]
    requires: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Table {
    name: Option<String>,
    requires_python: Option<Spanned<String>>,
    #[serde(default)]
    dependencies: Vec<Spanned<String>>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Spanned<String>>>,
    #[serde(default)]
    dynamic: Vec<String>,
}

/// Reads pyproject.toml; `file` is its name in messages.
pub(crate) fn read(bytes: &[u8], file: &str, parts: &Parts) -> Result<Project, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|error| bad(file, 1, error.to_string()))?;
    let document: Document = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        bad(file, line_of(text, at), error.message().to_owned())
    })?;
    let mut reading = Reading {
        text,
        file,
        document: &document,
        project: Project::default(),
    };
    let system = document.build_system.as_ref();
    reading.project.build = system.map(|system| system.requires.clone()).unwrap_or_default();
    reading.dependencies(parts)?;
    for group in &parts.groups {
        reading.group(group, &mut Vec::new())?;
    }
    Ok(reading.project)
}

struct Reading<'a> {
    text: &'a str,
    file: &'a str,
    document: &'a Document,
    project: Project,
}

impl Reading<'_> {
    fn dependencies(&mut self, parts: &Parts) -> Result<(), Failure> {
        let Some(table) = &self.document.project else {
            let none = parts.groups.is_empty() || !parts.extras.is_empty();
            return if none {
                Err(bad(self.file, 1, "it has no [project]"))
            } else {
                Ok(())
            };
        };
        if table
            .dynamic
            .iter()
            .any(|key| key == "dependencies" || key == "optional-dependencies")
        {
            let message = "its dependencies are dynamic: only its build backend knows them";
            return Err(Failure::new(Kind::Unsupported, message).file(self.file));
        }
        if let Some(python) = &table.requires_python {
            let parsed = python.get_ref().parse();
            let line = line_of(self.text, python.span().start);
            self.project.requires_python =
                Some(parsed.map_err(|error: pyspec::Error| bad(self.file, line, error.to_string()))?);
        }
        let mut pending = names(&parts.extras)?;
        if parts.all_extras {
            pending.extend(
                table
                    .optional_dependencies
                    .keys()
                    .filter_map(|extra| Name::parse(extra).ok()),
            );
        }
        let own = table.name.as_deref().and_then(|name| Name::parse(name).ok());
        for dependency in &table.dependencies {
            self.take(dependency, own.as_ref(), &mut pending)?;
        }
        self.extras(table, own.as_ref(), pending)
    }

    /// Takes up extras, and those that they name in turn.
    fn extras(&mut self, table: &Table, own: Option<&Name>, mut pending: Vec<Name>) -> Result<(), Failure> {
        let mut done = BTreeSet::new();
        while let Some(extra) = pending.pop() {
            if !done.insert(extra.clone()) {
                continue;
            }
            let found = table
                .optional_dependencies
                .iter()
                .find(|(name, _)| Name::parse(name).is_ok_and(|name| name == extra));
            let Some((_, dependencies)) = found else {
                return Err(
                    Failure::new(Kind::NotFound, format!("{} has no extra {extra}", self.file))
                        .file(self.file),
                );
            };
            for dependency in dependencies {
                self.take(dependency, own, &mut pending)?;
            }
        }
        Ok(())
    }

    /// Takes up one requirement; one on the project itself stands for extras of it.
    fn take(
        &mut self,
        text: &Spanned<String>,
        own: Option<&Name>,
        extras: &mut Vec<Name>,
    ) -> Result<(), Failure> {
        let line = line_of(self.text, text.span().start);
        let parsed = text.get_ref().parse();
        let requirement: Requirement =
            parsed.map_err(|error: pyspec::Error| bad(self.file, line, error.to_string()))?;
        if Some(&requirement.name) == own {
            extras.extend(requirement.extras);
            return Ok(());
        }
        self.project.wanted.push(Wanted {
            requirement,
            origin: Origin {
                file: self.file.to_owned(),
                line: Some(line),
            },
        });
        Ok(())
    }

    /// Takes up a group and those that it includes; `above` are the groups that are being read.
    fn group(&mut self, name: &str, above: &mut Vec<Name>) -> Result<(), Failure> {
        let wanted = Name::parse(name).map_err(|error| bad(self.file, 1, error.to_string()))?;
        if above.contains(&wanted) {
            return Err(bad(
                self.file,
                1,
                format!("dependency group {name} includes itself"),
            ));
        }
        let groups = &self.document.dependency_groups;
        let found = groups
            .iter()
            .find(|(other, _)| Name::parse(other).is_ok_and(|other| other == wanted));
        let Some((_, entries)) = found else {
            let message = format!("{} has no dependency group {name}", self.file);
            return Err(Failure::new(Kind::NotFound, message).file(self.file));
        };
        above.push(wanted);
        for entry in entries {
            let included = entry.get_ref().get("include-group").and_then(Value::as_str);
            match (entry.get_ref(), included) {
                (Value::String(text), _) => {
                    let text = Spanned::new(entry.span(), text.clone());
                    self.take(&text, None, &mut Vec::new())?;
                }
                (_, Some(group)) => self.group(group, above)?,
                (other, None) => {
                    let line = line_of(self.text, entry.span().start);
                    let message = format!(
                        "expected a requirement or include-group, found {}",
                        other.type_str()
                    );
                    return Err(bad(self.file, line, message));
                }
            }
        }
        above.pop();
        Ok(())
    }
}

fn names(texts: &[String]) -> Result<Vec<Name>, Failure> {
    let parse = |text: &String| {
        Name::parse(text).map_err(|error| Failure::new(Kind::Usage, format!("--extra: {error}")))
    };
    texts.iter().map(parse).collect()
}

fn bad(file: &str, line: u32, message: impl Into<String>) -> Failure {
    Failure::new(Kind::BadSyntax, message).file(file).line(line)
}

fn line_of(text: &str, at: usize) -> u32 {
    let before = text.get(..at).unwrap_or(text);
    u32::try_from(before.matches('\n').count())
        .unwrap_or(u32::MAX)
        .saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::{Parts, read};

    const TEXT: &str = r#"
[project]
name = "app"
version = "1"
requires-python = ">=3.10"
dependencies = ["django>=5", "app[web]"]

[project.optional-dependencies]
web = ["gunicorn"]
all = ["app[web]", "sentry-sdk"]

[dependency-groups]
test = ["pytest", {include-group = "lint"}]
lint = ["ruff"]
loop = [{include-group = "loop"}]
"#;

    fn found(parts: &Parts) -> Result<Vec<String>, String> {
        let project = read(TEXT.as_bytes(), "pyproject.toml", parts);
        let project = project.map_err(|failure| failure.message().to_owned())?;
        let shown = project
            .wanted
            .iter()
            .map(|wanted| format!("{} {}", wanted.origin, wanted.requirement));
        Ok(shown.collect())
    }

    #[test]
    fn dependencies_bring_the_extras_that_they_name() {
        let expected = ["pyproject.toml:6 django>=5", "pyproject.toml:9 gunicorn"];
        assert_eq!(found(&Parts::default()).unwrap(), expected);
        let all = Parts {
            all_extras: true,
            ..Parts::default()
        };
        assert_eq!(found(&all).unwrap().len(), 3);
        let extra = Parts {
            extras: vec!["nope".to_owned()],
            ..Parts::default()
        };
        assert_eq!(found(&extra), Err("pyproject.toml has no extra nope".to_owned()));
    }

    #[test]
    fn groups_include_groups() {
        let group = |name: &str| {
            found(&Parts {
                groups: vec![name.to_owned()],
                ..Parts::default()
            })
        };
        assert_eq!(
            group("Test").unwrap()[2..],
            ["pyproject.toml:13 pytest", "pyproject.toml:14 ruff"]
        );
        assert_eq!(
            group("loop"),
            Err("dependency group loop includes itself".to_owned())
        );
        assert!(group("nope").is_err());
    }

    #[test]
    fn faults_have_lines() {
        let fails = |text: &str| read(text.as_bytes(), "p.toml", &Parts::default()).unwrap_err();
        assert!(
            fails("[project]\ndependencies = [\n  'a',\n  'b >== 1',\n]\n")
                .message()
                .contains("b >== 1")
        );
        assert!(
            fails("[project]\ndynamic = ['dependencies']\n")
                .message()
                .contains("dynamic")
        );
        assert!(fails("[tool.other]\n").message().contains("no [project]"));
    }
}
