//! The units that the guide shows, put in place from a mock etc and run by a real systemd.

use crate::fleet::world::can_start;
use crate::machine::{Machine, free_ports, shown};
use std::{path::Path, process::Command};

/// Makes systemd the first process, with nothing to start but what comes with the script.
const SYSTEMD: &str = r#"
rm -f {/etc,/usr/lib}/systemd/system/{sysinit,sockets,timers,basic,multi-user,default}.target.wants/*
mkdir /etc/systemd/system/service.d
printf '[Service]\nStandardError=append:/srv/files/failed\n' >/etc/systemd/system/service.d/log.conf
cat >/etc/systemd/system/script.service <<END
[Unit]
After=basic.target
[Service]
Type=oneshot
Environment=PORT=$PORT
ExecStart=/bin/bash -euo pipefail /srv/files/units
ExecStopPost=/bin/systemctl --no-block exit \$EXIT_STATUS
StandardOutput=file:/srv/files/said
END
mount -t tmpfs none /sys/fs/cgroup
groups=/sys/fs/cgroup
mounted="-t cgroup2"
if grep -q name=systemd /proc/self/cgroup; then
    groups=/sys/fs/cgroup/systemd
    mounted="-t cgroup -o none,name=systemd"
    mkdir $groups
fi
mount $mounted none $groups
mkdir $groups/pydeploy-$PORT
echo $$ >$groups/pydeploy-$PORT/cgroup.procs
umount $groups
exec unshare --cgroup bash -euc "mount $mounted none $groups; exec \"\$@\"" - \
    env -i container=test PATH="$PATH" /lib/systemd/systemd --unit=script.service --log-target=null --show-status=no
"#;

const UNITS: &str = r#"
. /srv/files/words
cd /srv/files
etcsync plan etc | etcsync apply - --format none
systemctl is-enabled notes.socket notes.service
systemctl start notes.socket
first=$(page $PORT)
echo "$first"
user() { stat -c %U /proc/$(systemctl show --value -p MainPID notes.service); }
user

( while [ ! -e done ]; do page $PORT; done >pages 2>lost ) &
cd /srv/dev
echo two >two.txt
as git add two.txt
as git commit -q -m Second
as git push -q prod main
as sh /srv/files/deploy.sh /srv/notes main
systemctl restart notes.service
await sh -c "test \"\$(tail -n 1 /srv/files/pages)\" != '$first'"
systemctl restart notes.service
touch /srv/files/done
wait
uniq /srv/files/pages
cat /srv/files/lost
test -s /srv/files/lost || echo "none lost"
page $PORT
"#;

/// Removes the control groups that a systemd has made, which has ended: they are the system's, and outlive the namespace.
fn remove_groups(port: u16) {
    for folder in ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup"] {
        let own = Path::new(folder).join(format!("pydeploy-{port}"));
        if own.exists() {
            let mut find = Command::new("find");
            find.arg(own).args(["-depth", "-type", "d", "-delete"]);
            assert!(find.status().unwrap().success());
        }
    }
}

#[test]
fn its_units_serve_and_restart_without_a_lost_request() {
    if !can_start() || !kit::has("systemctl") {
        return;
    }
    let machine = Machine::new();
    let port = free_ports();
    let [socket, service] = shown("13. Keep it running: systemd");
    let socket = socket.replace("127.0.0.1:8000", &format!("127.0.0.1:{port}"));
    machine.file("etc/systemd/system/notes.socket", socket);
    machine.file("etc/systemd/system/notes.service", service);
    machine.file("etc.attrs", "systemd/system/notes.*  enable\n");
    machine.file("units", UNITS);
    machine.run(&format!("PORT={port}\n{SYSTEMD}")).succeed();
    remove_groups(port);
    let said = machine.read("said");
    let said: Vec<_> = said.lines().collect();
    let (first, last) = (said[2], said[said.len() - 1]);
    for page in [first, last] {
        let (id, prefix) = page.split_once(' ').unwrap();
        assert_eq!(prefix, format!("/srv/notes/releases/{id}/venv"));
    }
    assert_ne!(first, last);
    let pages = [first, last];
    assert_eq!(
        said,
        [
            &["enabled", "enabled", first, "notes"],
            &pages[..],
            &["none lost", last]
        ]
        .concat()
    );
}
