//! A machine of its own, with the guide's application on it, for what only an administrator does.

use crate::fleet::world::project;
use crate::workspace::{TOOLS, read, root, tool};
use kit::{Run, World};

const MACHINE: &str = include_str!("machine.sh");

/// Words that every script on the machine knows: wait for something, ask for the page, be the deploy user.
const WORDS: &str = r#"
as() { setpriv --reuid=notes --regid=notes --clear-groups env HOME=/home/notes "$@"; }
await() {
    tries=200
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { echo "waited in vain: $*" >&2; tail /srv/notes/log/* >&2; return 1; }
        sleep 0.1
    done
}
page() { python3 /srv/files/page.py http://127.0.0.1:"$@"; }
"#;

const PAGE: &str = r#"import base64
import sys
import urllib.request as r

request = r.Request(sys.argv[1])
if len(sys.argv) > 2:
    request.add_header("Authorization", "Basic " + base64.b64encode(sys.argv[2].encode()).decode())
print(r.build_opener(r.ProxyHandler({})).open(request, timeout=20).read().decode().strip())
"#;

/// A machine that has not been started yet.
pub(crate) struct Machine {
    world: World,
}

impl Machine {
    /// Makes one with the tools and the application; what is deployed is `dev`.
    pub(crate) fn new() -> Self {
        let world = World::new();
        project(&world);
        let tools = world.folder("tools");
        for name in TOOLS {
            kit::put_tool(&tool(name), &tools.join(name));
        }
        let deploy = fs_err::read(root().join("scripts/deploy.sh")).unwrap();
        let machine = Self { world };
        machine.file("deploy.sh", deploy);
        machine.file("page.py", PAGE);
        machine.file("words", WORDS);
        machine
    }

    /// Reads a file in its `/srv/files`.
    pub(crate) fn read(&self, name: &str) -> String {
        self.world.read(format!("files/{name}"))
    }

    /// Puts a file into its `/srv/files`.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.world.write(format!("files/{name}"), bytes);
    }

    /// Starts it, runs a script there as root, and stops it; needs root.
    pub(crate) fn run(&self, script: &str) -> Run {
        self.file("script", format!(". /srv/files/words\n{script}"));
        let run = self.world.run("unshare").as_caller();
        let spaces = ["--mount", "--pid", "--cgroup", "--fork", "--kill-child"];
        let run = run.args(spaces).args(["bash", "-euc", MACHINE, "machine"]);
        run.arg(self.world.root())
    }
}

/// Returns the blocks of configuration in a section of the guide.
pub(crate) fn shown<const N: usize>(heading: &str) -> [String; N] {
    let guide = read("GUIDE.md");
    let blocks = crate::shown::section(&guide, heading).split("```ini\n").skip(1);
    let blocks: Vec<String> = blocks
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect();
    blocks.try_into().expect("as many configurations as are tested")
}

/// Returns a port that is free, and so is the next one, most likely.
pub(crate) fn free_ports() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().min(65_000)
}
