//! Who we are to which host. It depends on the address alone, so a redirect never carries it on.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Address;
use crate::address::Credentials;
use crate::config::Settings;
use crate::netrc::Netrc;

#[derive(Debug)]
pub(super) struct Keys {
    /// Addresses of the configuration that carry credentials.
    indexes: Vec<Address>,
    netrc: Netrc,
    /// Whether the program `keyring` may be asked for passwords, and what it has said.
    keyring: bool,
    asked: Mutex<HashMap<(String, String), Option<String>>>,
}

impl Keys {
    pub(super) fn new(settings: &Settings) -> Self {
        let places = settings.indexes.iter().chain(&settings.find_links);
        let indexes = places
            .map(|(address, _)| address)
            .chain(settings.pinned.values())
            .filter(|address| address.credentials().is_some());
        Self {
            indexes: indexes.cloned().collect(),
            netrc: Netrc::load(&settings.environment),
            keyring: settings.keyring,
            asked: Mutex::default(),
        }
    }

    /// The value of `Authorization` for an address: its own credentials, those of an index at the
    /// same host, or those of netrc. A name without a password has it in the keyring.
    pub(super) fn of(&self, url: &Address) -> Option<String> {
        let index = self.indexes.iter().find(|index| index.same_origin(url));
        let Credentials { user, password } = url
            .credentials()
            .or_else(|| index?.credentials())
            .or_else(|| self.netrc.find(url.host()))?;
        let mut password = password.clone();
        if password.is_empty() && self.keyring {
            let services = [index.map(ToString::to_string), Some(url.authority().to_owned())];
            let found = services
                .into_iter()
                .flatten()
                .find_map(|service| self.ask(&service, user));
            password = found.unwrap_or_default();
        }
        Some(basic(user, &password))
    }

    /// What the keyring says, asked once.
    fn ask(&self, service: &str, user: &str) -> Option<String> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked
            .entry((service.to_owned(), user.to_owned()))
            .or_insert_with(|| keyring(service, user))
            .clone()
    }
}

/// The value of a header that says who we are.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Asks the program `keyring`, as pip does; whatever goes wrong there means that it has no answer.
fn keyring(service: &str, user: &str) -> Option<String> {
    let output = Command::new("keyring")
        .args(["get", service, user])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let password = answer.trim_end_matches(['\r', '\n']);
    (output.status.success() && !password.is_empty()).then(|| password.to_owned())
}
