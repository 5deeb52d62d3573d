//! Who asks, again and again, and compares.

use std::{
    collections::BTreeSet,
    io::{self, Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How many ask at the same time.
const VISITORS: usize = 3;

/// How long they ask at most, should the test hang.
const LONGEST: Duration = Duration::from_secs(900);

/// What an answer says.
pub(super) struct Answer {
    /// The page's text.
    pub(super) text: String,
    /// The release that the code is of.
    pub(super) id: String,
    /// Whether the interpreter is of the same release.
    pub(super) whole: bool,
}

/// Asks once. Code of one release on the environment of another is a panic.
pub(super) fn ask(port: u16, path: &str) -> io::Result<Answer> {
    let answer = look(port, path)?;
    assert!(answer.whole, "code of {} in another environment", answer.id);
    Ok(answer)
}

/// Asks once, and takes what comes.
pub(super) fn look(port: u16, path: &str) -> io::Result<Answer> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(
        connection,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let Some(("HTTP/1.1 200 OK", rest)) = answer.split_once("\r\n") else {
        return Err(io::Error::other(format!("no answer but {answer:?}")));
    };
    let (_, body) = rest.split_once("\r\n\r\n").unwrap();
    let parts: Vec<_> = body.split('\n').collect();
    let [text, id, prefix] = parts[..] else {
        panic!("half a page: {body:?}")
    };
    Ok(Answer {
        text: text.to_owned(),
        id: id.to_owned(),
        whole: prefix.ends_with(&format!("/releases/{id}/venv")),
    })
}

/// Some who ask until they are told to leave.
pub(super) struct Visitors {
    done: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Seen>>,
}

/// What they saw.
#[derive(Default)]
pub(super) struct Seen {
    answers: usize,
    releases: BTreeSet<String>,
}

impl Visitors {
    /// Has them ask, so that at any moment a request is in flight.
    pub(super) fn at(port: u16) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let visit = move |done: Arc<AtomicBool>| {
            let (mut seen, start) = (Seen::default(), Instant::now());
            while !done.load(Ordering::Relaxed) && start.elapsed() < LONGEST {
                // One that is lost, or half, ends the test.
                seen.releases.insert(ask(port, "/?sleep=0.02").unwrap().id);
                seen.answers += 1;
            }
            seen
        };
        let threads = (0..VISITORS).map(|_| Arc::clone(&done));
        let threads = threads
            .map(|done| std::thread::spawn(move || visit(done)))
            .collect();
        Self { done, threads }
    }

    /// Lets them go; fails if one of them lost a request.
    pub(super) fn leave(mut self) -> Seen {
        self.done.store(true, Ordering::Relaxed);
        let seen = self
            .threads
            .drain(..)
            .map(|thread| thread.join().expect("no request is lost"));
        seen.fold(Seen::default(), Seen::with)
    }
}

impl Drop for Visitors {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
    }
}

impl Seen {
    fn with(mut self, other: Self) -> Self {
        self.answers += other.answers;
        self.releases.extend(other.releases);
        self
    }

    /// Insists on answers of exactly these releases, and more of them than there were switches.
    pub(super) fn saw(&self, releases: &[String], switches: usize) {
        assert!(self.releases.iter().eq(releases), "{:?}", self.releases);
        assert!(self.answers > switches, "{} answers", self.answers);
    }
}
