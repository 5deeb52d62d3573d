//! The way into the host: an sshd on loopback, and a key that may speak git and nothing else.

use kit::{Run, World, has_root};
use std::{
    net::{TcpListener, TcpStream},
    process::Child,
};

/// Starts sshd as the unprivileged user. Debian gives that user no shell, but sshd runs commands by it: so there it
/// sees another list of users, in a mount namespace of its own.
const WITH_SHELL: &str = r#"
sed 's#^\(www-data:.*\):[^:]*$#\1:/bin/sh#' /etc/passwd >ssh/passwd
mount --bind ssh/passwd /etc/passwd
exec setpriv --reuid=33 --regid=33 --clear-groups "$@"
"#;

/// An sshd that runs until this is dropped.
pub(super) struct Ssh {
    server: Child,
    client: String,
}

impl Ssh {
    /// Starts it.
    pub(super) fn new(world: &World) -> Self {
        let port = free_port();
        let user = world.run("id").arg("-un").succeed().text();
        for key in ["host", "client"] {
            let make = world
                .run("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"]);
            make.arg(world.folder("ssh").join(key)).succeed();
        }
        let (host, client) = (world.read("ssh/host.pub"), world.read("ssh/client.pub"));
        let only_git = r#"restrict,command="git shell -c \"$SSH_ORIGINAL_COMMAND\"""#;
        world.write("ssh/authorized_keys", format!("{only_git} {client}"));
        world.write("ssh/known_hosts", format!("[127.0.0.1]:{port} {host}"));
        let folder = world.path("ssh");
        let folder = folder.display();
        let server = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM no\nStrictModes no\n\
             AuthorizedKeysFile {folder}/authorized_keys\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\n"
        );
        let config = format!(
            "Host production\nHostName 127.0.0.1\nPort {port}\nUser {user}IdentityFile {folder}/client\n\
             IdentitiesOnly yes\nUserKnownHostsFile {folder}/known_hosts\nStrictHostKeyChecking yes\nBatchMode yes\n\
             LogLevel ERROR\n"
        );
        world.write("ssh/server.conf", server);
        world.write("ssh/client.conf", config);
        let server = sshd(world)
            .args(["-D", "-e", "-f"])
            .arg(world.path("ssh/server.conf"))
            .spawn();
        kit::until("sshd answers", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        let client = format!("ssh -F {folder}/client.conf");
        Self { server, client }
    }

    /// Returns the command of a client that knows the host and has the key.
    pub(super) fn client(&self) -> &str {
        &self.client
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn sshd(world: &World) -> Run {
    if !has_root() {
        return world.run("/usr/sbin/sshd");
    }
    let run = world.run("unshare").as_caller();
    let run = run.args(["--mount", "--", "/bin/sh", "-euc", WITH_SHELL, "sshd"]);
    run.arg("/usr/sbin/sshd")
}

/// Returns a port of loopback that was free a moment ago.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
