//! Host names, looked up once: a run has many requests for few hosts, and the library would look
//! each up again before it even looks into its pool of connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::Builder;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an answer is good.
const FRESH: Duration = Duration::from_secs(60);

/// The answer for one host; whoever holds it is looking it up.
type Slot = Arc<Mutex<Option<(Instant, ResolvedSocketAddrs)>>>;

/// Asks the system, and remembers for a while.
#[derive(Debug, Default)]
pub(super) struct Remembering {
    known: Mutex<HashMap<String, Slot>>,
}

impl Remembering {
    fn slot(&self, uri: &Uri) -> Slot {
        let host = format!("{:?} {:?}", uri.scheme(), uri.authority());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(host).or_default().clone()
    }
}

impl Resolver for Remembering {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let slot = self.slot(uri);
        let mut answer = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, addresses)) = &*answer
            && when.elapsed() < FRESH
        {
            return Ok(addresses.clone());
        }
        let addresses = look_up(uri, config, timeout)?;
        *answer = Some((Instant::now(), addresses.clone()));
        Ok(addresses)
    }
}

/// Asks the system, on a thread that nobody waits for longer than the limit says.
///
/// The library would start one itself, and end in a panic where there is none to be had. Here it is then asked without
/// a limit but the system's own.
fn look_up(uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
    let (send, receive) = mpsc::sync_channel(1);
    let (host, wanted) = (uri.clone(), config.clone());
    let unlimited = NextTimeout::default();
    let ask = move || {
        send.send(DefaultResolver::default().resolve(&host, &wanted, unlimited))
            .ok()
    };
    if Builder::new().spawn(ask).is_err() {
        return DefaultResolver::default().resolve(uri, config, unlimited);
    }
    receive
        .recv_timeout(*timeout.after)
        .unwrap_or(Err(ureq::Error::Timeout(timeout.reason)))
}
