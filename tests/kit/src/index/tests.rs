use super::*;
use std::io::{Read, Write};

fn get(index: &Index, path: &str, headers: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(index.shared.address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(answer.len(), |at| at + 4);
    (
        String::from_utf8_lossy(&answer[..end]).into_owned(),
        answer[end..].to_vec(),
    )
}

fn sample() -> Index {
    let index = Index::start();
    index.add("Sample_Project-1.0.tar.gz", b"0123456789".to_vec());
    index
}

#[test]
fn pages_are_negotiated() {
    let index = sample();
    let (head, body) = get(
        &index,
        "/simple/sample-project/",
        "Accept: application/vnd.pypi.simple.v1+json\r\n",
    );
    assert!(head.contains("application/vnd.pypi.simple.v1+json"), "{head}");
    let page: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(page["files"][0]["size"], 10);
    assert_eq!(page["versions"][0], "1.0");
    let (_, body) = get(&index, "/simple/sample-project/", "Accept: text/html\r\n");
    assert!(String::from_utf8(body).unwrap().contains("#sha256="));
    assert!(get(&index, "/simple/other/", "").0.contains(" 404 "));
}

#[test]
fn ranges_are_honoured_or_not() {
    let index = sample();
    let path = "/files/Sample_Project-1.0.tar.gz";
    let (head, body) = get(&index, path, "Range: bytes=3-5\r\n");
    assert!(head.contains("206") && head.contains("bytes 3-5/10"), "{head}");
    assert_eq!(body, b"345");
    assert_eq!(get(&index, path, "Range: bytes=-2\r\n").1, b"89");
    assert!(get(&index, path, "Range: bytes=10-\r\n").0.contains("416"));
    assert_eq!(
        get(&index, path, "Range: bytes=3-\r\nIf-Range: \"old\"\r\n").1,
        b"0123456789"
    );
    index.set(|settings| settings.ranges = false);
    assert_eq!(get(&index, path, "Range: bytes=3-5\r\n").1, b"0123456789");
}

#[test]
fn faults_hold_as_often_as_asked() {
    let index = sample();
    let path = "/files/Sample_Project-1.0.tar.gz";
    index.fault("/files/", Fault::Cut { after: 4 }, Times::First(1));
    assert_eq!(get(&index, path, "").1, b"0123");
    assert_eq!(get(&index, path, "").1, b"0123456789");
    index.fault("/files/", Fault::RetryAfter(429, 7), Times::Always);
    assert!(get(&index, path, "").0.contains("Retry-After: 7"));
    index.heal();
    assert!(get(&index, path, "").0.contains(" 200 "));
    assert_eq!(index.count("/files/"), 4);
    assert_eq!(index.requests()[0].sent, 4);
}

#[test]
fn credentials_are_asked_for() {
    let index = sample();
    index.set(|settings| settings.auth = Some(("u".into(), "p".into())));
    assert!(get(&index, "/simple/sample-project/", "").0.contains(" 401 "));
    assert!(
        get(&index, "/simple/sample-project/", "Authorization: Basic dTpw\r\n")
            .0
            .contains(" 200 ")
    );
}
