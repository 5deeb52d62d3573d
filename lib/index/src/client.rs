//! The client: pages, metadata and files, from whichever place has them.

mod asking;
mod files;
mod links;
mod metadata;
mod projects;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use crate::FirstRequest;
use crate::cache::Cache;
use crate::config::Settings;
use crate::http::Http;
use crate::page::File;
use crate::turns::Turns;

/// Asks indexes for pages, metadata and files. All threads share one.
#[derive(Debug)]
pub struct Client {
    http: Http,
    pub(crate) settings: Settings,
    cache: Cache,
    /// Whether a page is used without asking for as long as its index has said.
    trusting: bool,
    trusted: AtomicBool,
    turns: Turns,
    /// Memory for pages that are decompressed, for each processor at most once.
    spare: Mutex<Vec<Vec<u8>>>,
    links: OnceLock<Vec<File>>,
    /// Whether a host has metadata beside its wheels although its pages do not say so.
    unsaid: Mutex<HashMap<String, bool>>,
}

impl Client {
    /// Makes a client. Nothing is asked and no certificate is read before the first request.
    pub fn new(settings: Settings) -> Self {
        let http = Http::new(&settings);
        let cache = Cache::new(settings.cache.clone());
        Self {
            http,
            settings,
            cache,
            trusting: false,
            trusted: AtomicBool::new(false),
            turns: Turns::default(),
            spare: Mutex::default(),
            links: OnceLock::new(),
            unsaid: Mutex::default(),
        }
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Uses a page that was kept without asking whether it has changed, for as long as its index has said that it holds
    /// (`Cache-Control`). Without this the index is asked each time, as pip does.
    #[must_use]
    pub fn trusting_freshness(mut self) -> Self {
        self.trusting = true;
        self
    }

    /// Whether a page was used without asking whether it has changed.
    pub fn has_trusted(&self) -> bool {
        self.trusted.load(Ordering::Relaxed)
    }

    /// Tells of the first request over the network, for those who would do more at once from then on.
    pub fn first_request(&self) -> &FirstRequest {
        self.http.first_request()
    }

    /// Does a little of what can be done at any time: writes something into the cache. `false` if nothing is left.
    pub fn do_little(&self) -> bool {
        self.cache.write_one()
    }

    /// How long an answer that is no file may take.
    fn deadline(&self) -> Duration {
        self.settings
            .timeout
            .saturating_mul(8)
            .min(self.settings.patience)
    }
}
