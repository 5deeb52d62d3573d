//! A service that stays up while releases change: one listening socket, held by the test as a supervisor holds it.

#![expect(
    clippy::disallowed_types,
    reason = "this service and its clients speak over loopback"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use kit::PYTHON;

use crate::world::Site;

/// How often the release is switched under load.
const SWITCHES: usize = 50;

/// How long the load lasts at most, should the switches fail.
const LONGEST: Duration = Duration::from_secs(60);

/// Serves its release's id and its own prefix to whoever connects to the socket that is its standard input, until
/// SIGTERM; a connection that was accepted is answered first. Many such processes can share the socket.
const SERVER: &str = r#"
import os, select, signal, socket, sys, time
stopped = []
end = time.monotonic() + 120  # Should the test fail, and stop it no more.
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
listening = socket.socket(fileno=0)
listening.setblocking(False)
while not stopped and time.monotonic() < end:
    if not select.select([listening], [], [], 0.02)[0]:
        continue
    try:
        connection = listening.accept()[0]
    except BlockingIOError:
        continue
    connection.setblocking(True)
    connection.recv(100)
    connection.sendall(f"{os.environ['RELSWITCH_ID']} {sys.prefix}".encode())
    connection.close()
"#;

/// Prints what the service at the port in its argument serves.
const PROBE: &str = r#"
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
connection.sendall(b"?")
print(connection.makefile().read())
"#;

/// A site whose releases each have the server and an environment of their own, and the socket.
struct Service {
    site: Site,
    socket: TcpListener,
}

impl Service {
    fn new() -> Self {
        let site = Site::new();
        site.world.write("probe.py", PROBE);
        site.push("server.py", SERVER);
        Self {
            site,
            socket: TcpListener::bind("127.0.0.1:0").unwrap(),
        }
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Makes a ready release with an environment in it.
    fn release(&self) -> String {
        let id = self
            .site
            .relswitch("stage main --print id")
            .succeed()
            .text()
            .trim()
            .to_owned();
        let venv = format!("app/releases/{id}/venv");
        self.site
            .world
            .run(PYTHON)
            .args(["-m", "venv", "--without-pip", &venv])
            .succeed();
        self.site.relswitch(&format!("ready {id}")).succeed();
        id
    }

    /// Starts a server in the release that is current, and waits until it answers beside the others.
    fn start(&self, id: &str) -> Child {
        let socket: OwnedFd = self.socket.try_clone().unwrap().into();
        let server = self
            .site
            .relswitch("exec -- venv/bin/python -I server.py")
            .stdin_from(socket)
            .spawn();
        let start = Instant::now();
        while !ask(self.address()).unwrap().starts_with(id) {
            assert!(start.elapsed() < Duration::from_secs(30), "{id} does not answer");
        }
        server
    }

    /// Asks a server to end, and waits for it.
    fn stop(&self, server: Child) {
        self.site.world.run("kill").arg(server.id().to_string()).succeed();
        let ended = server.wait_with_output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
    }
}

/// Asks the service, and returns its answer.
fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(Duration::from_secs(30)))?;
    connection.write_all(b"?")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Checks that an answer names an environment of the same release.
fn assert_whole(answer: &str) {
    let (id, prefix) = answer
        .split_once(' ')
        .unwrap_or_else(|| panic!("half an answer: {answer:?}"));
    assert!(prefix.ends_with(&format!("/releases/{id}/venv")), "{answer}");
}

#[test]
fn no_request_is_lost_or_mixed_in_fifty_switches() {
    let service = Service::new();
    let releases = [service.release(), service.release()];
    service
        .site
        .relswitch(&format!("switch {}", releases[0]))
        .succeed();
    let mut server = service.start(&releases[0]);
    let (done, answers, start) = (AtomicBool::new(false), AtomicU32::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) && start.elapsed() < LONGEST {
                    assert_whole(&ask(service.address()).unwrap());
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 1..=SWITCHES {
            let id = &releases[round % 2];
            service.site.relswitch(&format!("switch {id}")).succeed();
            // The new one answers before the old one goes.
            let next = service.start(id);
            service.stop(std::mem::replace(&mut server, next));
        }
        done.store(true, Ordering::Relaxed);
    });
    service.stop(server);
    assert!(answers.into_inner() > SWITCHES as u32);
}

#[test]
fn a_reload_that_keeps_the_old_code_is_told_by_the_probe() {
    let service = Service::new();
    let (one, two) = (service.release(), service.release());
    service.site.relswitch(&format!("switch {one}")).succeed();
    let server = service.start(&one);
    let probe = format!("--probe '{PYTHON} ../probe.py {}'", service.address().port());
    // As a HUP of gunicorn with --preload: the service is content, and serves what it served.
    let failed = service
        .site
        .relswitch(&format!("switch {two} --reload true --timeout 8 {probe}"))
        .output();
    let report = failed.fails(3, "probe-failed").json()["report"].clone();
    assert!(
        report["commands"][1]["why"].as_str().unwrap().contains(&one),
        "{report:#}"
    );
    assert_eq!(service.site.current(), Some(one));
    service.stop(server);
}
