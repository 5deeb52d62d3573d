//! Connections: one pool for each way of trusting and of going through a proxy.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;

use super::resolver::Remembering;
use crate::config::{Environment, Settings};
use crate::{Address, Error};

/// Agents by proxy and by whether certificates are checked, made when first needed.
#[derive(Debug)]
pub(super) struct Agents {
    made: Mutex<HashMap<(Option<String>, bool), ureq::Agent>>,
    cert: Option<PathBuf>,
    client_cert: Option<PathBuf>,
    trusted_hosts: Vec<String>,
    proxy: Option<String>,
    environment: Environment,
    timeout: Duration,
}

impl Agents {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            made: Mutex::default(),
            cert: settings.cert.clone(),
            client_cert: settings.client_cert.clone(),
            trusted_hosts: settings.trusted_hosts.clone(),
            proxy: settings.proxy.clone(),
            environment: settings.environment.clone(),
            timeout: settings.timeout,
        }
    }

    /// The agent for an address.
    pub(super) fn of(&self, url: &Address) -> Result<ureq::Agent, Error> {
        let proxy = self.proxy_for(url);
        let trusting = self
            .trusted_hosts
            .iter()
            .any(|host| host == url.host() || host == url.authority());
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = made.get(&(proxy.clone(), trusting)) {
            return Ok(agent.clone());
        }
        let agent = self.make(proxy.as_deref(), trusting)?;
        made.insert((proxy, trusting), agent.clone());
        Ok(agent)
    }

    fn proxy_for(&self, url: &Address) -> Option<String> {
        if self.proxy.is_some() {
            return self.proxy.clone();
        }
        if self
            .variable("no_proxy")
            .is_some_and(|rules| exempt(rules, url.host()))
        {
            return None;
        }
        let own = self.variable(&format!("{}_proxy", url.scheme()));
        own.or_else(|| self.variable("all_proxy")).map(str::to_owned)
    }

    /// Lower case wins, as in Python.
    fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .or_else(|| self.environment.get(&name.to_ascii_uppercase()))
    }

    fn make(&self, proxy: Option<&str>, trusting: bool) -> Result<ureq::Agent, Error> {
        let proxy = proxy
            .map(ureq::Proxy::new)
            .transpose()
            .map_err(|_| Error::Proxy {
                proxy: crate::without_credentials(proxy.unwrap_or_default()),
            })?;
        let roots = match &self.cert {
            Some(path) => RootCerts::Specific(Arc::new(authorities(path)?)),
            None => RootCerts::PlatformVerifier,
        };
        let client = self.client_cert.as_deref().map(client_certificate).transpose()?;
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .client_cert(client)
            .disable_verification(trusting);
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .proxy(proxy)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("pydeploy-tools/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(self.timeout))
            .timeout_per_read(Some(self.timeout))
            .timeout_per_write(Some(self.timeout))
            .max_idle_connections(64)
            .max_idle_connections_per_host(64)
            .build();
        let connector = DefaultConnector::default();
        Ok(ureq::Agent::with_parts(config, connector, Remembering::default()))
    }
}

/// Whether `no_proxy` exempts a host: `*`, the host itself, or a domain it is in.
fn exempt(rules: &str, host: &str) -> bool {
    rules
        .split([',', ' '])
        .map(str::trim)
        .filter(|rule| !rule.is_empty())
        .any(|rule| {
            let domain = rule
                .trim_start_matches('*')
                .trim_start_matches('.')
                .to_ascii_lowercase();
            rule == "*"
                || host == domain
                || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
        })
}

fn authorities(path: &Path) -> Result<Vec<Certificate<'static>>, Error> {
    let found: Vec<_> = pem(path)?
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Err(unusable(path, "no certificate in it"));
    }
    Ok(found)
}

fn client_certificate(path: &Path) -> Result<ClientCert, Error> {
    let mut chain = Vec::new();
    let mut key: Option<PrivateKey<'static>> = None;
    for item in pem(path)? {
        match item {
            PemItem::Certificate(certificate) => chain.push(certificate),
            PemItem::PrivateKey(found) => key = Some(found),
            _ => {}
        }
    }
    match key {
        Some(key) if !chain.is_empty() => Ok(ClientCert::new_with_certs(&chain, key)),
        _ => Err(unusable(path, "expected a certificate and its key")),
    }
}

/// The items of a PEM file, or of all files of a folder.
fn pem(path: &Path) -> Result<Vec<PemItem<'static>>, Error> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let files = if path.is_dir() {
        let entries = fs_err::read_dir(path).map_err(io)?;
        entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect()
    } else {
        vec![path.to_owned()]
    };
    let mut items = Vec::new();
    for file in files {
        let bytes = fs_err::read(&file).map_err(io)?;
        items.extend(ureq::tls::parse_pem(&bytes).filter_map(Result::ok));
    }
    Ok(items)
}

fn unusable(path: &Path, what: &str) -> Error {
    Error::Certificate {
        path: path.to_owned(),
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(variables: &[(&str, &str)]) -> Agents {
        let mut settings = Settings::default();
        for (name, value) in variables {
            settings
                .environment
                .variables
                .insert((*name).to_owned(), (*value).to_owned());
        }
        Agents::new(&settings)
    }

    #[test]
    fn proxies_go_by_scheme_and_exemption() {
        let variables = [
            ("https_proxy", "http://p:1"),
            ("HTTP_PROXY", "http://q:2"),
            ("NO_PROXY", "localhost,.example.org"),
        ];
        let agents = agents(&variables);
        let proxy = |url: &str| agents.proxy_for(&Address::parse(url).unwrap());
        assert_eq!(proxy("https://index.example.com/").as_deref(), Some("http://p:1"));
        assert_eq!(proxy("http://index.example.com/").as_deref(), Some("http://q:2"));
        assert_eq!(proxy("https://a.example.org/"), None);
        assert_eq!(proxy("https://example.org:444/"), None);
        assert_eq!(proxy("https://notexample.org/").as_deref(), Some("http://p:1"));
        assert_eq!(proxy("http://localhost:8080/"), None);
    }

    #[test]
    fn files_that_are_no_certificates_are_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = authorities(file.path()).unwrap_err().to_string();
        assert!(
            error.contains("no certificate") && error.contains(file.path().to_str().unwrap()),
            "{error}"
        );
        assert!(client_certificate(file.path()).is_err());
        assert!(matches!(
            authorities(Path::new("/nowhere/ca.pem")),
            Err(Error::Io { .. })
        ));
    }
}
