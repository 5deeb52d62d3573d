"""The peers, in an environment of their own below target/bench, pinned in scripts/bench/peers.txt."""

import subprocess
import threading

from . import TREE, WORK

LIST = TREE / "scripts/bench/peers.txt"
MAKING = threading.Lock()


def folder(pins=LIST, place=WORK / "peers"):
    """Where the peers' programs are; made on first use, and again when the pins change."""
    stamp = place / "stamp"
    with MAKING:  # a recorder is asked by many threads at once
        if not (stamp.exists() and stamp.read_text() == pins.read_text()):
            subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", place], check=True)
            install = [place / "bin/python", "-m", "pip", "install", "--quiet", "-r", pins]
            subprocess.run(install, check=True)
            stamp.write_text(pins.read_text())
    return place / "bin"


def program(name):
    return folder() / name
