//! A production host: an application, its repository and hook, wheels, and environments made of them.

use kit::{PYTHON, Ran, Run, World, give, has};
use std::{path::PathBuf, process::Child, sync::Arc};

use super::ssh::Ssh;

const RELSWITCH: &str = env!("CARGO_BIN_EXE_relswitch");

/// Where `scripts/bootstrap` puts real wheels.
const WHEELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/site-wheels");

/// The packages of the site.
const PACKAGES: [&str; 4] = ["asgiref", "django", "gunicorn", "sqlparse"];

/// The site: its id is said by its code, its prefix by its interpreter.
const SITE: &str = r#"
import json, pathlib, sys, time
from django.conf import settings
settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="a test's")
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

RELEASE = pathlib.Path(__file__).resolve().parent
ID = json.loads((RELEASE / ".relswitch.json").read_text())["id"]
TEXT = (RELEASE / "page").read_text()

def page(request):
    seconds = float(request.GET.get("sleep", 0))
    if seconds > 1:
        (RELEASE / "../../busy").touch()
    time.sleep(seconds)
    said = f"{TEXT}\n{ID}\n{sys.prefix}"
    return HttpResponse(said, headers={"Content-Length": len(said)})

urlpatterns = [path("", page)]
application = get_wsgi_application()
"#;

/// Prints the id that is served, unless its interpreter is another release's.
const PROBE: &str = r#"
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
connection.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
text, id, prefix = connection.makefile().read().split("\n\n")[-1].split("\n")
if not prefix.endswith(f"/releases/{id}/venv"):
    sys.exit(f"code of {id} in {prefix}")
print(id)
"#;

/// What the host does when it is pushed to.
const HOOK: &str = r#"#!/bin/sh
set -eu
app=$(cd .. && pwd)
id=$(RELSWITCH -C "$app" stage main --print id)
release=$app/releases/$id
wheels=$app/wheels/$(sha256sum "$release/requirements.txt" | cut -d' ' -f1)
[ -d "$wheels" ] || { echo "no wheels in $wheels"; RELSWITCH -q -C "$app" fail "$id"; exit 1; }
ENVIRONMENT "$release/venv" "$wheels"
RELSWITCH -C "$app" ready "$id" >/dev/null
RELSWITCH -C "$app" switch "$id" HOOKS >/dev/null
echo "deployed $id"
"#;

/// Makes an environment of all wheels in a folder: they are pure, so unpacking is installing.
const ENVIRONMENT: &str = r#"#!/bin/sh
set -eu
PYTHON -m venv --without-pip "$1"
packages=$(echo "$1"/lib/python3*/site-packages)
for wheel in "$2"/*.whl; do PYTHON -m zipfile -e "$wheel" "$packages"; done
"#;

/// The host, and beside it a development repository that pushes into it by ssh.
pub(super) struct Production {
    pub(super) world: World,
    ssh: Ssh,
}

impl Production {
    /// Makes both; nothing is pushed yet. `None` where daemons are missing, and tests are told to do without.
    pub(super) fn new() -> Option<Arc<Self>> {
        if !["sshd", "supervisord"].into_iter().all(has) {
            return None;
        }
        let world = World::new();
        world.run(RELSWITCH).args(["-C", "app", "init"]).succeed();
        world.write("probe.py", PROBE);
        world.program("environment", ENVIRONMENT.replace("PYTHON", PYTHON));
        let ssh = Ssh::new(&world);
        let production = Self { world, ssh };
        production.bring_wheels();
        production.git("", &["init", "--quiet", "--initial-branch=main", "dev"]);
        let address = format!("production:{}", production.app().join("repo.git").display());
        production.git("dev", &["remote", "add", "production", &address]);
        production.world.write("dev/notes.py", SITE);
        Some(Arc::new(production))
    }

    /// Returns the application's folder.
    pub(super) fn app(&self) -> PathBuf {
        self.world.path("app")
    }

    /// Returns relswitch where everybody reaches it.
    pub(super) fn program(&self) -> PathBuf {
        let copy = self.world.path("bin/relswitch");
        if copy.exists() { copy } else { RELSWITCH.into() }
    }

    /// Prepares to run relswitch on the application.
    pub(super) fn relswitch(&self, arguments: &[&str]) -> Run {
        self.world.run(RELSWITCH).args(["-C", "app"]).args(arguments)
    }

    /// Prepares to switch, with hooks as they stand in a script.
    pub(super) fn switch(&self, id: &str, hooks: &str) -> Run {
        let script = format!("exec \"$1\" -C app switch \"$2\" {hooks}");
        let run = self.world.run("/bin/sh").args(["-euc", &script, "switch"]);
        run.arg(self.program()).arg(id)
    }

    /// Returns the option for a probe of what is served at a port.
    pub(super) fn probe(&self, port: u16) -> String {
        let probe = self.world.path("probe.py");
        format!("--probe '{PYTHON} -I -S {} {port}'", probe.display())
    }

    /// Returns the release that is current.
    pub(super) fn current(&self) -> String {
        let target = fs_err::read_link(self.app().join("current")).unwrap();
        target.file_name().unwrap().to_str().unwrap().to_owned()
    }

    /// Has the host deploy what is pushed, with these hooks.
    pub(super) fn deploy_pushes(&self, hooks: &str) {
        let hook = HOOK
            .replace("RELSWITCH", &self.program().display().to_string())
            .replace(
                "ENVIRONMENT",
                &self.world.path("environment").display().to_string(),
            )
            .replace("HOOKS", hooks);
        self.world.program("app/repo.git/hooks/post-receive", hook);
    }

    /// Commits a page with this text, and pushes it over ssh.
    pub(super) fn push(&self, text: &str) -> Ran {
        self.world.write("dev/page", text);
        self.git("dev", &["add", "--all"]);
        self.git("dev", &["commit", "--quiet", "--message", text]);
        let push = self
            .world
            .run("git")
            .cwd("dev")
            .env("GIT_SSH_COMMAND", self.ssh.client());
        push.args(["push", "production", "main"]).succeed()
    }

    /// Prepares to run a command on the host by ssh.
    pub(super) fn ssh(&self, command: &str) -> Run {
        let client = format!("{} production \"$1\"", self.ssh.client());
        self.world.run("/bin/sh").args(["-euc", &client, "ssh", command])
    }

    /// Changes what the site needs, so that its wheels are not on the host yet.
    pub(super) fn change_requirements(&self) {
        let lock = self.world.read("dev/requirements.txt");
        self.world
            .write("dev/requirements.txt", format!("# changed\n{lock}"));
    }

    /// Pushes two commits, and makes a release of each with an environment of its own.
    pub(super) fn two_releases(&self) -> [String; 2] {
        ["one", "two"].map(|text| {
            self.push(text);
            let id = self.stage_only();
            let wheels = fs_err::read_dir(self.app().join("wheels"))
                .unwrap()
                .next()
                .unwrap();
            let venv = self.app().join("releases").join(&id).join("venv");
            let make = self.world.run(self.world.path("environment"));
            make.arg(venv).arg(wheels.unwrap().path()).succeed();
            self.relswitch(&["ready", &id]).succeed();
            id
        })
    }

    /// Makes a release without an environment: nobody will serve it.
    pub(super) fn stage(&self) -> String {
        let id = self.stage_only();
        self.relswitch(&["ready", &id]).succeed();
        id
    }

    fn stage_only(&self) -> String {
        let staged = self.relswitch(&["stage", "main", "--print", "id"]).succeed();
        staged.text().trim().to_owned()
    }

    /// Sends a signal to a process of the host.
    pub(super) fn kill(&self, signal: &str, process: &Child) {
        let run = self.world.run("kill").args(["-s", signal]);
        run.arg(process.id().to_string()).succeed();
    }

    fn git(&self, folder: &str, arguments: &[&str]) {
        let identity = ["-c", "user.name=dev", "-c", "user.email=dev@localhost"];
        self.world
            .run("git")
            .cwd(folder)
            .args(identity)
            .args(arguments)
            .succeed();
    }

    /// Puts the site's wheels into the folder that is named by the digest of its lock.
    fn bring_wheels(&self) {
        let folder = self.world.folder("wheels");
        for wheel in fs_err::read_dir(WHEELS).unwrap() {
            let wheel = wheel.unwrap().path();
            let name = wheel.file_name().unwrap().to_str().unwrap();
            if PACKAGES
                .iter()
                .any(|package| name.starts_with(&format!("{package}-")))
            {
                fs_err::copy(&wheel, folder.join(name)).unwrap();
                give(&folder.join(name));
            }
        }
        let lock = self
            .world
            .run("/bin/sh")
            .args(["-euc", "cd wheels; sha256sum *.whl"]);
        self.world.write("dev/requirements.txt", lock.succeed().stdout);
        let digest = self
            .world
            .run("sha256sum")
            .arg("dev/requirements.txt")
            .succeed()
            .text();
        let place = format!("app/wheels/{}", digest.split(' ').next().unwrap());
        fs_err::rename(folder, self.world.path(place)).unwrap();
    }
}
