//! Certificates: whom we trust, and what is said of others.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use index::{Address, Client, Settings};
use wire::{Fault as _, Kind};

const SERVER: &str = r#"
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path not in ("/simple/demo/", "http://index.example.com/simple/demo/"):
            return self.send_error(404)
        body = b'{"meta": {"api-version": "1.0"}, "name": "demo", "files": []}'
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("leaf.pem", "leaf.key")
if len(sys.argv) > 1:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(sys.argv[1])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
"#;

/// A server with a certificate that a made-up authority has signed.
struct Server {
    folder: tempfile::TempDir,
    child: Child,
    url: Address,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn openssl(folder: &Path, args: &str) {
    let run = Command::new("openssl")
        .args(args.split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

impl Server {
    fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one that wants to know who we are, from the authority in this file.
    fn demanding(authority: &str) -> Self {
        Self::start_with(&[authority])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(
            at,
            &format!("req -x509 {new_key} -keyout ca.key -out ca.pem -days 2 -subj /CN=made-up"),
        );
        openssl(
            at,
            &format!("req {new_key} -keyout leaf.key -out leaf.csr -subj /CN=localhost"),
        );
        fs_err::write(at.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").unwrap();
        openssl(
            at,
            "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out leaf.pem",
        );
        let mut child = Command::new("/usr/bin/python3")
            .args(["-I", "-c", SERVER])
            .args(arguments)
            .current_dir(at)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        let url = Address::parse(&format!("https://127.0.0.1:{}/simple", port.trim())).unwrap();
        Self { folder, child, url }
    }

    fn settings(&self) -> Settings {
        Settings {
            indexes: vec![(self.url.clone(), index::config::Origin::CommandLine)],
            timeout: Duration::from_secs(5),
            retries: 3,
            // A pause that nobody would wait for, were the failure tried again.
            pause: Duration::from_secs(20),
            ..Settings::default()
        }
    }
}

#[test]
fn trust_is_given_and_withheld() {
    let server = Server::start();
    let begun = std::time::Instant::now();
    let error = Client::new(server.settings()).page("demo").unwrap_err();
    assert_eq!(error.kind(), Kind::Network);
    assert!(
        error.to_string().to_lowercase().contains("certificate"),
        "{error}"
    );
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "a certificate gets no better by trying again"
    );

    let mut settings = server.settings();
    settings.cert = Some(server.folder.path().join("ca.pem"));
    assert!(Client::new(settings).page("demo").unwrap().files.is_empty());

    let mut settings = server.settings();
    settings.trusted_hosts = vec!["127.0.0.1".to_owned()];
    assert!(Client::new(settings).page("demo").unwrap().files.is_empty());
}

#[test]
fn a_server_may_want_to_know_who_we_are() {
    let server = Server::demanding("ca.pem");
    let at = server.folder.path();
    let mut settings = server.settings();
    settings.retries = 0;
    settings.cert = Some(at.join("ca.pem"));
    assert!(Client::new(settings.clone()).page("demo").is_err());
    let both = [at.join("leaf.pem"), at.join("leaf.key")].map(|part| fs_err::read_to_string(part).unwrap());
    fs_err::write(at.join("me.pem"), both.concat()).unwrap();
    settings.client_cert = Some(at.join("me.pem"));
    assert!(Client::new(settings).page("demo").unwrap().files.is_empty());
}

#[test]
fn a_proxy_may_speak_tls_itself() {
    let server = Server::start();
    let mut settings = server.settings();
    settings.retries = 0;
    settings.proxy = Some(server.url.to_string().replace("/simple", ""));
    settings.indexes[0].0 = Address::parse("http://index.example.com/simple").unwrap();
    // That the index has no certificate to look at says nothing of the proxy's.
    settings.trusted_hosts = vec!["index.example.com".to_owned()];
    let error = Client::new(settings.clone()).page("demo").unwrap_err();
    assert!(
        error.to_string().to_lowercase().contains("certificate"),
        "{error}"
    );
    settings.cert = Some(server.folder.path().join("ca.pem"));
    assert!(Client::new(settings).page("demo").unwrap().files.is_empty());
}
