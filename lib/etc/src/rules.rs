//! Which attributes a path has.

use crate::{
    BUILTIN, Error, Services, TreePath,
    attrs::{self, Line, Name, Setting},
};
use globset::{GlobSet, GlobSetBuilder};
use std::collections::BTreeMap;

/// The rules of a mock `/etc`: the built-in ones, then the user's. The last match wins,
/// attribute by attribute.
#[derive(Clone, Debug)]
pub struct Rules {
    globs: GlobSet,
    rules: Vec<Rule>,
    builtin: usize,
}

#[derive(Clone, Debug)]
struct Rule {
    folders: bool,
    settings: Vec<Setting>,
    absent: Option<TreePath>,
}

/// What the rules say of a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Permission bits, if a rule says them.
    pub mode: Option<u32>,
    /// The owner, by name or number; root if unsaid.
    pub owner: Option<String>,
    /// The group, by name or number; root if unsaid.
    pub group: Option<String>,
    /// The content is never shown.
    pub secret: bool,
    /// What is available is to be enabled, by the link that its daemon looks for.
    pub enable: bool,
    /// The services that check it.
    pub check: Vec<String>,
    /// The services that read it.
    pub reload: Vec<String>,
}

impl Rules {
    /// Reads the user's files of attributes, each with its name for messages; later ones win.
    ///
    /// # Errors
    ///
    /// A line is malformed; or it is a `define`, which only the administrator's own file of
    /// services may have, because it names commands that run as root; or it declares a
    /// pattern `absent`, which only a plain path can be.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, Error> {
        let mut all = Builder {
            globs: GlobSetBuilder::new(),
            rules: Vec::new(),
        };
        all.read("built-in", BUILTIN, true)?;
        let builtin = all.rules.len();
        for (file, text) in files {
            all.read(file, text, false)?;
        }
        let globs = all.globs.build().map_err(|error| Error::Syntax {
            file: files
                .last()
                .map_or_else(String::new, |(file, _)| (*file).to_owned()),
            line: 1,
            message: error.to_string(),
        })?;
        Ok(Self {
            globs,
            rules: all.rules,
            builtin,
        })
    }

    /// Returns what the rules say of a path; patterns that end in a slash are about folders,
    /// all others about files and links.
    pub fn of(&self, path: &TreePath, folder: bool) -> Attributes {
        let matches = self.globs.matches(path.as_path());
        let rules = || matches.iter().filter(|at| self.rules[**at].folders == folder);
        let mut attributes = Attributes::default();
        for at in rules() {
            attributes.apply(&self.rules[*at].settings);
        }
        for at in rules().filter(|at| **at < self.builtin) {
            attributes.keep_checks(&self.rules[*at].settings);
        }
        attributes
    }

    /// Returns the mode of a file or folder: as the rules say, else 0755 for a folder and
    /// for what is executable in the source, else 0644.
    pub fn file_mode(&self, path: &TreePath, executable: bool) -> u32 {
        let unsaid = if executable { 0o755 } else { 0o644 };
        self.of(path, false).mode.unwrap_or(unsaid)
    }

    /// Returns the paths that are to be absent.
    pub fn absent(&self) -> Vec<TreePath> {
        let mut absent = BTreeMap::new();
        for rule in &self.rules {
            if let Some(path) = &rule.absent {
                let is = rule.settings.contains(&Setting::Absent(true));
                absent.insert(path.clone(), is);
            }
        }
        absent
            .into_iter()
            .filter_map(|(path, is)| is.then_some(path))
            .collect()
    }

    /// Returns the services that rules name and nobody defines.
    pub fn unknown_services(&self, services: &Services) -> Vec<String> {
        let settings = self.rules.iter().flat_map(|rule| &rule.settings);
        let names = settings.filter_map(|setting| match setting {
            Setting::Check(names) | Setting::Reload(names) => Some(names),
            _ => None,
        });
        let mut unknown: Vec<_> = names
            .flatten()
            .filter(|name| services.get(name).is_none())
            .cloned()
            .collect();
        unknown.sort();
        unknown.dedup();
        unknown
    }
}

impl Attributes {
    fn apply(&mut self, settings: &[Setting]) {
        for setting in settings {
            match setting.clone() {
                Setting::Mode(mode) => self.mode = Some(mode),
                Setting::Owner(owner) => self.owner = Some(owner),
                Setting::Group(group) => self.group = Some(group),
                Setting::Secret(secret) => self.secret = secret,
                Setting::Enable(enable) => self.enable = enable,
                Setting::Check(names) => self.check = names,
                Setting::Reload(names) => self.reload = names,
                Setting::Absent(_) | Setting::Unset(Name::Absent) => {}
                Setting::Unset(Name::Mode) => self.mode = None,
                Setting::Unset(Name::Owner) => self.owner = None,
                Setting::Unset(Name::Group) => self.group = None,
                Setting::Unset(Name::Secret) => self.secret = false,
                Setting::Unset(Name::Enable) => self.enable = false,
                Setting::Unset(Name::Check) => self.check.clear(),
                Setting::Unset(Name::Reload) => self.reload.clear(),
            }
        }
    }

    /// Keeps the built-in checks, whatever the user's rules say: they may add some, and say
    /// which services are told, but not switch a validator off.
    fn keep_checks(&mut self, settings: &[Setting]) {
        for setting in settings {
            if let Setting::Check(names) = setting {
                let missing = names.iter().filter(|name| !self.check.contains(name));
                let missing: Vec<_> = missing.cloned().collect();
                self.check.extend(missing);
            }
        }
    }
}

struct Builder {
    globs: GlobSetBuilder,
    rules: Vec<Rule>,
}

impl Builder {
    fn read(&mut self, file: &str, text: &str, builtin: bool) -> Result<(), Error> {
        for (line, found) in attrs::parse(file, text)? {
            let fail = |message: String| Error::Syntax {
                file: file.to_owned(),
                line,
                message,
            };
            match found {
                Line::Define { .. } if builtin => {}
                Line::Define { .. } => {
                    let message =
                        "define is for the administrator's own file of services, /etc/etcsync/services";
                    return Err(fail(message.to_owned()));
                }
                Line::Rule { pattern, settings } => {
                    let absent = absent_path(&settings, pattern.literal.as_deref()).map_err(fail)?;
                    self.globs.add(pattern.glob);
                    self.rules.push(Rule {
                        folders: pattern.folders,
                        settings,
                        absent,
                    });
                }
            }
        }
        Ok(())
    }
}

fn absent_path(settings: &[Setting], literal: Option<&str>) -> Result<Option<TreePath>, String> {
    if !settings
        .iter()
        .any(|setting| matches!(setting, Setting::Absent(_)))
    {
        return Ok(None);
    }
    let literal = literal.ok_or("absent needs a plain path with a slash in it, /motd for the root's own")?;
    TreePath::new(literal)
        .map(Some)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::Rules;
    use crate::{Services, TreePath};

    fn path(text: &str) -> TreePath {
        TreePath::new(text).unwrap()
    }

    fn rules(text: &str) -> Rules {
        Rules::parse(&[("etc.attrs", text)]).unwrap()
    }

    #[test]
    fn the_last_match_wins_attribute_by_attribute() {
        let rules = rules("app/** mode=0600 owner=app\napp/public mode=0644\napp/* !owner");
        let public = rules.of(&path("app/public"), false);
        assert_eq!((public.mode, public.owner), (Some(0o644), None));
        let deep = rules.of(&path("app/a/b"), false);
        assert_eq!((deep.mode, deep.owner.as_deref()), (Some(0o600), Some("app")));
    }

    #[test]
    fn folders_have_rules_of_their_own() {
        let rules = rules("app/** mode=0600\napp/ mode=0700");
        assert_eq!(rules.of(&path("app"), true).mode, Some(0o700));
        assert_eq!(rules.of(&path("app/sub"), true).mode, None);
        assert_eq!(rules.of(&path("app"), false).mode, None);
    }

    #[test]
    fn sudoers_are_0440_and_checked_come_what_may() {
        let rules = rules("sudoers.d/* -check mode=0644");
        let found = rules.of(&path("sudoers.d/deploy"), false);
        assert_eq!(found.check, ["sudoers"]);
        assert_eq!(found.mode, Some(0o644), "a lint says that this is wrong");
        assert_eq!(
            Rules::parse(&[])
                .unwrap()
                .file_mode(&path("sudoers.d/deploy"), false),
            0o440
        );
        assert_eq!(
            Rules::parse(&[]).unwrap().of(&path("x/sudoers"), false).mode,
            None
        );
    }

    #[test]
    fn absent_needs_a_plain_path() {
        let found = rules("nginx/sites-enabled/default absent\n/motd absent\n/motd -absent");
        assert_eq!(found.absent(), [path("nginx/sites-enabled/default")]);
        assert!(Rules::parse(&[("etc.attrs", "nginx/* absent")]).is_err());
        assert!(Rules::parse(&[("etc.attrs", "default absent")]).is_err());
    }

    #[test]
    fn a_checkout_defines_no_commands() {
        let found = Rules::parse(&[("etc.attrs", "# x\ndefine nginx check=[\"true\"]")]).unwrap_err();
        assert!(matches!(found, crate::Error::Syntax { line: 2, .. }), "{found:?}");
    }

    #[test]
    fn every_service_of_the_built_in_table_is_defined() {
        let services = Services::builtin().unwrap();
        assert!(Rules::parse(&[]).unwrap().unknown_services(&services).is_empty());
        assert_eq!(rules("a check=mine").unknown_services(&services), ["mine"]);
    }

    #[test]
    fn a_guarded_service_stays_guarded() {
        let mut services = Services::builtin().unwrap();
        services
            .define("services", r#"define sudoers check=["true"]"#)
            .unwrap();
        assert!(services.get("sudoers").unwrap().guarded);
        assert!(services.define("services", "a mode=0600").is_err());
    }
}
