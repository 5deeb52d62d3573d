//! Host names, looked up once: a run has many requests for few hosts, and the library would look
//! each up again before it even looks into its pool of connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
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
    system: DefaultResolver,
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
        let addresses = self.system.resolve(uri, config, timeout)?;
        *answer = Some((Instant::now(), addresses.clone()));
        Ok(addresses)
    }
}
