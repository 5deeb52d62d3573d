//! A machine with processes of its own: a real supervisord in a namespace, with a root of its own.

use crate::host::{DEPLOY, Host, NOTES, found};

/// Makes the root a machine of its own for as long as the command runs: the programs of this one, but accounts,
/// `/etc`, homes and processes of its own. Then starts supervisord there and looks.
const MACHINE: &str = r#"
cd "$1"
for folder in usr dev proc etc/alternatives; do mkdir -p $folder; mount --rbind /$folder $folder; done
mount -t proc proc proc
for link in bin lib lib64 sbin; do [ -e $link ] || ln -s usr/$link $link; done
cp "$2" prodcheck
mkdir -p run
chroot . supervisord -c /etc/supervisor/supervisord.conf
tries=100
until chroot . supervisorctl -c /etc/supervisor/supervisord.conf status | grep -c RUNNING | grep -qx 3; do
    tries=$((tries - 1)); [ $tries -gt 0 ] || exit 9; sleep 0.1
done
chroot . /prodcheck
"#;

const SUPERVISORD: &str = "[supervisord]
logfile=/run/supervisord.log
pidfile=/run/supervisord.pid
user=root
[unix_http_server]
file=/run/supervisor.sock
chmod=0777
[inet_http_server]
port=0.0.0.0:%PORT%
[supervisorctl]
serverurl=unix:///run/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:careless]
command=sleep 1000
directory=/srv/notes/releases/one
startsecs=0
[program:owner]
command=sleep 1000
directory=/srv/notes/releases/one
user=deploy
startsecs=0
[program:careful]
command=sleep 1000
directory=/srv/notes/releases/one
user=notes
startsecs=0
";

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[test]
fn supervisord_and_what_it_runs() {
    if !kit::has_root() || std::env::var_os("TEST_SKIP_DAEMONS").is_some() {
        return;
    }
    let host = Host::with_app();
    let configuration = SUPERVISORD.replace("%PORT%", &free_port().to_string());
    host.file("etc/supervisor/supervisord.conf", &configuration, 0o600, 0);
    assert_ne!(DEPLOY, NOTES);
    // The interface to the outside is in a network of its own, so nobody can reach it.
    let run = host.world.run("unshare").as_caller();
    let run = run.args([
        "--mount",
        "--pid",
        "--net",
        "--fork",
        "--kill-child",
        "sh",
        "-euc",
        MACHINE,
        "machine",
    ]);
    let run = run.arg(host.path("")).arg(env!("CARGO_BIN_EXE_prodcheck"));
    let audit = run.output().expect(1).json();
    let mut findings = found(&audit);
    findings.retain(|finding| finding.contains("/srv/notes") || finding.contains("/supervisor/"));
    let file = "/etc/supervisor/supervisord.conf";
    let port = configuration
        .lines()
        .find_map(|line| line.strip_prefix("port="))
        .unwrap();
    assert_eq!(
        findings,
        [
            "service-as-root /srv/notes: sleep runs as root".to_owned(),
            "service-owns-code /srv/notes: sleep runs as the user who deploys".to_owned(),
            format!("supervisor-inet {file}: port is {port}"),
            format!("supervisor-password {file}: port is {port}, without a password"),
            format!("supervisor-socket {file}: chmod is 0777, without a password"),
        ],
        "{audit:#}"
    );
}
