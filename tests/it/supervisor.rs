//! The configurations of supervisord that the guide shows keep a real application running: the system's, and one's own,
//! which cron starts at boot.

use crate::fleet::world::can_start;
use crate::machine::{Machine, free_ports, shown};
use crate::workspace::read;

const SCRIPT: &str = r#"
gone() { ! pgrep -x supervisord; }
interface=$((PORT + 1))

echo own
mkdir -p /etc/notes /srv/notes/host/bin
cp /srv/files/supervisord.conf /etc/notes/
ln -s /usr/bin/supervisord /srv/notes/host/bin/
cp /srv/files/boot /etc/cron.d/notes
cron
await page $PORT
page $PORT
page $interface || echo "closed without a password"
page $interface notes:s3cret >/dev/null && echo "open with it"
own() { as supervisorctl -c /etc/notes/supervisord.conf "$@" >/dev/null; }
own restart notes:notes_0 notes:notes_1
page $PORT
own shutdown
await gone
rm /etc/cron.d/notes

echo system
cp /srv/files/system.conf /etc/supervisor/conf.d/notes.conf
mkdir -p /var/log/supervisor
supervisord -c /etc/supervisor/supervisord.conf
await page $PORT
page $PORT
stat -c %U /proc/$(supervisorctl pid notes:notes_0)
supervisorctl shutdown >/dev/null
await gone
"#;

#[test]
fn both_ways_of_the_guide_serve() {
    if !can_start() || !kit::has("supervisord") || !kit::has("cron") {
        return;
    }
    let machine = Machine::new();
    let port = free_ports();
    let [own, system, interface] = shown("12. Keep it running: supervisord").map(|text| {
        text.replace("127.0.0.1:8000", &format!("127.0.0.1:{port}"))
            .replace("127.0.0.1:9001", &format!("127.0.0.1:{}", port + 1))
            .replace("%(ENV_SUPERVISOR_PASSWORD)s", "s3cret")
    });
    machine.file("supervisord.conf", format!("{own}\n{interface}"));
    machine.file("system.conf", system);
    machine.file("boot", boot());
    let text = machine.run(&format!("PORT={port}\n{SCRIPT}")).succeed().text();
    let said: Vec<_> = text.lines().collect();
    let page = said[1];
    let (id, prefix) = page.split_once(' ').unwrap();
    assert_eq!(prefix, format!("/srv/notes/releases/{id}/venv"));
    let closed = "closed without a password";
    assert_eq!(
        said,
        ["own", page, closed, "open with it", page, "system", page, "notes"]
    );
}

/// Returns the line for cron that starts one's own supervisord at boot.
fn boot() -> String {
    let guide = read("GUIDE.md");
    let line = guide.lines().find(|line| line.starts_with("@reboot "));
    format!("{}\n", line.expect("a line for the time after boot"))
}
