//! From a request to what is sent back.

use std::io::{self, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::http::{self, Answer, Delivery};
use super::pages::{self, Published};
use super::{Fault, Request, Settings, Shared, State, Times};

const JSON: &str = "application/vnd.pypi.simple.v1+json";
const HTML: &str = "application/vnd.pypi.simple.v1+html";

/// How long a connection may be idle: longer than any test, shorter than forever.
const IDLE: Duration = Duration::from_secs(60);

/// Takes connections until told to stop, each in a thread of its own.
pub(super) fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        shared.state().connections += 1;
        let shared = Arc::clone(shared);
        // A peer that goes away in the middle is an ordinary end here.
        std::thread::spawn(move || drop(converse(stream, &shared)));
    }
}

fn converse(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some((method, path, headers)) = http::read_head(&mut reader)? {
        if shared.stop.load(Ordering::SeqCst) {
            return Ok(());
        }
        let head_only = method == "HEAD";
        let mut request = Request {
            method,
            path,
            headers,
            status: 0,
            sent: 0,
        };
        let (answer, how, latency) = {
            let mut state = shared.state();
            let (answer, how) = decide(&mut state, &request, &format!("http://{}/", shared.address));
            // Logged before it is sent, so that whoever has the answer finds it in the log.
            request.status = answer.as_ref().map_or(0, |answer| answer.status);
            request.sent = answer.as_ref().map_or(0, |answer| how.length(answer, head_only));
            state.requests.push(request);
            (answer, how, state.settings.latency)
        };
        std::thread::sleep(latency);
        let Some(answer) = answer else { return Ok(()) };
        if !http::write(&mut stream, &answer, head_only, how)? {
            return Ok(());
        }
    }
    Ok(())
}

/// The answer to a request with its fault done to it; `None` closes the connection.
fn decide(state: &mut State, request: &Request, base: &str) -> (Option<Answer>, Delivery) {
    let fault = take_fault(state, &request.path);
    let good = |request: &Request| answer(state, request, base);
    let mut how = Delivery::default();
    let given = match fault {
        None => good(request),
        Some(Fault::NoAnswer) => return (None, how),
        Some(Fault::Status(status)) => Answer::new(status, "text/plain", ""),
        Some(Fault::RetryAfter(status, seconds)) => {
            Answer::new(status, "text/plain", "").with("Retry-After", seconds.to_string())
        }
        Some(Fault::Html) => Answer::new(200, "text/html", "<html><body>Please log in.</body></html>"),
        Some(Fault::Redirect(to)) => redirect(&to, &request.path),
        Some(Fault::Cut { after }) => {
            how.cut_after = Some(after);
            good(request)
        }
        Some(Fault::LyingLength(error)) => {
            how.length_error = error;
            good(request)
        }
        Some(Fault::Drip { bytes, pause }) => {
            how.drip = Some((bytes, pause));
            good(request)
        }
        Some(Fault::ChangedBytes) => changed(good(request)),
        Some(Fault::Truncated) => truncated(good(request)),
        Some(Fault::Gzip) => compressed(good(request)),
        Some(Fault::IgnoreRange) => good(&without_range(request)),
        Some(Fault::WrongRange) => wrong_range(good(&without_range(request))),
    };
    (Some(given), how)
}

fn take_fault(state: &mut State, path: &str) -> Option<Fault> {
    for (part, fault, times) in &mut state.faults {
        if !path.contains(part.as_str()) {
            continue;
        }
        match times {
            Times::Always => return Some(fault.clone()),
            Times::First(0) => {}
            Times::First(left) => {
                *left -= 1;
                return Some(fault.clone());
            }
        }
    }
    None
}

fn redirect(to: &str, path: &str) -> Answer {
    let place = if to.ends_with('/') {
        format!("{to}{}", path.trim_start_matches('/'))
    } else {
        to.to_owned()
    };
    Answer::new(302, "text/plain", "").with("Location", place)
}

fn changed(mut answer: Answer) -> Answer {
    for byte in &mut answer.body {
        *byte ^= 0x55;
    }
    answer
}

fn truncated(mut answer: Answer) -> Answer {
    answer.body.truncate(answer.body.len() / 2);
    answer
}

fn compressed(mut answer: Answer) -> Answer {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    if encoder.write_all(&answer.body).is_ok() {
        answer.body = encoder.finish().unwrap_or_default();
    }
    answer.with("Content-Encoding", "gzip")
}

fn without_range(request: &Request) -> Request {
    let mut request = request.clone();
    request.headers.retain(|(name, _)| name != "range");
    request
}

fn wrong_range(mut answer: Answer) -> Answer {
    let total = answer.body.len();
    let start = total.min(1);
    answer.status = 206;
    answer.body.drain(..start);
    answer.with(
        "Content-Range",
        format!("bytes {start}-{}/{total}", total.saturating_sub(1)),
    )
}

fn answer(state: &State, request: &Request, base: &str) -> Answer {
    if !allowed(&state.settings, request) {
        return Answer::new(401, "text/plain", "").with("WWW-Authenticate", "Basic realm=\"index\"");
    }
    let path = request.path.split(['?', '#']).next().unwrap_or_default();
    let path = of_proxy(path);
    if let Some(name) = path.strip_prefix("/files/") {
        return file(state, request, name);
    }
    if path == "/links/" {
        let all: Vec<&Published> = state.files.iter().collect();
        let page = pages::html_page("all", &all, &state.settings, base);
        return Answer::new(200, "text/html; charset=utf-8", page);
    }
    match path
        .strip_prefix("/simple/")
        .map(|rest| rest.trim_end_matches('/'))
    {
        Some(project) => project_page(state, request, project, base),
        None => Answer::new(404, "text/plain", "no such page"),
    }
}

/// The path of an address as it is asked of a proxy: everything behind it is this server.
fn of_proxy(address: &str) -> &str {
    match address.strip_prefix("http://") {
        Some(rest) => &rest[rest.find('/').unwrap_or(rest.len())..],
        None => address,
    }
}

fn allowed(settings: &Settings, request: &Request) -> bool {
    let Some((user, password)) = &settings.auth else {
        return true;
    };
    let wanted = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    request.header("authorization") == Some(&wanted)
}

fn project_page(state: &State, request: &Request, project: &str, base: &str) -> Answer {
    let settings = &state.settings;
    let files: Vec<&Published> = state
        .files
        .iter()
        .filter(|file| file.project == project)
        .collect();
    if files.is_empty() {
        return Answer::new(404, "text/plain", "no such project");
    }
    let base = settings.files_at.as_deref().unwrap_or(base);
    let accept = request.header("accept").unwrap_or("*/*");
    let made = if settings.json && accept.contains(JSON) {
        Answer::new(200, JSON, pages::json_page(project, &files, settings, base))
    } else if settings.html && (accept.contains("html") || accept.contains("*/*")) {
        let kind = if accept.contains(HTML) {
            HTML
        } else {
            "text/html; charset=utf-8"
        };
        Answer::new(200, kind, pages::html_page(project, &files, settings, base))
    } else {
        Answer::new(406, "text/plain", "")
    };
    let etag = format!("\"{}\"", &crate::sha256(&made.body)[..16]);
    let mut made = validated(made, &etag, settings, request);
    if let Some(seconds) = settings.max_age {
        made = made.with("Cache-Control", format!("max-age={seconds}"));
    }
    let gzip = request
        .header("accept-encoding")
        .is_some_and(|codings| codings.contains("gzip"));
    if settings.gzip && gzip && made.status == 200 {
        compressed(made)
    } else {
        made
    }
}

fn validated(answer: Answer, etag: &str, settings: &Settings, request: &Request) -> Answer {
    if !settings.etag {
        return answer;
    }
    if request.header("if-none-match") == Some(etag) {
        return Answer::new(304, "text/plain", "").with("ETag", etag);
    }
    answer.with("ETag", etag)
}

fn file(state: &State, request: &Request, name: &str) -> Answer {
    if let Some(wheel) = name.strip_suffix(".metadata") {
        let found = state
            .files
            .iter()
            .find(|file| file.name == wheel && state.settings.metadata);
        return match found.and_then(|file| file.metadata.clone()) {
            Some(metadata) => Answer::new(200, "application/octet-stream", metadata),
            None => Answer::new(404, "text/plain", ""),
        };
    }
    let Some(file) = state.files.iter().find(|file| file.name == name) else {
        return Answer::new(404, "text/plain", "no such file");
    };
    let whole = Answer::new(200, "application/octet-stream", file.bytes.clone());
    let whole = validated(whole, &file.etag(), &state.settings, request);
    match request.header("range") {
        Some(range) if state.settings.ranges && whole.status == 200 && same(request, file) => {
            part(whole, range)
        }
        _ => whole,
    }
}

fn same(request: &Request, file: &Published) -> bool {
    request
        .header("if-range")
        .is_none_or(|validator| validator == file.etag())
}

/// The part of a whole answer that a `Range` of one piece asks for.
fn part(mut whole: Answer, range: &str) -> Answer {
    let total = whole.body.len();
    let Some((start, end)) = bounds(range, total) else {
        return whole;
    };
    if start >= total {
        return Answer::new(416, "text/plain", "").with("Content-Range", format!("bytes */{total}"));
    }
    whole.status = 206;
    whole.body = whole.body[start..=end].to_vec();
    whole.with("Content-Range", format!("bytes {start}-{end}/{total}"))
}

/// First and last byte of `bytes=a-b`, `bytes=a-` and `bytes=-n`.
fn bounds(range: &str, total: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let last = total.saturating_sub(1);
    if from.is_empty() {
        let length: usize = to.parse().ok()?;
        return Some((total.saturating_sub(length), last));
    }
    let end = if to.is_empty() {
        last
    } else {
        to.parse::<usize>().ok()?.min(last)
    };
    Some((from.parse().ok()?, end))
}
