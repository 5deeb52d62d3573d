//! Connections: one pool for each way of trusting and of going through a proxy.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig};
use ureq::unversioned::transport::{Connector as _, DefaultConnector, TcpConnector};

use super::forward::{Forwarding, Secured, Towards};
use super::resolver::Remembering;
use crate::config::{Environment, Settings};
use crate::{Address, Error};

/// How an address is reached.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) agent: ureq::Agent,
    /// What the proxy is told of who we are, where that is not said when a tunnel is opened.
    pub(super) proxy_authorization: Option<String>,
}

/// What ways differ in: the proxy, whether it is asked for whole addresses, whether certificates go unchecked.
type Kind = (Option<String>, bool, bool);

/// Ways of reaching addresses, made when first needed.
#[derive(Debug)]
pub(super) struct Agents {
    made: Mutex<HashMap<Kind, Way>>,
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

    /// The way to an address.
    pub(super) fn of(&self, url: &Address) -> Result<Way, Error> {
        let proxy = self.proxy_for(url);
        let trusting = self
            .trusted_hosts
            .iter()
            .any(|host| host == url.host() || host == url.authority());
        let forwards = proxy.is_some() && url.scheme() == "http";
        let kind = (proxy, forwards, trusting);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) = made.get(&kind) {
            return Ok(way.clone());
        }
        let way = self.make(&kind)?;
        made.insert(kind, way.clone());
        Ok(way)
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

    fn make(&self, (proxy, forwards, trusting): &Kind) -> Result<Way, Error> {
        let proxy = proxy.as_deref();
        let proxy = proxy
            .map(ureq::Proxy::new)
            .transpose()
            .map_err(|_| Error::Proxy {
                proxy: crate::without_credentials(proxy.unwrap_or_default()),
            })?;
        let forwarding = proxy.as_ref().filter(|proxy| *forwards && is_of_http(proxy));
        let roots = match &self.cert {
            Some(path) => RootCerts::Specific(Arc::new(authorities(path)?)),
            None => RootCerts::PlatformVerifier,
        };
        let client = self.client_cert.as_deref().map(client_certificate).transpose()?;
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .client_cert(client)
            // Whoever is trusted without a certificate, it is not the proxy.
            .disable_verification(*trusting && forwarding.is_none());
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .proxy(proxy.clone().filter(|_| forwarding.is_none()))
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
        let agent = match forwarding {
            Some(proxy) => {
                let connector = TcpConnector::default()
                    .chain(Secured::new(proxy.uri()))
                    .chain(Forwarding);
                ureq::Agent::with_parts(config, connector, Towards::new(proxy.uri()))
            }
            None => ureq::Agent::with_parts(config, DefaultConnector::default(), Remembering::default()),
        };
        Ok(Way {
            agent,
            proxy_authorization: forwarding.and_then(authorization),
        })
    }
}

/// Says whether a proxy can be asked for whole addresses; others pass bytes on.
fn is_of_http(proxy: &ureq::Proxy) -> bool {
    matches!(
        proxy.protocol(),
        ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https
    )
}

fn authorization(proxy: &ureq::Proxy) -> Option<String> {
    let password = proxy.password().unwrap_or_default();
    Some(super::auth::basic(proxy.username()?, password))
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
