"""Holds a listening socket and runs one gunicorn at a time on it, as systemd's socket activation does.

    hold.py reload ADDRESS PORT   start it, or have a new gunicorn take over from the old one
    hold.py probe ADDRESS PORT    print what is served
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

APP = "/srv/notes"
RUN = "/srv/run"
SIGNALS = {signal.SIGHUP, signal.SIGTERM}


def wait_for(path, alive=lambda: True, seconds=60):
    end = time.monotonic() + seconds
    while not os.path.exists(path):
        if time.monotonic() > end or not alive():
            return False
        time.sleep(0.02)
    return True


def start(number, listening):
    """Starts a gunicorn in the release that is current, and returns it when it is ready; else nothing."""
    ready = f"{RUN}/ready-{number}"
    command = ["relswitch", "exec", "-C", APP, "--", "venv/bin/gunicorn", "--bind", f"fd://{listening.fileno()}"]
    environment = {**os.environ, "READY": ready}
    listen = lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    child = subprocess.Popen(command, env=environment, pass_fds=[listening.fileno()], preexec_fn=listen)
    if wait_for(ready, lambda: child.poll() is None):
        return child
    child.kill()
    child.wait()
    return None


def hold(address, port):
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    listening = socket.create_server((address, port), backlog=512)
    number, child = 0, None
    while True:
        number += 1
        successor = start(number, listening)
        if successor and child:
            child.terminate()
            child.wait()
        child = successor or child
        with open(f"{RUN}/pid", "w") as file:
            file.write(f"{os.getpid()} {number}")
        open(f"{RUN}/{'done' if successor else 'failed'}-{number}", "w").close()
        if signal.sigwait(SIGNALS) == signal.SIGTERM:
            child.terminate()
            return


def reload(address, port):
    try:
        with open(f"{RUN}/pid") as file:
            pid, number = map(int, file.read().split())
        os.kill(pid, signal.SIGHUP)
    except (FileNotFoundError, ProcessLookupError):
        for name in os.listdir(RUN):
            os.remove(f"{RUN}/{name}")
        number = 0
        with open(f"{APP}/../hold.log", "a") as log:
            command = [sys.executable, __file__, "hold", address, str(port)]
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    failed = f"{RUN}/failed-{number + 1}"
    if not wait_for(f"{RUN}/done-{number + 1}", lambda: not os.path.exists(failed)):
        sys.exit("the new gunicorn did not start")


def probe(address, port):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    release, prefix = direct.open(f"http://{address}:{port}/", timeout=5).read().decode().split()
    print(release, "with" if f"/{release}/" in prefix else "WITHOUT", "its environment")


if __name__ == "__main__":
    {"hold": hold, "reload": reload, "probe": probe}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
