//! Plain http through a proxy: it is asked for the whole address (RFC 9112, section 3.2.2). Only https needs a tunnel, and
//! many proxies open one to no other port than 443.

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, RustlsConnector, Transport,
};

use super::resolver::Remembering;

/// Finds the proxy, whatever is asked for.
#[derive(Debug)]
pub(super) struct Towards {
    system: Remembering,
    proxy: Uri,
}

impl Towards {
    pub(super) fn new(proxy: &Uri) -> Self {
        Self {
            system: Remembering::default(),
            proxy: proxy.clone(),
        }
    }
}

impl Resolver for Towards {
    fn resolve(
        &self,
        _: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        self.system.resolve(&self.proxy, config, timeout)
    }
}

/// Speaks TLS with a proxy whose address is https.
#[derive(Debug)]
pub(super) struct Secured {
    tls: RustlsConnector,
    proxy: Uri,
}

impl Secured {
    pub(super) fn new(proxy: &Uri) -> Self {
        Self {
            tls: RustlsConnector::default(),
            proxy: proxy.clone(),
        }
    }
}

impl<In: Transport> Connector<In> for Secured {
    type Out = <RustlsConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails,
        inner: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let towards = ConnectionDetails {
            uri: &self.proxy,
            addrs: details.addrs.clone(),
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
            ..*details
        };
        self.tls.connect(&towards, inner)
    }
}

/// Makes each connection one to a proxy.
#[derive(Debug)]
pub(super) struct Forwarding;

impl<In: Transport> Connector<In> for Forwarding {
    type Out = Asking<In>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        inner: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let authority = details.uri.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit('@').next().unwrap_or(authority);
        Ok(inner.map(|inner| Asking {
            inner,
            origin: format!("http://{host}").into_bytes(),
        }))
    }
}

/// A connection that asks for whole addresses.
#[derive(Debug)]
pub(super) struct Asking<In> {
    inner: In,
    /// What a path is put behind: `http://index.example.com`.
    origin: Vec<u8>,
}

/// All that is ever sent begins so: requests without a body, each at once.
const START: &[u8] = b"GET /";

impl<In: Transport> Transport for Asking<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let output = self.inner.buffers().output();
        let longer = amount + self.origin.len();
        if !output.starts_with(START) || longer > output.len() {
            return self.inner.transmit_output(amount, timeout);
        }
        let path = START.len() - 1;
        output.copy_within(path..amount, path + self.origin.len());
        output[path..path + self.origin.len()].copy_from_slice(&self.origin);
        self.inner.transmit_output(longer, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }
}
