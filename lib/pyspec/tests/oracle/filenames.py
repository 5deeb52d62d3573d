"""File names of wheels and source distributions."""

import itertools
import random

from answers import attempt
from packaging.utils import parse_sdist_filename, parse_wheel_filename

NAMES = [
    "foo", "Foo_Bar", "foo.bar", "foo__bar", "foo_", "_foo", "", "3", "f\u00e9", "foo bar", "foo+", "\u0130", "foo\n", "\u5b57",
    "foo._bar", "f\u00b2",
]
VERSIONS = ["1.0", "1", "01.0", "1.0.post1", "1_0", "1.0_1", "v1", "1!2", "1.0+local.1", "x", "", "1.0a1", " 1"]
BUILDS = ["", "1", "01", "1a", "1_x", "a", "1.2", "99999999999999999999999", "0", "\u0661", "1\u00e9", "-", " 1"]
TAGS = [
    "py3-none-any", "py2.py3-none-any", "PY3-None-ANY", "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64", "py3.py2-none-any",
    "py3-none", "py3--any", "py3-none-", "py3-none-.any", "py3-none-any.", "3-none-any", "p\u00e9-none-any", "py3-none-any-x",
    "cp310.cp311-cp310.abi3-win32.win_amd64", "py3 -none-any", "py3-no ne-any", "", "py3-none-any_\n", "_-_-_", "py3-none-\u0130",
]
ENDINGS = [".whl", ".WHL", ".zip", "", ".tar.gz"]
SDIST_NAMES = ["foo", "foo-bar", "Foo_Bar", "", "-", "foo-", "f\u00e9", "foo bar", "foo--bar", "3"]
SDIST_ENDINGS = [".tar.gz", ".zip", ".tgz", ".tar.bz2", ".TAR.GZ", ""]
ALPHABET = "afz01.-_+!\u00e9 \n"


def wheel(name):
    project, version, build, tags = parse_wheel_filename(name)
    return {
        "name": project, "version": str(version), "build": "".join(map(str, build)) or None, "tags": sorted(map(str, tags)),
    }


def sdist(name):
    project, version = parse_sdist_filename(name)
    return {"name": project, "version": str(version)}


def wheels():
    for name, version, build, tags in itertools.product(NAMES, VERSIONS, BUILDS, TAGS):
        yield "-".join(filter(None, [f"{name}-{version}", build, tags])) + ".whl"
    for name, tags, ending in itertools.product(NAMES, TAGS, ENDINGS):
        yield f"{name}-1.0-{tags}{ending}"


def cases():
    chance = random.Random(427)
    for name in wheels():
        yield {"op": "wheel", "s": name}, attempt(wheel, name)
        if chance.random() < 0.2:
            at = chance.randrange(len(name))
            broken = name[:at] + chance.choice(ALPHABET) + name[at + chance.randrange(2):]
            yield {"op": "wheel", "s": broken}, attempt(wheel, broken)
    for parts in itertools.product(SDIST_NAMES, ["-", "", "--"], VERSIONS, SDIST_ENDINGS):
        yield {"op": "sdist", "s": "".join(parts)}, attempt(sdist, "".join(parts))
    for _ in range(5_000):
        name = "".join(chance.choice(ALPHABET) for _ in range(chance.randrange(16))) + chance.choice(SDIST_ENDINGS)
        yield {"op": "sdist", "s": name}, attempt(sdist, name)
