//! Keys, passwords, agents and ways out.

use crate::host::{DEPLOY, Host, found};
use std::os::unix::fs::{PermissionsExt, chown};

#[test]
fn a_host_with_nothing_wrong_passes() {
    if !kit::has_root() {
        return;
    }
    let host = Host::with_app();
    let audit = host.check().succeed().json();
    assert_eq!(audit["schema"], "prodcheck/1");
    assert_eq!(
        (&audit["open"], &audit["apps"][0]),
        (&0.into(), &"/srv/notes".into())
    );
    assert_eq!(audit["unread"][0]["what"], "processes", "{audit:#}");
}

#[test]
fn real_keys_are_found_and_never_shown() {
    if !kit::has_root() {
        return;
    }
    let host = Host::new();
    host.folder("home/deploy/.ssh", 0o700, DEPLOY);
    for (name, passphrase) in [("id_ed25519", ""), ("guarded", "secret words")] {
        let file = format!("home/deploy/.ssh/{name}");
        host.program(
            "ssh-keygen",
            &["-q", "-t", "ed25519", "-N", passphrase, "-f", &file],
        );
        chown(host.path(&file), Some(DEPLOY), Some(DEPLOY)).unwrap();
    }
    let audit = host.check().output().expect(1);
    let of = |name: &str, guard: &str| {
        format!(
            "private-key /home/deploy/.ssh/{name}: OpenSSH key, {guard}, has mode 0600 and belongs to deploy"
        )
    };
    assert_eq!(
        found(&audit.json()),
        [of("guarded", "encrypted"), of("id_ed25519", "not encrypted")]
    );
    let secret = fs_err::read_to_string(host.path("home/deploy/.ssh/id_ed25519")).unwrap();
    let line = secret.lines().nth(2).unwrap();
    assert!(!audit.text().contains(line) && !audit.stderr.contains(line));
}

#[test]
fn a_key_that_everybody_can_read() {
    if !kit::has_root() {
        return;
    }
    let host = Host::with_app();
    for (place, folder) in [
        ("srv/notes/deploy.pem", 0o755),
        ("etc/ssl/private/site.key", 0o755),
    ] {
        host.folder(
            place.rsplit_once('/').unwrap().0,
            folder,
            if folder == 0o755 && place.starts_with("srv") {
                DEPLOY
            } else {
                0
            },
        );
        host.program(
            "openssl",
            &["genpkey", "-quiet", "-algorithm", "ed25519", "-out", place],
        );
        fs_err::set_permissions(host.path(place), PermissionsExt::from_mode(0o644)).unwrap();
    }
    let key = "PKCS 8 key, not encrypted, has mode 0644 and belongs to root";
    assert_eq!(
        host.findings(),
        [
            format!("private-key /srv/notes/deploy.pem: {key}"),
            format!("private-key-readable /etc/ssl/private/site.key: {key}"),
            format!("private-key-readable /srv/notes/deploy.pem: {key}"),
        ]
    );
    // Behind a closed door it is where it belongs.
    fs_err::set_permissions(host.path("etc/ssl/private"), PermissionsExt::from_mode(0o700)).unwrap();
    assert!(!host.findings().iter().any(|found| found.contains("site.key")));
}

#[test]
fn passwords_in_files() {
    if !kit::has_root() {
        return;
    }
    let host = Host::new();
    host.file(
        "home/deploy/.netrc",
        "machine index.example.com login a password s3cret\n",
        0o600,
        DEPLOY,
    );
    let audit = host.check().output().expect(1);
    assert_eq!(
        found(&audit.json()),
        ["stored-credentials /home/deploy/.netrc: it has mode 0600 and belongs to deploy"]
    );
    assert!(!audit.text().contains("s3cret"));
}

#[test]
fn a_real_repository_that_knows_the_way_out() {
    if !kit::has_root() {
        return;
    }
    let host = Host::with_app();
    host.program("git", &["init", "-q", "--bare", "srv/notes/repo.git"]);
    host.program("git", &["init", "-q", "home/deploy/code"]);
    let remote = |name: &str, address: &str| {
        host.program("git", &["-C", "home/deploy/code", "remote", "add", name, address]);
    };
    remote("local", "/srv/notes/repo.git");
    let audit = host.check().args(["--allow", "release-writable"]).succeed();
    assert_eq!(found(&audit.json()), [""; 0]);
    remote("origin", "https://me:s3cret@code.example.com/notes.git");
    remote("old", "git@code.example.com:notes.git");
    let audit = host
        .check()
        .args(["--allow", "release-writable"])
        .output()
        .expect(1);
    assert_eq!(
        found(&audit.json()),
        [
            "git-remote /home/deploy/code/.git/config: old is git@code.example.com:notes.git; origin is https://code.example.com/notes.git"
        ]
    );
    assert!(!audit.text().contains("s3cret"));
}

#[test]
fn a_real_agent_and_what_lets_it_come() {
    if !kit::has_root() {
        return;
    }
    let host = Host::new();
    host.folder("tmp/ssh-abcdef", 0o700, DEPLOY);
    let socket = "tmp/ssh-abcdef/agent.77";
    let run = host.world.run("ssh-agent").as_caller().cwd("host");
    let mut agent = run.args(["-D", "-a", socket]).spawn();
    kit::until("the agent listens", || host.path(socket).exists());
    host.file("etc/ssh/sshd_config", "Port 22\n", 0o644, 0);
    host.file(
        "home/deploy/.ssh/config",
        "Host *\n  ForwardAgent yes\n",
        0o600,
        DEPLOY,
    );
    let findings = host.findings();
    agent.kill().unwrap();
    agent.wait().unwrap();
    assert_eq!(
        findings,
        [
            "agent-forwarding /etc/ssh/sshd_config: AllowAgentForwarding is not set, which means yes",
            "agent-forwarding /home/deploy/.ssh/config: ForwardAgent is on",
            "agent-socket /tmp/ssh-abcdef/agent.77: it belongs to root",
        ]
    );
    // Debian reads the parts first, and the first value counts.
    host.file(
        "etc/ssh/sshd_config.d/deploy.conf",
        "AllowAgentForwarding no\n",
        0o644,
        0,
    );
    assert!(!host.findings().iter().any(|found| found.contains("sshd_config")));
}

#[test]
fn links_lead_nobody_out_of_the_root_and_pipes_hang_nobody() {
    if !kit::has_root() {
        return;
    }
    let host = Host::new();
    let outside = host.world.write("outside/id", "-----BEGIN PRIVATE KEY-----\nx\n");
    host.link("home/deploy/.ssh", outside.parent().unwrap().to_str().unwrap());
    host.link("home/deploy/key", outside.to_str().unwrap());
    host.program("mkfifo", &["home/deploy/pipe", "etc/pipe.conf"]);
    host.link("home/deploy/loop", "loop");
    assert_eq!(found(&host.check().succeed().json()), [""; 0]);
}
