//! Who we are to which host. It depends on the address alone, so a redirect never carries it on.

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
}

impl Keys {
    pub(super) fn new(settings: &Settings) -> Self {
        let places = settings.indexes.iter().chain(&settings.find_links);
        let indexes = places
            .map(|(address, _)| address)
            .filter(|address| address.credentials().is_some());
        Self {
            indexes: indexes.cloned().collect(),
            netrc: Netrc::load(&settings.environment),
        }
    }

    /// The value of `Authorization` for an address: its own credentials, those of an index at the
    /// same host, or those of netrc.
    pub(super) fn of(&self, url: &Address) -> Option<String> {
        let Credentials { user, password } = url
            .credentials()
            .or_else(|| {
                self.indexes
                    .iter()
                    .find(|index| index.same_origin(url))?
                    .credentials()
            })
            .or_else(|| self.netrc.find(url.host()))?;
        Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }
}
