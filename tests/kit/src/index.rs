//! A package index on loopback, with every fault a test may want.
//!
//! ```
//! use kit::index::{Fault, Index, Times};
//!
//! let index = Index::start();
//! index.add("sampleproject-1.0.tar.gz", b"made up".to_vec());
//! index.fault("/files/", Fault::Cut { after: 3 }, Times::First(1));
//! assert!(index.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(index.requests().len(), 0);
//! ```

mod http;
mod pages;
mod serve;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use pages::Published;

/// How the server behaves for everybody, changed at any time with [`Index::set`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// Answers pages as JSON to those who accept it.
    pub json: bool,
    /// Answers pages as HTML to those who accept it.
    pub html: bool,
    /// Serves `FILE.metadata` beside each wheel.
    pub metadata: bool,
    /// Says on the page that `FILE.metadata` is there.
    pub announce_metadata: bool,
    /// Puts hashes on the page.
    pub hashes: bool,
    /// Puts sizes on JSON pages.
    pub sizes: bool,
    /// Honours `Range`.
    pub ranges: bool,
    /// Sends `ETag` and honours `If-None-Match` and `If-Range`.
    pub etag: bool,
    /// For how many seconds pages hold by their own word.
    pub max_age: Option<u32>,
    /// Compresses pages for those who accept it.
    pub gzip: bool,
    /// User name and password that every request must carry.
    pub auth: Option<(String, String)>,
    /// How long each answer takes to begin.
    pub latency: Duration,
    /// What pages say of their projects (PEP 792), `None` for nothing.
    pub status: Option<String>,
    /// The pages that pages say they track (PEP 708); `{}` stands for the project.
    pub tracks: Vec<String>,
    /// Where pages say that their projects are as well (PEP 708); `{}` stands for the project.
    pub alternates: Vec<String>,
    /// Where pages say that files are, `None` for this server.
    pub files_at: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            json: true,
            html: true,
            metadata: true,
            announce_metadata: true,
            hashes: true,
            sizes: true,
            ranges: true,
            etag: true,
            max_age: None,
            gzip: true,
            auth: None,
            latency: Duration::ZERO,
            status: None,
            tracks: Vec::new(),
            alternates: Vec::new(),
            files_at: None,
        }
    }
}

/// What goes wrong with an answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection closes after this many bytes of the body.
    Cut {
        /// Bytes of the body that still arrive.
        after: usize,
    },
    /// `Content-Length` is wrong by this much.
    LyingLength(i64),
    /// A login page with status 200, as a captive portal sends it.
    Html,
    /// This status, with an empty body.
    Status(u16),
    /// This status with `Retry-After` in seconds.
    RetryAfter(u16, u32),
    /// The body drips: this many bytes, then this pause, again and again.
    Drip {
        /// Bytes sent at a time.
        bytes: usize,
        /// Pause after each.
        pause: Duration,
    },
    /// A redirect to this URL; the path of the request is appended when it ends in `/`.
    Redirect(String),
    /// Other bytes of the same length.
    ChangedBytes,
    /// Only the first half of the body, with a `Content-Length` that agrees.
    Truncated,
    /// `Range` is ignored: 200 with everything.
    IgnoreRange,
    /// A 206 that starts somewhere else and says so.
    WrongRange,
    /// The body is compressed and says so, though nobody asked.
    Gzip,
    /// The connection closes before any answer.
    NoAnswer,
}

/// For how many requests a fault holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// For this many.
    First(u32),
    /// For all.
    Always,
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, mostly.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, values as sent.
    pub headers: Vec<(String, String)>,
    /// The status that was answered; 0 when the connection was cut instead.
    pub status: u16,
    /// Bytes of the body that were sent.
    pub sent: usize,
}

impl Request {
    /// Value of the header with this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
struct State {
    settings: Settings,
    files: Vec<Published>,
    faults: Vec<(String, Fault, Times)>,
    requests: Vec<Request>,
    connections: usize,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    stop: AtomicBool,
    address: SocketAddr,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running server. It stops when dropped.
#[derive(Debug)]
pub struct Index {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Index {
    /// Starts a server on a free port of 127.0.0.1 with the default [`Settings`].
    pub fn start() -> Self {
        Self::start_with(Settings::default())
    }

    /// Starts a server that behaves as `settings` say.
    #[expect(
        clippy::missing_panics_doc,
        reason = "tests only: without loopback nothing can be tested"
    )]
    pub fn start_with(settings: Settings) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Mutex::new(State {
            settings,
            ..State::default()
        });
        let shared = Arc::new(Shared {
            state,
            stop: AtomicBool::new(false),
            address,
        });
        let server = Arc::clone(&shared);
        let thread = std::thread::spawn(move || serve::accept(&listener, &server));
        Self {
            shared,
            thread: Some(thread),
        }
    }

    /// Address of the simple API, as `--index-url` takes it.
    pub fn url(&self) -> String {
        format!("http://{}/simple/", self.shared.address)
    }

    /// Address of the same with credentials in it.
    pub fn url_with(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@{}/simple/", self.shared.address)
    }

    /// Address of the server itself, with a slash at its end.
    pub fn base(&self) -> String {
        format!("http://{}/", self.shared.address)
    }

    /// Address of a plain page of links to all files, as `--find-links` takes it.
    pub fn links_url(&self) -> String {
        format!("http://{}/links/", self.shared.address)
    }

    /// Address where the file of this name is served.
    pub fn file_url(&self, name: &str) -> String {
        format!("http://{}/files/{name}", self.shared.address)
    }

    /// Publishes a file. A wheel's `METADATA` is read from its bytes.
    pub fn add(&self, name: &str, bytes: Vec<u8>) {
        self.publish(Published::new(name, bytes));
    }

    /// Publishes a file with everything that a page may say about it. A file of that name is replaced.
    pub fn publish(&self, file: Published) {
        let mut state = self.shared.state();
        state.files.retain(|old| old.name != file.name);
        state.files.push(file);
    }

    /// Withdraws a file.
    pub fn remove(&self, name: &str) {
        self.shared.state().files.retain(|file| file.name != name);
    }

    /// Changes the settings.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shared.state().settings);
    }

    /// Makes answers to requests whose path contains `part` go wrong.
    pub fn fault(&self, part: &str, fault: Fault, times: Times) {
        self.shared.state().faults.push((part.to_owned(), fault, times));
    }

    /// Lets everything go well again.
    pub fn heal(&self) {
        self.shared.state().faults.clear();
    }

    /// All requests so far, in the order of their arrival.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// How many requests there were whose path contains `part`.
    pub fn count(&self, part: &str) -> usize {
        self.shared
            .state()
            .requests
            .iter()
            .filter(|request| request.path.contains(part))
            .count()
    }

    /// How many connections there were, the one that stops the server aside.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.shared.state().requests.clear();
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection; if that fails it is not waiting.
        let _ = TcpStream::connect_timeout(&self.shared.address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
