//! Who deploys, what they may do, and whose code it is.

use crate::host::{DEPLOY, Host, NOTES};
use std::os::unix::fs::{PermissionsExt, chown};

#[test]
fn rights_that_nobody_needs_to_deploy() {
    if !kit::has_root() {
        return;
    }
    let host = Host::with_app();
    host.folder("usr/local/bin", 0o755, 0);
    host.folder("opt/tools", 0o755, DEPLOY);
    host.file("opt/tools/restart", "#!/bin/sh\n", 0o755, DEPLOY);
    host.file("usr/local/bin/restart", "#!/bin/sh\n", 0o755, 0);
    host.file(
        "etc/sudoers",
        "root ALL=(ALL) ALL\n@includedir /etc/sudoers.d\n",
        0o440,
        0,
    );
    host.file(
        "etc/sudoers.d/fine",
        "deploy ALL=(root) NOPASSWD: /usr/local/bin/restart notes\n",
        0o440,
        0,
    );
    host.file("etc/sudoers.d/ignored.bak", "deploy ALL=(ALL) ALL\n", 0o440, 0);
    let quiet = host.check().args(["--allow", "etc-lint"]).succeed().json();
    assert_eq!(quiet["open"], 0, "{quiet:#}");

    host.file("etc/sudoers.d/much", "# x\n%ops ALL = NOPASSWD: ALL\n", 0o440, 0);
    host.file(
        "etc/sudoers.d/path",
        "deploy ALL = /opt/tools/restart, /usr/local/bin/etcsync apply -\n",
        0o440,
        0,
    );
    host.program("visudo", &["-c", "-q", "-f", "etc/sudoers.d/path"]);
    host.file(
        "etc/group",
        "root:x:0:\ndeploy:x:61001:\nops:x:61003:deploy\ndocker:x:61004:deploy\n",
        0o644,
        0,
    );
    let audit = host.check().args(["--allow", "etc-lint"]).output().expect(1);
    assert_eq!(
        crate::host::found(&audit.json()),
        [
            "deploy-user-sudo deploy: /etc/sudoers.d/much:2 allows every command as root; \
          /etc/sudoers.d/path:1 allows /opt/tools/restart, where /opt/tools can be changed by deploy, as root; \
          /etc/sudoers.d/path:1 allows /usr/local/bin/etcsync apply -, with which its caller can do anything, as root; \
          is in the group docker, whose members can become root"
        ]
    );
}

#[test]
fn an_application_of_root() {
    if !kit::has_root() {
        return;
    }
    let host = Host::with_app();
    chown(host.path("srv/notes"), Some(0), Some(0)).unwrap();
    assert_eq!(
        host.findings()[0],
        "deploy-user-root /srv/notes: it belongs to root"
    );
}

#[test]
fn code_that_others_can_change() {
    if !kit::has_root() {
        return;
    }
    let host = Host::with_app();
    let release = "srv/notes/releases/one";
    host.file(&format!("{release}/open.py"), "", 0o666, DEPLOY);
    host.file(&format!("{release}/theirs.py"), "", 0o644, NOTES);
    // The owner's own group is nobody else.
    host.file(&format!("{release}/own-group.py"), "", 0o664, DEPLOY);
    let shared = host.file(&format!("{release}/ops.py"), "", 0o664, DEPLOY);
    chown(shared, None, Some(61_003)).unwrap();
    fs_err::set_permissions(
        host.path("srv/notes/repo.git/hooks"),
        PermissionsExt::from_mode(0o777),
    )
    .unwrap();
    assert_eq!(
        host.findings(),
        [
            "release-writable /srv/notes/releases/one: open.py has mode 0666; ops.py has mode 0664; theirs.py belongs to notes",
            "release-writable /srv/notes/repo.git/hooks: . has mode 0777",
        ]
    );
}

#[test]
fn environments_and_their_locks() {
    if !kit::has_root() {
        return;
    }
    let host = Host::with_app();
    let venv = "srv/notes/releases/one/venv";
    let site = format!("{venv}/lib/python3.11/site-packages");
    for folder in ["", "/lib", "/lib/python3.11", "/lib/python3.11/site-packages"] {
        host.folder(&format!("{venv}{folder}"), 0o755, DEPLOY);
    }
    host.file(&format!("{venv}/pyvenv.cfg"), "home = /usr/bin\n", 0o644, DEPLOY);
    for name in ["Frame_Work-1.2", "small-2.5"] {
        host.folder(&format!("{site}/{name}.dist-info"), 0o755, DEPLOY);
    }
    assert_eq!(
        host.findings(),
        ["environment-unlocked /srv/notes/releases/one/venv: there is no requirements.lock in it"]
    );
    let hash = "0".repeat(64);
    let lock = format!("frame-work==1.2 --hash=sha256:{hash}\nsmall==2.6 --hash=sha256:{hash}\n");
    host.file(&format!("{venv}/requirements.lock"), &lock, 0o644, DEPLOY);
    assert_eq!(
        host.findings(),
        ["environment-unlocked /srv/notes/releases/one/venv: small 2.5 is installed, 2.6 is locked"]
    );
    host.file(
        &format!("{venv}/requirements.lock"),
        &lock.replace("2.6", "2.5"),
        0o644,
        DEPLOY,
    );
    host.check().succeed();
}
