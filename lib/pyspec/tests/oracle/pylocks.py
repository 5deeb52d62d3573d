"""Lock files: reading, and selecting for a target."""

import itertools
import logging
import random
import tomllib

from answers import ERROR, ok
from machines import TARGETS, listed
from packaging.pylock import Pylock, PylockSelectError, PylockValidationError
from packaging.tags import Tag

LINUX = {
    "implementation_name": "cpython", "implementation_version": "3.12.4", "os_name": "posix", "platform_machine": "x86_64",
    "platform_release": "", "platform_system": "Linux", "platform_version": "", "python_full_version": "3.12.4",
    "platform_python_implementation": "CPython", "python_version": "3.12", "sys_platform": "linux",
}
WINDOWS = LINUX | {"os_name": "nt", "platform_machine": "AMD64", "platform_system": "Windows", "sys_platform": "win32"}
# The full form of a short name, the short name that has its tags, and what markers see.
ENVIRONMENTS = [
    ("cp3.12.4-manylinux_2_28_x86_64", "cp312-manylinux_2_28_x86_64", LINUX),
    ("cp3.12.4-win_amd64", "cp312-win_amd64", WINDOWS),
]

logging.disable(logging.CRITICAL)

HASH = "hashes = {sha256 = '00'}"
TOPS = [
    "", "environments = []", "environments = ['os_name == \"nt\"']", "environments = ['os_name == \"nt\"', 'os_name == \"posix\"']",
    "requires-python = '>=3.9'", "requires-python = '<3.12.4'", "extras = ['a']", "extras = ['A']", "dependency-groups = ['x']",
    "default-groups = ['x']", "default-groups = 'x'", "environments = ['x']", "requires-python = 'x'", "tool = 1", "[tool.x]\ny = 1",
    "environments = [1]", "extras = 'a'", "unknown = 1", "packages = 1", "extras = ['extra == 1']", "requires-python = 3",
]
HEADS = [
    "lock-version = '1.0'\ncreated-by = 'x'", "lock-version = '1.1'\ncreated-by = 'x'", "lock-version = '1'\ncreated-by = 'x'",
    "lock-version = '2.0'\ncreated-by = 'x'", "lock-version = '0.9'\ncreated-by = 'x'", "lock-version = 1.0\ncreated-by = 'x'",
    "created-by = 'x'", "lock-version = '1.0'", "lock-version = 'x'\ncreated-by = 'x'", "lock-version = '1.0'\ncreated-by = 1",
    "lock-version = '2.0.dev1'\ncreated-by = 'x'", "lock-version = '1.0.dev1'\ncreated-by = 'x'", "lock-version = '1.0+x'\ncreated-by = 'x'",
]
NAMES = ["name = 'a'", "name = 'a-b'", "name = 'A'", "name = 1", "", "name = 'a'", "name = 'a'"]
VERSIONS = ["version = '1.0'", "version = '1'", "", "version = '2'", "version = 'x'", "version = 1"]
WHEEL_NAMES = [
    "a-1.0-py3-none-any.whl", "a_b-1.0-py3-none-any.whl", "a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl", "a-1.0-cp312-cp312-win_amd64.whl",
    "a-1.0-1-py3-none-any.whl", "a-1.0-cp38-abi3-manylinux2014_x86_64.whl", "a-2-py3-none-any.whl", "a-1.0.zip", "a.whl", "A-1-py2.py3-none-any.whl",
    "a-1.0-py3-none-manylinux_2_5_x86_64.whl", "a-1.0-cp311-cp311-win_amd64.whl",
]
PLACES = [
    "url = 'https://example.com/{0}'", "path = '{0}'", "path = 'w/{0}'", "path = 'w\\{0}'", "url = 'https://example.com/x'\nname = '{0}'",
    "url = 'https://example.com/{0}?x/y#z/w'", "url = ''", "path = ''\nurl = 'https://example.com/{0}'", "name = '{0}'", "url = 1",
    "url = '{0}'", "name = ''\nurl = 'https://example.com/{0}'", "url = 'https://example.com/a%2D1.0-py3-none-any.whl'",
]
HASHES = [HASH, HASH, HASH, "hashes = {}", "", "hashes = {x = 1}", "hashes = 'x'", "hashes = {md5 = '0', 'x y' = ''}"]
MORE = [
    "", "", "size = 1", "size = '1'", "upload-time = 2025-01-01T00:00:00Z", "upload-time = 2025-01-01", "upload-time = '2025'", "size = true",
    "upload-time = 2025-01-01T00:00:00", "upload-time = 10:00:00", "unknown = 1",
]
SDISTS = ["", "", "a-1.0.tar.gz", "a-1.0.zip", "a-2.tar.gz", "a.tar.gz", "b-1.0.tar.gz", "a-1.0.tar.bz2"]
OTHERS = [
    "", "", "", "", "directory = {path = '.'}", "directory = {path = '.', editable = true}", "directory = {path = '.', editable = 1}", "directory = {}",
    "vcs = {type = 'git', url = 'x', commit-id = '0'}", "vcs = {type = 'git', commit-id = '0'}", "vcs = {url = 'x', commit-id = '0'}",
    "vcs = {type = 'git', path = 'x', commit-id = '0', requested-revision = 'y', subdirectory = 'z'}",
    "archive = {url = 'x.zip', hashes = {a = '0'}}", "archive = {hashes = {a = '0'}}", "archive = {url = 'x.zip'}",
    "archive = {path = 'x.zip', size = 1, hashes = {a = '0'}, subdirectory = 'y'}",
]
MARKERS = [
    "", "", "", "marker = 'os_name == \"nt\"'", "marker = 'os_name == \"posix\"'", "marker = '\"x\" in dependency_groups'", "marker = '\"x\" in extras'",
    "marker = 'x'", "marker = 1", "marker = 'python_full_version < \"3.12.5\"'", "marker = 'extra == \"x\"'",
]
REST = [
    "", "", "", "requires-python = '>=3.9'", "requires-python = '>3.12'", "requires-python = 'x'", "dependencies = [{name = 'b'}]",
    "dependencies = ['b']", "index = 'x'", "index = 1", "attestation-identities = [{kind = 'x'}]", "attestation-identities = [{}]",
    "attestation-identities = [{kind = 1}]", "tool = {x = 1}", "tool = 1", "unknown = 1",
]


def selected(text, environment, tags):
    lock = Pylock.from_dict(tomllib.loads(text))
    return [
        {"name": package.name, "version": package.version and str(package.version), "file": place(found)}
        for package, found in lock.select(environment=environment, tags=tags)
    ]


def place(found):
    if type(found).__name__ in ("PackageSdist", "PackageWheel"):
        return found.filename
    return getattr(found, "url", None) or found.path


def answer(text, environment, tags):
    try:
        return ok(selected(text, environment, tags))
    except (PylockValidationError, PylockSelectError, tomllib.TOMLDecodeError, ValueError, KeyError):
        return ERROR


def file(chance, name, broken):
    pick = lambda pieces, first: chance.choice(pieces) if broken and chance.random() < 0.3 else chance.choice(pieces[:first])
    members = "\n".join([pick(PLACES, 6).format(name), pick(HASHES, 3), pick(MORE, 3)])
    return "{" + ", ".join(filter(None, members.split("\n"))) + "}"


def package(chance, broken):
    pick = lambda pieces, first: chance.choice(pieces) if broken else chance.choice(pieces[:first])
    lines = ["[[packages]]", pick(NAMES, 1), pick(VERSIONS, 3), pick(MARKERS, 6), pick(REST, 4)]
    other = pick(OTHERS, 4)
    if not other or broken and chance.random() < 0.1:
        names = [name for name in WHEEL_NAMES if name.startswith("a-1.0-")] if not broken else WHEEL_NAMES
        wheels = [file(chance, chance.choice(names), broken) for _ in range(chance.randrange(4))]
        lines += [f"wheels = [{', '.join(wheels)}]"] if wheels or broken else []
        sdist = pick(SDISTS, 4)
        lines += [f"sdist = {file(chance, sdist, broken)}"] if sdist else []
    return "\n".join(lines + [other])


def texts():
    for head, top in itertools.product(HEADS, TOPS):
        yield f"{head}\npackages = []\n{top}"
        yield f"{head}\n{top}"
    chance = random.Random(751)
    for _ in range(15_000):
        broken = chance.random() < 0.5
        top = chance.choice(TOPS[:7]) if chance.random() < 0.2 else ""
        packages = [package(chance, broken) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
        yield "\n".join([HEADS[0], top, *packages])


def cases():
    supported = {}
    for _, short, _ in ENVIRONMENTS:
        found = [tag for tag in listed(*TARGETS[short]) if "-linux_" not in tag]
        supported[short] = [Tag(*tag.split("-")) for tag in found]
    for text in texts():
        for name, short, environment in ENVIRONMENTS:
            yield {"op": "pylock", "s": text, "target": name}, answer(text, environment, supported[short])
