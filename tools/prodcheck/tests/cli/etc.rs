//! `/etc`: who can write it, where it leads, what daemons make of it.

use crate::host::{DEPLOY, Host};

#[test]
fn what_everybody_can_write_and_what_leads_out() {
    if !kit::has_root() {
        return;
    }
    let host = Host::new();
    host.file("etc/app/settings", "x\n", 0o666, 0);
    host.folder("usr/share/zoneinfo", 0o755, 0);
    host.file("usr/share/zoneinfo/UTC", "", 0o644, 0);
    host.link("etc/localtime", "/usr/share/zoneinfo/UTC");
    host.file("home/deploy/etc/job", "* * * * * root true\n", 0o644, DEPLOY);
    host.folder("etc/nginx", 0o755, 0);
    host.link("etc/nginx/stowed.conf", "../../home/deploy/etc/job");
    host.link("etc/nginx/to-come.conf", "/tmp/nobody-made-it-yet");
    assert_eq!(
        host.findings(),
        [
            "etc-leads-out /etc/nginx/stowed.conf: it leads to ../../home/deploy/etc/job, where /home/deploy has mode 0750 and belongs to deploy",
            "etc-leads-out /etc/nginx/to-come.conf: it leads to /tmp/nobody-made-it-yet, where /tmp has mode 1777 and belongs to root",
            "etc-writable /etc/app/settings: it has mode 0666",
        ]
    );
}

#[test]
fn what_root_runs_of_others() {
    if !kit::has_root() {
        return;
    }
    let host = Host::with_app();
    host.file("home/deploy/backup", "#!/bin/sh\n", 0o755, DEPLOY);
    host.file(
        "etc/cron.d/backup",
        "17 3 * * * root /home/deploy/backup >/var/log/x\n18 3 * * * deploy /home/deploy/backup\n",
        0o644,
        0,
    );
    let unit = "[Service]\nExecStart=/srv/notes/current/venv/bin/gunicorn\n";
    host.file("etc/systemd/system/notes.service", unit, 0o644, 0);
    host.file(
        "etc/systemd/system/fine.service",
        &format!("{unit}User=notes\n"),
        0o644,
        0,
    );
    assert_eq!(
        host.findings(),
        [
            "root-runs-unprivileged /etc/cron.d/backup:1: it runs /home/deploy/backup, where /home/deploy has mode 0750 and belongs to deploy",
            "service-as-root /etc/systemd/system/notes.service: it runs /srv/notes/current/venv/bin/gunicorn as root",
        ]
    );
}

#[test]
fn what_daemons_would_not_read() {
    if !kit::has_root() {
        return;
    }
    let host = Host::new();
    host.file("etc/cron.d/.placeholder", "", 0o644, 0);
    host.file("etc/cron.d/job.sh", "* * * * * root true\n", 0o644, 0);
    host.file("etc/sudoers.d/deploy", "deploy ALL = /bin/true\n", 0o644, 0);
    host.folder("etc/nginx/sites-enabled", 0o755, 0);
    host.link("etc/nginx/sites-enabled/gone", "../sites-available/gone");
    // The modules of this root are those of another machine.
    host.file("usr/lib/s390x-linux-gnu/security/pam_unix.so", "", 0o644, 0);
    host.file("usr/lib/pam.d/vendors", "auth required pam_unix.so\n", 0o644, 0);
    host.file(
        "etc/pam.d/common-auth",
        "auth [success=1] pam_unix.so\n@include vendors\n",
        0o644,
        0,
    );
    host.file(
        "etc/pam.d/sudo",
        "@include common-auth\nauth required pam_gone.so\n",
        0o644,
        0,
    );
    host.file("etc/pam.d/su.dpkg-old", "auth required pam_gone.so\n", 0o644, 0);
    let findings = host.findings();
    let ids: Vec<_> = findings
        .iter()
        .map(|found| found.split(": ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        ids,
        [
            "etc-lint /etc/cron.d/job.sh cron-name",
            "etc-lint /etc/nginx/sites-enabled/gone dangling-link",
            "etc-lint /etc/pam.d/sudo pam-module",
            "etc-lint /etc/sudoers.d/deploy sudoers-mode",
        ]
    );
}
