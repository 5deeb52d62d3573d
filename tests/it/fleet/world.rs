//! Hosts made of namespaces: each has an sshd, accounts, a home and a `/srv` of its own.

use crate::workspace::{TOOLS, root, tool};
use kit::{Ran, Run, UNPRIVILEGED, World, has, has_root, until};
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::Child,
    sync::atomic::{AtomicU8, Ordering},
    time::Duration,
};

/// The ports of every host; they have addresses of their own.
const SSH: u16 = 2222;
pub(crate) const HTTP: u16 = 8000;

/// The first addresses of the next fleet.
static FLEETS: AtomicU8 = AtomicU8::new(10);

const HOST: &str = include_str!("host.sh");
const HOLD: &str = include_str!("hold.py");

/// Says whether hosts can be made here: it takes root, and an sshd.
pub(crate) fn can_start() -> bool {
    has_root() && has("sshd")
}

/// Some hosts, and a developer's folder with a key for them.
pub(crate) struct Fleet {
    pub(crate) world: World,
    pub(crate) hosts: Vec<Host>,
}

/// A host.
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) address: String,
    folder: PathBuf,
    process: Option<Child>,
}

impl Fleet {
    /// Starts hosts named web1, web2 …; only root can.
    pub(crate) fn start(size: u8) -> Self {
        let world = World::new();
        let key = world.path("key").display().to_string();
        let make = world.run("ssh-keygen").as_caller();
        make.args(["-q", "-t", "ed25519", "-N", "", "-f", &key]).succeed();
        let tools = world.folder("tools");
        for name in TOOLS {
            kit::put_tool(&tool(name), &tools.join(name));
        }
        // Addresses that no other test and no other run on this machine has.
        let ours = std::process::id().to_be_bytes();
        let base = FLEETS.fetch_add(20, Ordering::Relaxed);
        let hosts = (1..=size).map(|number| {
            let address = format!("127.{}.{}.{}", 64 + ours[2] % 128, ours[3], base + number);
            Host::new(&world, &format!("web{number}"), address)
        });
        let mut fleet = Self {
            hosts: hosts.collect(),
            world,
        };
        fleet.configure();
        for host in &mut fleet.hosts {
            host.start(&fleet.world);
        }
        fleet
    }

    fn configure(&self) {
        let block = |host: &Host| {
            format!(
                "Host {}\n  HostName {}\n  Port {SSH}\n  User deploy\n  IdentityFile {}\n  IdentitiesOnly yes\n  \
                 StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n",
                host.name,
                host.address,
                self.world.path("key").display()
            )
        };
        self.world
            .write("ssh_config", self.hosts.iter().map(block).collect::<String>());
    }

    /// Returns the names, comma-separated.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.hosts.iter().map(|host| host.name.as_str()).collect();
        names.join(",")
    }

    /// Prepares to run a script as the developer, in the folder of the project.
    pub(crate) fn develop(&self, script: &str) -> Run {
        let run = self.world.run("/bin/bash").as_caller().cwd("dev");
        let path = format!(
            "{}:{}:/usr/bin:/bin",
            self.world.path("tools").display(),
            root().join("target/oracles/bin").display()
        );
        run.args(["-euo", "pipefail", "-c", script])
            .env("PATH", path)
            .env(
                "SSH",
                format!("ssh -F {}", self.world.path("ssh_config").display()),
            )
            .env("SSH_CONFIG", self.world.path("ssh_config"))
            .env("SCRIPTS", root().join("scripts"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            // The folder belongs to the user of the tests, and this is root.
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .env("GIT_AUTHOR_NAME", "Developer")
            .env("GIT_AUTHOR_EMAIL", "developer@example.com")
            .env("GIT_COMMITTER_NAME", "Developer")
            .env("GIT_COMMITTER_EMAIL", "developer@example.com")
    }

    /// Runs a command on a host, by ssh.
    pub(crate) fn on(&self, host: usize, command: &str) -> Ran {
        let name = self.hosts[host].name.clone();
        self.develop("$SSH \"$0\" \"$1\"").arg(name).arg(command).output()
    }
}

impl Host {
    fn new(world: &World, name: &str, address: String) -> Self {
        let at = |path: &str| format!("hosts/{name}/{path}");
        let folder = world.folder(format!("hosts/{name}"));
        for path in ["srv", "srv/run", "home/deploy"] {
            world.folder(at(path));
        }
        let account = format!("deploy:*:{UNPRIVILEGED}:{UNPRIVILEGED}::/home/deploy:/bin/sh\n");
        let others = "root:*:0:0::/root:/bin/sh\nsshd:*:101:65534::/run/sshd:/usr/sbin/nologin\n";
        world.write(at("passwd"), format!("{others}{account}"));
        world.write(
            at("group"),
            format!("root:*:0:\ndeploy:*:{UNPRIVILEGED}:\nnogroup:*:65534:\n"),
        );
        world.write(at("srv/hold.py"), HOLD);
        let public = fs_err::read_to_string(world.path("key.pub")).unwrap();
        world.write(
            at("home/deploy/.ssh/authorized_keys"),
            format!("restrict {public}"),
        );
        let key = folder.join("host_key").display().to_string();
        let make = world.run("ssh-keygen").as_caller();
        make.args(["-q", "-t", "ed25519", "-N", "", "-f", &key]).succeed();
        let configuration = format!(
            "ListenAddress {address}:{SSH}\nHostKey {key}\nUsePAM no\nPidFile none\nPermitRootLogin no\n\
             PasswordAuthentication no\nAuthorizedKeysFile .ssh/authorized_keys\nStrictModes no\nUseDNS no\n\
             AllowAgentForwarding no\nMaxStartups 100\nLogLevel ERROR\n"
        );
        world.write(at("sshd_config"), configuration);
        Self {
            name: name.to_owned(),
            address,
            folder,
            process: None,
        }
    }

    /// Turns it on.
    pub(crate) fn start(&mut self, world: &World) {
        let run = world.run("unshare").as_caller();
        let run = run.args([
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-euc",
            HOST,
            "host",
        ]);
        self.process = Some(run.arg(&self.folder).arg(world.path("tools")).spawn());
        until(&format!("{} has an sshd", self.name), || {
            TcpStream::connect((&*self.address, SSH)).is_ok()
        });
    }

    /// Turns it off as a power cut does: every process of it is gone.
    pub(crate) fn die(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Returns what it serves, in words separated by blanks: the release, and the environment.
    pub(crate) fn page(&self) -> std::io::Result<String> {
        let address: SocketAddr = format!("{}:{HTTP}", self.address).parse().unwrap();
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(20))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: notes\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.trim().to_owned()),
            _ => Err(std::io::Error::other(answer)),
        }
    }

    /// Returns the release that it serves, and insists that its environment is that release's.
    #[track_caller]
    pub(crate) fn serves(&self) -> String {
        let page = self.page().unwrap();
        let (id, prefix) = page.split_once(' ').unwrap();
        assert_eq!(prefix, format!("/srv/notes/releases/{id}/venv"));
        id.to_owned()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.die();
    }
}

/// Writes the developer's project: an application, its lock, its wheels.
pub(crate) fn project(world: &World) {
    let wheel = gunicorn();
    let name = wheel.file_name().unwrap().to_str().unwrap();
    let bytes = fs_err::read(&wheel).unwrap();
    world.write(format!("dev/wheels/{name}"), bytes);
    let sum = world
        .run("sha256sum")
        .as_caller()
        .cwd("dev/wheels")
        .arg(name)
        .succeed()
        .text();
    let version = name.split('-').nth(1).unwrap();
    let digest = sum.split_whitespace().next().unwrap();
    world.write(
        "dev/requirements.wheels.txt",
        format!("gunicorn=={version} --hash=sha256:{digest}\n"),
    );
    world.write("dev/app.py", APP);
    world.write("dev/gunicorn.conf.py", GUNICORN);
    world.write("dev/.gitignore", "wheels/\n");
    world.program(
        "dev/deploy/build",
        "#!/bin/sh\nset -eu\npython -c 'import gunicorn'\necho built >built\n",
    );
}

const APP: &str = r#"import os
import sys

RELEASE = os.environ.get("RELSWITCH_ID")


def application(environ, start_response):
    body = f"{RELEASE} {sys.prefix}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"#;

const GUNICORN: &str = r#"import os

wsgi_app = "app"
workers = 1
preload_app = True
graceful_timeout = 20
errorlog = "-"


def when_ready(server):
    open(os.environ.get("READY", os.devnull), "w").close()
"#;

fn gunicorn() -> PathBuf {
    let folder = fs_err::read_dir(root().join("target/site-wheels")).unwrap();
    let mut wheels = folder.map(|entry| entry.unwrap().path());
    wheels
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("gunicorn-"))
        })
        .expect("gunicorn's wheel: run scripts/bootstrap")
}
