//! The configurations of supervisord that the guide shows keep a real application running: the system's and one's own.

use crate::fleet::world::{can_start, project};
use crate::shown::section;
use crate::workspace::{TOOLS, read, root, tool};
use kit::World;

/// A machine of its own for as long as it runs: this system with a layer in memory above it. An application is deployed
/// there by the user whom it makes, and supervisord is started twice.
const MACHINE: &str = r#"
world=$1 port=$2
cd "$world"
mkdir layer
mount -t tmpfs none layer
mkdir layer/upper layer/work layer/root
mount -t overlay overlay -o lowerdir=/,upperdir=layer/upper,workdir=layer/work layer/root
cd layer/root
mount -t proc none proc
mount --rbind /dev dev
cp "$world"/tools/* usr/local/bin/
cp "$world/supervisord.conf" "$world/system.conf" "$world/deploy.sh" "$world/page.py" tmp/
cp -R "$world/dev" srv/dev
exec chroot . bash -euo pipefail -c '
useradd --create-home notes
install -d -o notes -g notes /srv/notes /srv/notes/log /srv/notes/run
chown -R notes: /srv/dev
as() { setpriv --reuid=notes --regid=notes --clear-groups env HOME=/home/notes "$@"; }
cd /srv/dev
as relswitch init /srv/notes >/dev/null
as git init -q -b main
as git add .
as git -c user.name=D -c user.email=d@example.com commit -q -m First
as cp -R wheels /srv/notes/wheels/$(sha256sum requirements.wheels.txt | cut -d" " -f1)
as git push -q /srv/notes/repo.git main
as sh /tmp/deploy.sh /srv/notes main
await() { tries=200; until "$@" >/dev/null 2>&1; do tries=$((tries - 1)); [ $tries -gt 0 ] || { tail /srv/notes/log/* /var/log/supervisor/* >&2; return 1; }; sleep 0.1; done; }
page() { python3 /tmp/page.py http://127.0.0.1:$0/ "$@"; }
gone() { ! pgrep -x supervisord; }

echo own
as supervisord -c /tmp/supervisord.conf
await page
page
PORT=$((0 + $0))
python3 /tmp/page.py http://127.0.0.1:$((PORT + 1))/ || echo "closed without a password"
python3 /tmp/page.py http://127.0.0.1:$((PORT + 1))/ notes:s3cret >/dev/null && echo "open with it"
as supervisorctl -c /tmp/supervisord.conf restart notes:notes_0 notes:notes_1 >/dev/null
page
as supervisorctl -c /tmp/supervisord.conf shutdown >/dev/null
await gone

echo system
cp /tmp/system.conf /etc/supervisor/conf.d/notes.conf
mkdir -p /var/log/supervisor
supervisord -c /etc/supervisor/supervisord.conf
await page
page
stat -c %U /proc/$(supervisorctl pid notes:notes_0)
supervisorctl shutdown >/dev/null
await gone
' "$port"
"#;

const PAGE: &str = r#"import base64
import sys
import urllib.request as r

request = r.Request(sys.argv[1])
if len(sys.argv) > 2:
    request.add_header("Authorization", "Basic " + base64.b64encode(sys.argv[2].encode()).decode())
print(r.build_opener(r.ProxyHandler({})).open(request, timeout=5).read().decode().strip())
"#;

/// Returns the blocks of configuration in the guide's section on supervisord: one's own, the system's, the interface.
fn shown() -> [String; 3] {
    let guide = read("GUIDE.md");
    let section = section(&guide, "12. Keep it running: supervisord").to_owned();
    let blocks = section.split("```ini\n").skip(1);
    let blocks: Vec<String> = blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect();
    blocks.try_into().expect("three configurations")
}

#[test]
fn both_ways_of_the_guide_serve() {
    if !can_start() {
        return;
    }
    let world = World::new();
    project(&world);
    let port = free_ports();
    let [own, system, interface] = shown().map(|text| {
        text.replace("127.0.0.1:8000", &format!("127.0.0.1:{port}"))
            .replace("127.0.0.1:9001", &format!("127.0.0.1:{}", port + 1))
            .replace("%(ENV_SUPERVISOR_PASSWORD)s", "s3cret")
    });
    world.write("supervisord.conf", format!("{own}\n{interface}"));
    world.write("system.conf", system);
    world.write("page.py", PAGE);
    world.write(
        "deploy.sh",
        fs_err::read(root().join("scripts/deploy.sh")).unwrap(),
    );
    let tools = world.folder("tools");
    for name in TOOLS {
        fs_err::copy(tool(name), tools.join(name)).unwrap();
    }
    let run = world.run("unshare").as_caller();
    let run = run.args([
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "bash",
        "-euc",
        MACHINE,
        "machine",
    ]);
    let ran = run.arg(world.root()).arg(port.to_string()).succeed();
    let text = ran.text();
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

/// Returns a port that is free, and so is the next one, most likely.
fn free_ports() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().min(65_000)
}
