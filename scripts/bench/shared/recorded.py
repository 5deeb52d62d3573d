"""A package index recorded once and served on loopback by nginx, so that every program sees the same one.

    with recorded.served() as index:                 # the recording, at full speed
        index.url, index.port
    with recorded.served(delay_ms=25, rate="20m"):   # every answer later, every connection slower
    with recorded.recording() as index:              # what is not there yet is asked of pip's index, and kept

    recorded.lock("django")     requirements.txt with hashes, for this machine's Debian Python
    recorded.wheels("django")   the folder of its wheels

What is kept lies below target/bench/index (BENCH_INDEX elsewhere): simple/NAME/index.json[.gz], files/, api/.
"""

import gzip
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import STACKS, WORK, origin
from .peers import program

KEPT = Path(os.environ.get("BENCH_INDEX", WORK / "index"))
PYTHON = "/usr/bin/python3"
ECHO_MODULE = Path("/usr/lib/nginx/modules/ngx_http_echo_module.so")
SDISTS_ALLOWED = {"airflow"}


@dataclass
class Index:
    """A server of the recording: the address of its pages, and its port on loopback."""

    port: int

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/simple"


# Recording

def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{threading.get_ident()}")
    aside.write_bytes(content)
    aside.rename(path)


def keep_page(name):
    folder = KEPT / "simple" / name
    if (folder / "index.json").exists():
        return
    page, origins = origin.page(name)
    if page is None:
        return
    content = json.dumps(page).encode()
    write(KEPT / "origins" / f"{name}.json", json.dumps(origins).encode())
    write(folder / "index.json.gz", gzip.compress(content, 6))
    write(folder / "index.json", content)


def keep_project(name):
    keep_page(name)
    page = json.loads((KEPT / "simple" / name / "index.json").read_bytes())
    write(KEPT / "pypi" / name / "json", json.dumps(origin.project(page)).encode())


def origin_of(path):
    """The address that a path below /files was recorded from."""
    name = path.rsplit("/", 1)[1]
    parts = name.removesuffix(".metadata").split("-")
    for length in range(1, len(parts)):
        origins = KEPT / "origins" / f"{normalised('-'.join(parts[:length]))}.json"
        if origins.exists():
            found = json.loads(origins.read_bytes()).get(path.removesuffix(".metadata"))
            if found:
                return found
    return None


def keep_file(path):
    target = KEPT / "files" / path
    url = None if target.exists() else origin_of(path)
    if url is None:
        return
    if path.endswith(".metadata"):
        write(target, origin.metadata(url))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{threading.get_ident()}")
    origin.copy(url, aside)
    aside.rename(target)


class Recorder(http.server.SimpleHTTPRequestHandler):
    """Gives what is kept, and first asks for what is not."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.fill()
        super().do_GET()

    def do_HEAD(self):
        self.fill()
        super().do_HEAD()

    def fill(self):
        path = self.path.split("?")[0].split("#")[0]
        if match := re.fullmatch(r"/simple/([^/]+)/", path):
            keep_page(normalised(match[1]))
        elif match := re.fullmatch(r"/pypi/([^/]+)/json", path):
            keep_project(normalised(match[1]))
        elif path.startswith("/files/"):
            keep_file(urllib.request.unquote(path.removeprefix("/files/")))

    def send_head(self):
        if re.fullmatch(r"/simple/[^/]+/", self.path):
            self.path += "index.json"
        return super().send_head()

    def guess_type(self, path):
        return origin.PAGE if "/simple/" in str(path) else "application/octet-stream"

    def log_message(self, *_):
        pass


@contextmanager
def recording():
    KEPT.mkdir(parents=True, exist_ok=True)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *arguments: Recorder(*arguments, directory=str(KEPT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Index(server.server_address[1])
    finally:
        server.shutdown()


# Serving

CONFIGURATION = """
{modules}
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log {log};
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    types {{ }}
    absolute_redirect off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000;
    gzip_static on;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {kept};
        location /simple/ {{ {pause} @page; }}
        location /pypi/ {{ {pause} @project; }}
        location /files/ {{ {pause} @file; }}
        location @page {{
            default_type {page_type};
            index index.json;
            add_header Cache-Control "max-age=600, public";
            {rate}
        }}
        location @project {{
            default_type application/json;
            {rate}
        }}
        location @file {{
            add_header Cache-Control "max-age=365000000, immutable, public";
            {rate}
        }}
    }}
}}
"""


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(delay_ms=0, rate=None, log="off"):
    """Serves the recording with nginx; `log` names a file for its access log."""
    if delay_ms and not ECHO_MODULE.exists():
        raise SystemExit("delays need nginx's echo module: apt-get install libnginx-mod-http-echo")
    folder = Path(tempfile.mkdtemp(prefix="bench-nginx-"))
    folder.chmod(0o755)
    port = free_port()
    pause = f"echo_sleep {delay_ms / 1000}; echo_exec" if delay_ms else "try_files /dev/null/none"
    content = CONFIGURATION.format(
        modules=f"load_module {ECHO_MODULE};" if delay_ms else "", folder=folder, log=log, port=port, kept=KEPT,
        pause=pause, rate=f"limit_rate {rate};" if rate else "", page_type=origin.PAGE)
    if os.geteuid() == 0:
        content = "user root;\n" + content
    (folder / "nginx.conf").write_text(content)
    nginx = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"],
                             stderr=subprocess.DEVNULL)
    try:
        wait_for(port, nginx, folder)
        yield Index(port)
    finally:
        nginx.terminate()
        nginx.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(port, nginx, folder):
    import socket
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if nginx.poll() is not None:
                raise SystemExit(f"nginx does not start:\n{(folder / 'error.log').read_text()}")
            time.sleep(0.02)
    raise SystemExit("nginx does not answer")


# Stacks

def stack(name):
    return STACKS / f"{name}.in"


def compile_with_uv(name, url, output, *more):
    """Locks a stack with uv for the Debian Python of this machine."""
    command = [program("uv"), "pip", "compile", "--quiet", "--no-header", "--generate-hashes", "--no-config",
               "--python", PYTHON, "--index-url", url, "--output-file", output, *more, stack(name)]
    if name not in SDISTS_ALLOWED:
        command += ["--only-binary", ":all:"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("UV_", "PIP_"))}
    subprocess.run([str(word) for word in command], check=True, env=environment, stdout=subprocess.DEVNULL)


def lock(name):
    """The lock of a stack with all hashes of the chosen versions, made once; records what uv asks for."""
    path = KEPT / "locks" / f"{name}.txt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with recording() as index, tempfile.TemporaryDirectory() as cache:
            compile_with_uv(name, index.url, path, "--cache-dir", cache)
    return path


def wheels(name):
    """The wheels of a stack for this machine's Debian Python, fetched once."""
    folder = KEPT / "wheels" / name
    if not folder.exists():
        aside = folder.with_name(f".{name}")
        shutil.rmtree(aside, ignore_errors=True)
        with recording() as index:
            command = [program("python"), "-m", "pip", "--isolated", "download", "--quiet", "--no-cache-dir", "--no-deps",
                       "--only-binary", ":all:", "--index-url", index.url, "-d", aside, "-r", lock(name)]
            subprocess.run([str(word) for word in command], check=True)
        aside.rename(folder)
    return folder
