//! Who holds the listening socket and hands it to one gunicorn after another, as systemd does.

use std::{
    net::TcpListener,
    os::fd::OwnedFd,
    path::PathBuf,
    process::Child,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use super::{production::Production, visitors};

/// Starts a program with the socket that is its standard input as descriptor 3: what sd_listen_fds(3) expects.
const HAND_OVER: &str = r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@""#;

/// A socket, and the service behind it.
pub(super) struct Holder {
    hands: Arc<Hands>,
    keeper: Option<JoinHandle<()>>,
}

/// What both threads have in hand.
struct Hands {
    production: Arc<Production>,
    socket: TcpListener,
    asked: PathBuf,
    done: AtomicBool,
}

impl Holder {
    /// Listens. The service is started when a reload asks for it first, and started anew whenever one does again.
    pub(super) fn new(production: &Arc<Production>) -> Self {
        let hands = Arc::new(Hands {
            production: Arc::clone(production),
            socket: TcpListener::bind("127.0.0.1:0").unwrap(),
            asked: production.world.path("restart"),
            done: AtomicBool::new(false),
        });
        let keeper = std::thread::spawn({
            let hands = Arc::clone(&hands);
            move || hands.keep()
        });
        Self {
            hands,
            keeper: Some(keeper),
        }
    }

    /// Returns the port of the socket.
    pub(super) fn port(&self) -> u16 {
        self.hands.socket.local_addr().unwrap().port()
    }

    /// Returns the options of a switch: a reload that has the service restarted, and a probe.
    pub(super) fn hooks(&self) -> String {
        let asked = self.hands.asked.display();
        format!(
            "--reload 'touch {asked}' {}",
            self.hands.production.probe(self.port())
        )
    }

    /// Starts gunicorn by `relswitch exec`.
    pub(super) fn exec(&self, options: &[&str]) -> Child {
        self.hands.exec(options)
    }

    /// Starts gunicorn in the folder `current`, without `relswitch exec`: by the interpreter of the release, as the
    /// first line of its script says, with the code found by way of the link.
    pub(super) fn start_in_current(&self, options: &[&str]) -> Child {
        let production = &self.hands.production;
        let release = production.app().join("releases").join(production.current());
        let mut command = vec![release.join("venv/bin/python").into_os_string()];
        command.extend(["-m", "gunicorn", "--chdir"].map(Into::into));
        command.push(production.app().join("current").into());
        command.extend(options.iter().map(Into::into));
        self.hands.start(command)
    }

    /// Waits until this release is served whole.
    #[track_caller]
    pub(super) fn await_release(&self, id: &str) {
        kit::until("the release answers", || {
            let answer = visitors::look(self.port(), "/").unwrap();
            answer.whole && answer.id == id
        });
    }

    /// Has a master end gracefully, and waits for it.
    pub(super) fn stop(&self, master: Child) {
        self.hands.stop(master);
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.hands.done.store(true, Ordering::Relaxed);
        let ended = self.keeper.take().map(JoinHandle::join);
        assert!(
            std::thread::panicking() || matches!(ended, Some(Ok(()))),
            "the holder failed"
        );
    }
}

impl Hands {
    /// Restarts the service whenever it is asked for: the old one ends, then the new one begins. Who connects
    /// meanwhile waits in the queue of the socket.
    fn keep(&self) {
        let mut service = None;
        while !self.done.load(Ordering::Relaxed) {
            if fs_err::remove_file(&self.asked).is_ok() {
                if let Some(service) = service.take() {
                    self.stop(service);
                }
                service = Some(self.exec(&[]));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        if let Some(service) = service {
            self.stop(service);
        }
    }

    fn exec(&self, options: &[&str]) -> Child {
        let mut command = vec![self.production.program().into_os_string()];
        command.extend(["exec", "-C"].map(Into::into));
        command.push(self.production.app().into());
        command.extend(["--", "venv/bin/python", "-m", "gunicorn"].map(Into::into));
        command.extend(options.iter().map(Into::into));
        self.start(command)
    }

    fn start(&self, command: Vec<std::ffi::OsString>) -> Child {
        let socket: OwnedFd = self.socket.try_clone().unwrap().into();
        let run = self
            .production
            .world
            .run("/bin/sh")
            .args(["-euc", HAND_OVER, "holder"]);
        let run = run
            .args(command)
            .args(["--no-control-socket", "--log-level", "warning", "notes"]);
        run.stdin_from(socket).spawn()
    }

    fn stop(&self, master: Child) {
        self.production.kill("TERM", &master);
        // One that had not begun to listen to signals yet is ended by it.
        master.wait_with_output().unwrap();
    }
}
