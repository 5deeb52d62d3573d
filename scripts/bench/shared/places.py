"""Places to measure on: a tmpfs, and an ext4 with a journal on a loop mount (both need root).

On an ext4 without a journal, creating files is slow for minutes after a large removal, so the bounds are
stated for these two.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path


def quietly(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def mounted(*mount):
    """Mounts something on a fresh folder, and takes it away at the end."""
    if os.geteuid() != 0:
        raise SystemExit("mounting a place to measure on needs root; or name a folder of your own")
    # Whoever ends a benchmark wants no mount left: an exit goes through the "finally".
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    place = Path(tempfile.mkdtemp(prefix="bench-"))
    quietly("mount", *mount, place)
    try:
        yield place
    finally:
        quietly("umount", "--lazy", place)
        place.rmdir()


@contextmanager
def tmpfs(size="8g"):
    with mounted("-t", "tmpfs", "-o", f"size={size}", "bench") as place:
        yield place


@contextmanager
def ext4(gigabytes=12):
    """A journaled ext4 in a sparse file; all of its inode tables are written beforehand."""
    folder = Path(tempfile.mkdtemp(prefix="bench-image-", dir="/var/tmp"))
    image = folder / "ext4"
    try:
        quietly("truncate", "-s", f"{gigabytes}G", image)
        quietly("mkfs.ext4", "-q", "-F", "-O", "has_journal", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
        with mounted("-o", "loop", image) as place:
            yield place
    finally:
        shutil.rmtree(folder, ignore_errors=True)
