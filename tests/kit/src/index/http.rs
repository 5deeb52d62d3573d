//! Just enough HTTP/1.1: reads a request, writes an answer.

use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer before faults are done to it.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// How the body leaves.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Delivery {
    /// Added to the true length in `Content-Length`.
    pub(super) length_error: i64,
    /// Closes after so many bytes.
    pub(super) cut_after: Option<usize>,
    /// Sends so many bytes, then pauses so long.
    pub(super) drip: Option<(usize, Duration)>,
}

impl Delivery {
    /// Bytes of the body that leave.
    pub(super) fn length(&self, answer: &Answer, head_only: bool) -> usize {
        let all = if head_only { 0 } else { answer.body.len() };
        self.cut_after.unwrap_or(usize::MAX).min(all)
    }
}

/// Method, path and headers (names in lower case) of a request.
pub(super) type Head = (String, String, Vec<(String, String)>);

/// Reads one request's head; `None` when the peer has closed. Bodies are not expected.
pub(super) fn read_head(from: &mut impl BufRead) -> io::Result<Option<Head>> {
    let Some(first) = read_line(from)? else {
        return Ok(None);
    };
    let mut words = first.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    while let Some(line) = read_line(from)? {
        if line.is_empty() {
            return Ok(Some((method, path, headers)));
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    Ok(None)
}

fn read_line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let length = from.by_ref().take(64 * 1024).read_until(b'\n', &mut line)?;
    if length == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
}

/// Writes an answer; says whether the connection goes on.
pub(super) fn write(to: &mut TcpStream, answer: &Answer, head_only: bool, how: Delivery) -> io::Result<bool> {
    let length = i64::try_from(answer.body.len()).unwrap_or(i64::MAX) + how.length_error;
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {length}\r\n\r\n"));
    to.write_all(head.as_bytes())?;
    let end = how.length(answer, head_only);
    send_body(to, &answer.body[..end], how.drip)?;
    // A peer that was promised more than it got must see the end of the connection.
    Ok(head_only || end == answer.body.len() && how.length_error == 0)
}

fn send_body(to: &mut TcpStream, body: &[u8], drip: Option<(usize, Duration)>) -> io::Result<()> {
    let Some((bytes, pause)) = drip else {
        return to.write_all(body);
    };
    for piece in body.chunks(bytes.max(1)) {
        to.write_all(piece)?;
        std::thread::sleep(pause);
    }
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        302 => "Found",
        304 => "Not Modified",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        406 => "Not Acceptable",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
