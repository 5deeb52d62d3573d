"""One commit on many hosts, a few at a time.

    fab -r scripts deploy --hosts web1,web2,web3 --app /srv/notes --serial 2
    fab -r scripts status --hosts web1,web2,web3 --app /srv/notes
    fab -r scripts rollback --hosts web1,web2,web3 --app /srv/notes

Run in the project's folder, with Fabric 3. First every host prepares the release, all at once, while the old one is
served: wheels by rsync, the commit by git, the build by deploy.sh. Only when all are ready the first host switches
alone, then the others, `--serial` at a time. A switch is done when the probe in the host's .relswitch/config.json sees
the new release. At the first host that fails, no other is switched, and those that were go back. Hosts that serve the
commit already are passed over, so a run that was broken off is run again as it was.

The hosts must not have the hook post-receive: here it is this file that says when.
"""

import hashlib
import json
import os
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fabric import Config, Connection
from invoke import Exit, task

DEPLOY_SH = (Path(__file__).parent / "deploy.sh").read_text()
LOCK = "requirements.wheels.txt"
PATIENCE = 900  # seconds that a step on a host may take

HELP = {
    "hosts": "names for ssh, comma-separated; the first one is the canary",
    "app": "the application's folder on each host",
    "ssh-config": "a configuration of ssh other than ~/.ssh/config",
}


class Failed(Exception):
    """A step that a host did not do; `fault` says whose: the release's, or the host's."""

    def __init__(self, why, fault="host"):
        super().__init__(why)
        self.fault = fault


class Host:
    """A host, and what has become of it in this run."""

    def __init__(self, name, app, ssh_config):
        self.name, self.app = name, app
        self.ssh = ["ssh", "-F", ssh_config] if ssh_config else ["ssh"]
        config = Config(runtime_ssh_path=ssh_config)
        self.connection = Connection(name, config=config, connect_timeout=15)
        self.id = None
        self.before = self.now = "?"
        self.result = "untouched"
        self.seconds = 0.0

    def run(self, *argv, fault="host"):
        """Runs a command there and returns what it printed."""
        try:
            ran = self.connection.run(shlex.join(argv), hide=True, warn=True, in_stream=False, timeout=PATIENCE)
        except Exception as error:  # Whatever the network, ssh or a deadline made of it.
            raise Failed(f"lost: {type(error).__name__} {error}".strip()) from error
        if ran.exited != 0:
            said = (ran.stderr.strip() or ran.stdout.strip()).splitlines()
            raise Failed(f"{argv[0]} {argv[1]} ended with {ran.exited}: " + "; ".join(said[-3:]), fault)
        return ran.stdout

    def relswitch(self, command, *arguments, fault="host"):
        return json.loads(self.run("relswitch", command, "-C", self.app, *arguments, "--format", "json", fault=fault))

    def look(self, commit=None):
        """Asks what is served; says whether it is the commit."""
        current = self.relswitch("status")["current"]
        self.now = current["id"] if current else "-"
        return bool(commit and current and current["commit"] == commit)

    def send(self, commit, branch, digest):
        """Sends wheels and commit; a folder of wheels appears whole."""
        wheels, part = f"{self.app}/wheels/{digest}", f"{self.app}/wheels/.{digest}.part"
        if self.run("sh", "-c", 'test -d "$1" || echo missing', "sh", wheels):
            local(["rsync", "-a", "-e", shlex.join(self.ssh), "wheels/", f"{self.name}:{part}/"])
            self.run("mv", "-T", part, wheels)
        repository = f"{self.name}:{self.app}/repo.git"
        local(["git", "push", "--quiet", repository, f"{commit}:refs/heads/{branch}"], GIT_SSH_COMMAND=shlex.join(self.ssh))

    def prepare(self, commit, branch, digest):
        if self.look(commit):
            self.result = "already"
            return
        self.before = self.now
        self.send(commit, branch, digest)
        printed = self.run("sh", "-c", DEPLOY_SH, "deploy.sh", "prepare", self.app, commit, fault="release")
        self.id = printed.split()[-1]
        self.result = "prepared"

    def switch(self):
        self.relswitch("switch", self.id, fault="release")
        self.now, self.result = self.id, "switched"

    def back(self, keep_good):
        if self.before == "-":
            self.result = "first"
            return
        self.relswitch("rollback", self.before, *(["--keep-good"] if keep_good else []))
        self.now, self.result = self.before, "rolled back"


def local(argv, **environment):
    """Runs a command here."""
    ran = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, **environment}, stdin=subprocess.DEVNULL)
    if ran.returncode != 0:
        raise Failed(f"{argv[0]} ended with {ran.returncode}: " + "; ".join(ran.stderr.strip().splitlines()[-2:]))
    return ran.stdout


def on_all(hosts, step):
    """Takes a step on hosts at once; returns the failures by host."""
    failures = {}

    def take(host):
        begun = time.monotonic()
        try:
            step(host)
        except Failed as failure:
            host.result = f"FAILED: {failure}"
            failures[host] = failure
        finally:
            host.seconds += time.monotonic() - begun

    with ThreadPoolExecutor(max_workers=min(64, len(hosts) or 1)) as pool:
        list(pool.map(take, hosts))
    return failures


def batches(hosts, serial):
    """The canary, then so many at a time."""
    yield hosts[:1]
    for start in range(1, len(hosts), serial):
        yield hosts[start : start + serial]


def table(hosts):
    rows = [("host", "before", "now", "seconds", "result")]
    rows += [(host.name, host.before, host.now, f"{host.seconds:.1f}", host.result) for host in hosts]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join([cell.ljust(width) for cell, width in zip(row, widths)] + [row[4]]))


def fleet(hosts, app, ssh_config):
    return [Host(name, app, ssh_config) for name in hosts.split(",") if name]


@task(help={**HELP, "ref": "what to deploy", "branch": "the branch it is pushed to", "serial": "how many hosts switch at once", "keep": "leave switched hosts switched when another fails"})
def deploy(context, hosts, app, ref="HEAD", branch="main", serial=1, ssh_config=None, keep=False):
    """Deploy a commit on all hosts, or on none."""
    machines = fleet(hosts, app, ssh_config)
    commit = local(["git", "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"]).strip()
    lock = subprocess.run(["git", "show", f"{commit}:{LOCK}"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(lock).hexdigest()
    failures = on_all(machines, lambda host: host.prepare(commit, branch, digest))
    if not failures:
        failures = roll(machines, int(serial), keep)
    table(machines)
    if failures:
        raise Exit(f"{len(failures)} of {len(machines)} hosts failed", code=1)


def roll(machines, serial, keep):
    """Switches batch after batch, until a host fails."""
    waiting = [host for host in machines if host.id]
    for batch in batches(waiting, serial):
        failures = on_all(batch, Host.switch)
        if failures:
            done = [host for host in waiting if host.result == "switched"]
            blame = any(failure.fault == "release" for failure in failures.values())
            if not keep:
                on_all(done, lambda host: host.back(keep_good=not blame))
            return failures
    return {}


@task(help=HELP)
def status(context, hosts, app, ssh_config=None):
    """Show what every host serves."""
    machines = fleet(hosts, app, ssh_config)

    def look(host):
        host.look()
        host.result = "ok"

    failures = on_all(machines, look)
    table(machines)
    if failures:
        raise Exit(code=1)


@task(help={**HELP, "keep-good": "do not mark the release that is left as bad"})
def rollback(context, hosts, app, ssh_config=None, keep_good=False):
    """Take every host back to the release before."""
    machines = fleet(hosts, app, ssh_config)

    def back(host):
        host.look()
        host.before = host.now
        host.now = host.relswitch("rollback", *(["--keep-good"] if keep_good else []))["current"]
        host.result = "rolled back"

    failures = on_all(machines, back)
    table(machines)
    if failures:
        raise Exit(code=1)
