"""The index that pip on this machine uses, as the recording sees it: pages, metadata of wheels, files.

A page is kept as it is, with its files' addresses below /files of the recording, and says of every wheel that its
metadata can be had by itself (a mirror may not offer that; the recording does).
"""

import functools
import io
import json
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import zipfile

from .peers import program

PAGE = "application/vnd.pypi.simple.v1+json"


@functools.cache
def address():
    """The index of pip's configuration, else pip's own default: asked, never written here."""
    python = program("python")
    configured = subprocess.run([python, "-m", "pip", "config", "get", "global.index-url"],
                                capture_output=True, text=True)
    if configured.returncode == 0:
        return configured.stdout.strip().rstrip("/")
    ask = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return subprocess.run([python, "-I", "-c", ask], check=True, capture_output=True, text=True).stdout.strip().rstrip("/")


def open_url(url, **headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=120)


def page(name):
    """The page of a project, and where each of its files really is; (None, {}) if there is none."""
    url = f"{address()}/{name}/"
    try:
        with open_url(url, Accept=PAGE) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None, {}
        raise
    origins = {}
    for file in found["files"]:
        origin = urllib.parse.urljoin(url, file["url"])
        digest = file["hashes"].get("sha256", "none")
        path = f"{digest[:2]}/{digest[2:16]}/{file['filename']}"
        origins[path] = origin
        file["url"] = f"/files/{path}"
        if file["filename"].endswith(".whl"):
            file["core-metadata"] = True
    return found, origins


def metadata(url):
    """METADATA of a wheel, read by ranges of the file."""
    with zipfile.ZipFile(Ranges(url)) as wheel:
        name = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1)
        return wheel.read(name)


def copy(url, target):
    with open_url(url) as answer, open(target, "wb") as file:
        shutil.copyfileobj(answer, file, 1 << 20)


def project(page):
    """What the JSON API says of a project, as far as pip-compile asks it: files, kinds, digests."""
    releases = {}
    for file in page["files"]:
        wheel = file["filename"].endswith(".whl")
        version = file["filename"].split("-")[1] if wheel else strip(file["filename"].rsplit("-", 1)[-1])
        entry = {"filename": file["filename"], "packagetype": "bdist_wheel" if wheel else "sdist",
                 "digests": file["hashes"], "url": file["url"]}
        releases.setdefault(version, []).append(entry)
    return {"info": {"name": page["name"]}, "releases": releases}


def strip(name):
    for ending in (".tar.gz", ".zip", ".tar.bz2", ".tgz"):
        name = name.removesuffix(ending)
    return name


class Ranges(io.RawIOBase):
    """A file on a server, read by ranges; the tail at once, since a zip is read from its end."""

    TAIL = 1 << 16

    def __init__(self, url):
        with open_url(url, Range=f"bytes=-{self.TAIL}") as answer:
            self.tail = answer.read()
            partial = answer.headers.get("Content-Range")
        self.size = int(partial.rpartition("/")[2]) if partial else len(self.tail)
        self.url, self.at = url, 0

    def seekable(self):
        return True

    def readable(self):
        return True

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def tell(self):
        return self.at

    def read(self, size=-1):
        size = self.size - self.at if size < 0 else min(size, self.size - self.at)
        start, self.at = self.at, self.at + size
        if size <= 0:
            return b""
        first = self.size - len(self.tail)
        if start >= first:
            return self.tail[start - first:][:size]
        with open_url(self.url, Range=f"bytes={start}-{start + size - 1}") as answer:
            return answer.read()
