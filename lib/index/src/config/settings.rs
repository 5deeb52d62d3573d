//! The configuration made into what the client needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Config, Environment, Options, Origin, Setting};
use crate::{Address, Error};

/// Everything the client needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The indexes in the order in which they are asked, and who named them.
    pub indexes: Vec<(Address, Origin)>,
    /// The one index that a project comes from, by the project's normalised name.
    pub pinned: BTreeMap<String, Address>,
    /// Folders (as `file` addresses) and pages of links.
    pub find_links: Vec<(Address, Origin)>,
    /// Certificate authorities instead of the system's.
    pub cert: Option<PathBuf>,
    /// Client certificate with its key.
    pub client_cert: Option<PathBuf>,
    /// Hosts (with or without port) whose certificates are not checked.
    pub trusted_hosts: Vec<String>,
    /// The proxy for everything, if one is configured.
    pub proxy: Option<String>,
    /// How long a connection may stay silent.
    pub timeout: Duration,
    /// How long one answer may take in all, its body included, at the slowest.
    pub patience: Duration,
    /// How often a failed request is tried again.
    pub retries: u32,
    /// Pause before the second try; it doubles with each further one.
    pub pause: Duration,
    /// Whether the program `keyring` may be asked for passwords.
    pub keyring: bool,
    /// Where pages and metadata are kept between runs.
    pub cache: Option<PathBuf>,
    /// The environment: proxies, `NETRC`, the home folder.
    pub environment: Environment,
    /// `--no-binary` of the configuration, names as written.
    pub no_binary: Vec<String>,
    /// `--only-binary` of the configuration, names as written.
    pub only_binary: Vec<String>,
    /// `--require-hashes` of the configuration.
    pub require_hashes: bool,
    /// `--pre` of the configuration.
    pub pre: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            indexes: Vec::new(),
            pinned: BTreeMap::new(),
            find_links: Vec::new(),
            cert: None,
            client_cert: None,
            trusted_hosts: Vec::new(),
            proxy: None,
            timeout: Duration::from_secs(15),
            patience: Duration::from_secs(600),
            retries: 5,
            pause: Duration::from_millis(250),
            keyring: false,
            cache: None,
            environment: Environment::default(),
            no_binary: Vec::new(),
            only_binary: Vec::new(),
            require_hashes: false,
            pre: false,
        }
    }
}

impl Settings {
    /// Puts configuration and options together. `default` gives the index that pip has built in; it
    /// is asked only when nothing else names one.
    ///
    /// # Errors
    ///
    /// A value is not what its option wants, or there is no index at all.
    pub fn new(
        config: &Config,
        options: &Options,
        environment: &Environment,
        default: impl FnOnce() -> Option<String>,
    ) -> Result<Self, Error> {
        let values = Values { config, options };
        let mut settings = Self {
            find_links: values.find_links()?,
            pinned: values.pinned()?,
            cert: values
                .path(options.cert.as_ref(), "cert")
                .or_else(|| bundle(environment)),
            client_cert: values.path(options.client_cert.as_ref(), "client-cert"),
            trusted_hosts: values.trusted_hosts(),
            proxy: options
                .proxy
                .clone()
                .or_else(|| config.get("proxy").map(|setting| setting.value.clone())),
            keyring: config
                .get("keyring-provider")
                .is_none_or(|setting| setting.value != "disabled"),
            environment: environment.clone(),
            no_binary: values.names("no-binary"),
            only_binary: values.names("only-binary"),
            require_hashes: values.flag("require-hashes")?,
            pre: values.flag("pre")?,
            ..Self::default()
        };
        if !(options.no_cache || values.flag("no-cache-dir")?) {
            settings.cache = environment.caches().map(|caches| caches.join("pydeploy/index"));
        }
        if let Some(seconds) = values.timeout()? {
            settings.timeout = seconds;
        }
        if let Some(retries) = values.retries()? {
            settings.retries = retries;
        }
        if !(options.no_index || options.lines.no_index || values.flag("no-index")?) {
            settings.indexes = values.indexes(default)?;
        }
        Ok(settings)
    }
}

fn bundle(environment: &Environment) -> Option<PathBuf> {
    let names = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"];
    names
        .iter()
        .find_map(|name| environment.get(name))
        .map(PathBuf::from)
}

struct Values<'a> {
    config: &'a Config,
    options: &'a Options,
}

impl Values<'_> {
    fn indexes(&self, default: impl FnOnce() -> Option<String>) -> Result<Vec<(Address, Origin)>, Error> {
        let Options {
            index_url,
            extra_index_url,
            lines,
            ..
        } = self.options;
        let first = lines
            .index_url
            .clone()
            .or_else(|| index_url.clone().map(|url| (url, Origin::CommandLine)))
            .or_else(|| {
                self.config
                    .get("index-url")
                    .map(|found| (found.value.clone(), found.origin.clone()))
            })
            .or_else(|| default().map(|url| (url, Origin::BuiltIn)))
            .ok_or(Error::NoIndex)?;
        let mut further = if extra_index_url.is_empty() {
            self.words("extra-index-url")
        } else {
            extra_index_url
                .iter()
                .map(|url| (url.clone(), Origin::CommandLine))
                .collect()
        };
        further.extend(lines.extra_index_urls.iter().cloned());
        let mut found: Vec<(Address, Origin)> = Vec::new();
        for (text, origin) in std::iter::once(first).chain(further) {
            let address = location(&text, &origin)?;
            if !found.iter().any(|(known, _)| *known == address) {
                found.push((address, origin));
            }
        }
        Ok(found)
    }

    fn pinned(&self) -> Result<BTreeMap<String, Address>, Error> {
        let pinned = self.options.pinned.iter();
        pinned
            .map(|(project, url)| Ok((project.clone(), location(url, &Origin::CommandLine)?)))
            .collect()
    }

    fn find_links(&self) -> Result<Vec<(Address, Origin)>, Error> {
        let mut places = if self.options.find_links.is_empty() {
            self.words("find-links")
        } else {
            self.options
                .find_links
                .iter()
                .map(|place| (place.clone(), Origin::CommandLine))
                .collect()
        };
        places.extend(self.options.lines.find_links.iter().cloned());
        places
            .into_iter()
            .map(|(text, origin)| Ok((location(&text, &origin)?, origin)))
            .collect()
    }

    fn trusted_hosts(&self) -> Vec<String> {
        let configured = self.words("trusted-host").into_iter().map(|(host, _)| host);
        let given = self
            .options
            .trusted_host
            .iter()
            .chain(&self.options.lines.trusted_hosts)
            .cloned();
        configured
            .chain(given)
            .map(|host| host.to_ascii_lowercase())
            .collect()
    }

    fn words(&self, key: &str) -> Vec<(String, Origin)> {
        let Some(Setting { value, origin, .. }) = self.config.get(key) else {
            return Vec::new();
        };
        value
            .split_whitespace()
            .map(|word| (word.to_owned(), origin.clone()))
            .collect()
    }

    fn names(&self, key: &str) -> Vec<String> {
        let value = self
            .config
            .get(key)
            .map(|setting| setting.value.as_str())
            .unwrap_or_default();
        value
            .split([',', ' ', '\n'])
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn path(&self, given: Option<&PathBuf>, key: &str) -> Option<PathBuf> {
        given
            .cloned()
            .or_else(|| self.config.get(key).map(|setting| PathBuf::from(&setting.value)))
    }

    /// Booleans as pip's `strtobool` knows them.
    fn flag(&self, key: &str) -> Result<bool, Error> {
        let Some(setting) = self.config.get(key) else {
            return Ok(false);
        };
        match setting.value.to_ascii_lowercase().as_str() {
            "y" | "yes" | "t" | "true" | "on" | "1" => Ok(true),
            "n" | "no" | "f" | "false" | "off" | "0" => Ok(false),
            _ => Err(Error::Value {
                setting: setting.clone(),
                expected: "yes or no",
            }),
        }
    }

    fn timeout(&self) -> Result<Option<Duration>, Error> {
        if let Some(seconds) = self.options.timeout {
            return Ok(Some(seconds_of(seconds).unwrap_or(Duration::from_secs(15))));
        }
        let Some(setting) = self
            .config
            .get("timeout")
            .or_else(|| self.config.get("default-timeout"))
        else {
            return Ok(None);
        };
        let seconds = setting.value.parse().ok().and_then(seconds_of);
        seconds.map(Some).ok_or_else(|| Error::Value {
            setting: setting.clone(),
            expected: "seconds",
        })
    }

    fn retries(&self) -> Result<Option<u32>, Error> {
        if self.options.retries.is_some() {
            return Ok(self.options.retries);
        }
        let Some(setting) = self.config.get("retries") else {
            return Ok(None);
        };
        let number = setting.value.parse().ok();
        number.map(Some).ok_or_else(|| Error::Value {
            setting: setting.clone(),
            expected: "a number",
        })
    }
}

/// A positive duration that a clock can bear.
fn seconds_of(seconds: f64) -> Option<Duration> {
    (seconds > 0.0 && seconds < 1e6).then(|| Duration::from_secs_f64(seconds))
}

/// An address, or a path of this machine.
fn location(text: &str, origin: &Origin) -> Result<Address, Error> {
    if text.contains("://") || text.starts_with("file:") {
        let text = match text.strip_prefix("file:") {
            Some(path) if !path.starts_with("//") => format!("file://{path}"),
            _ => text.to_owned(),
        };
        return Address::parse(&text).map_err(|source| Error::BadAddress {
            origin: origin.clone(),
            source,
        });
    }
    let path = std::path::absolute(Path::new(text)).map_err(|source| Error::Io {
        path: PathBuf::from(text),
        source,
    })?;
    Ok(Address::of_path(&path))
}
