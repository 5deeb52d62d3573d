//! Users and groups of this host.

use cli::Failure;
use std::{cell::RefCell, collections::BTreeMap, process::Command};
use wire::Kind;

/// Looks names up, each once.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    known: RefCell<BTreeMap<(&'static str, String), Option<u32>>>,
}

impl Accounts {
    /// Returns the number of a user, by name or number.
    pub(crate) fn user(&self, name: &str) -> Result<u32, Failure> {
        self.number("passwd", name).ok_or_else(|| unknown("user", name))
    }

    /// Returns the number of a group, by name or number.
    pub(crate) fn group(&self, name: &str) -> Result<u32, Failure> {
        self.number("group", name).ok_or_else(|| unknown("group", name))
    }

    /// Says whether a user exists.
    pub(crate) fn has_user(&self, name: &str) -> bool {
        self.number("passwd", name).is_some()
    }

    fn number(&self, database: &'static str, name: &str) -> Option<u32> {
        match name {
            "root" => return Some(0),
            number if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                return number.parse().ok();
            }
            _ => {}
        }
        let key = (database, name.to_owned());
        let mut known = self.known.borrow_mut();
        *known.entry(key).or_insert_with(|| look_up(database, name))
    }
}

/// Reads the file of accounts, then asks the host's other sources of them, if it has any.
fn look_up(database: &str, name: &str) -> Option<u32> {
    let text = fs_err::read_to_string(format!("/etc/{database}")).unwrap_or_default();
    find(&text, name).or_else(|| {
        let output = Command::new("getent")
            .args(["--", database, name])
            .output()
            .ok()?;
        find(&String::from_utf8_lossy(&output.stdout), name)
    })
}

/// Finds the number in `name:password:number:…`.
fn find(text: &str, name: &str) -> Option<u32> {
    let mut lines = text.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| match (fields.next(), fields.nth(1)) {
        (Some(found), Some(number)) if found == name => number.parse().ok(),
        _ => None,
    })
}

fn unknown(what: &str, name: &str) -> Failure {
    Failure::new(Kind::NotFound, format!("this host has no {what} {name}")).hint(format!(
        "make the {what} first, or mend the rule in the .attrs file"
    ))
}
