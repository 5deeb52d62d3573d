"""Specifiers: reading, printing, and which versions they let through."""

import itertools
import random
import re

from answers import attempt
from packaging.specifiers import SpecifierSet
from packaging.version import Version

OPERATORS = ["==", "!=", "<=", ">=", "<", ">", "~=", "==="]

# Versions after an operator, and candidates: whatever can lie on either side of a bound.
WANTED = [
    "1", "1.0", "1.1", "1.0.1", "1.0a1", "1.0b2", "1.0rc1.post1", "1.0.dev1", "1.0a1.dev1", "1.0.post1",
    "1.0.post1.dev1", "1!1.0", "0", "0.0", "0.dev0", "1.0+local", "1.0.*", "1.*", "1!1.*", "1.0.0.*", "v1.0.ALPHA1",
    "2024.10", "1.18446744073709551615", "99999999999999999999.1", "1.99999999999999999999.*", "1.2.3.4.5",
    "1.0.post99999999999999999999", "65535", "1.0.1023",
]
CANDIDATES = [
    "1", "1.0", "1.0.0", "1.0+local", "1.0+1", "1.0+local.1", "1.0a1", "1.0a1+local", "1.0a1.post1", "1.0a1.post1.dev0",
    "1.0a1.dev1", "1.0a1.dev2", "1.0a2", "1.0a2.dev0", "1.0b1", "1.0b2", "1.0b2.post1", "1.0rc1", "1.0rc1.post1",
    "1.0rc1.post2", "1.0rc2.dev0", "1.0.dev0", "1.0.dev1", "1.0.dev1+local", "1.0.dev2", "1.0.post0", "1.0.post0.dev0",
    "1.0.post1", "1.0.post1+local", "1.0.post1.dev0", "1.0.post1.dev1", "1.0.post1.dev2", "1.0.post2", "1.0.post2.dev0",
    "1.0.0.0.1", "1.0.0.0.1.dev0", "1.0.1", "1.0.1.dev0", "1.0.1a1", "1.0.1.post1", "1.0.2", "1.0.1023", "1.0.1024",
    "1.1", "1.1.dev0", "1.1a1", "1.1+local", "1.1.post1", "1.2", "1.2.dev0", "1.2.3.4.5", "1.2.3.4.6", "0", "0.dev0",
    "0.dev1", "0a1", "0.0.1", "0.9", "0.9.post1", "0.9+local", "2", "2.dev0", "2a1", "2024.9", "2024.10", "2024.10.1",
    "2024.11.dev0", "1!0.9", "1!1.0", "1!1.0.post1", "1!1.1", "1!2.dev0", "2!0", "1.18446744073709551615",
    "1.18446744073709551616", "1.18446744073709551616.dev0", "1.99999999999999999999.1", "1.100000000000000000000.dev0",
    "99999999999999999999.1", "99999999999999999999.2", "99999999999999999998", "100000000000000000000.dev0",
    "1.0.post99999999999999999999", "1.0.post100000000000000000000.dev0", "65535", "65535.1", "65536",
]
# What is compared as text only.
TEXTS = ["V1.0", "1.0.ALPHA1", "foobar", "", " 1.0", "1.0+LOCAL", "1.x"]

ALPHABET = "=<>!~0123456789.*+-, ()v;abcdeprst\u00a0\n\u0130"


def normalised(text):
    return str(SpecifierSet(text))


def contained(text, version, prereleases):
    return SpecifierSet(text).contains(version, prereleases=prereleases)


def chosen(text, versions, prereleases):
    return [str(version) for version in SpecifierSet(text).filter(map(Version, versions), prereleases=prereleases)]


def contains(text, version, prereleases):
    request = {"op": "contains", "s": text, "version": version, "prereleases": prereleases}
    return request, attempt(contained, text, version, prereleases)


def ranges(text, version):
    return {"op": "ranges", "s": text, "version": version}, attempt(contained, text, version, True)


def grid():
    """Every operator with every version, against every candidate."""
    for operator, wanted in itertools.product(OPERATORS, WANTED):
        text = operator + wanted
        yield {"op": "specifiers", "s": text}, attempt(normalised, text)
        for candidate in CANDIDATES + TEXTS:
            yield contains(text, candidate, True)
            yield ranges(text, candidate)
        for candidate in CANDIDATES[::3] + TEXTS:
            yield contains(text, candidate, None)
            yield contains(text, candidate, False)


def sets(chance):
    """Several clauses at once, with white space and empty ones between them."""
    for _ in range(12_000):
        clauses = [chance.choice(OPERATORS) + chance.choice(WANTED) for _ in range(chance.randrange(4))]
        text = chance.choice([",", " , ", ",,", "\n,"]).join(clauses)
        yield {"op": "specifiers", "s": text}, attempt(normalised, text)
        for _ in range(4):
            candidate = chance.choice(CANDIDATES + TEXTS)
            yield contains(text, candidate, chance.choice([None, True, False]))
            yield ranges(text, candidate)
        versions, prereleases = chance.sample(CANDIDATES, chance.randrange(6)), chance.choice([None, True, False])
        request = {"op": "filter", "s": text, "versions": versions, "prereleases": prereleases}
        yield request, attempt(chosen, text, versions, prereleases)


def random_version(chance):
    """A version that means something, from a small space, so that many are neighbours."""
    release = ".".join(str(chance.randrange(3)) for _ in range(chance.randrange(1, 4)))
    pieces = [["", "", "", "1!"], [release], ["", "", "a0", "a1", "b1", "rc1"], ["", "", ".post0", ".post1"],
              ["", "", ".dev0", ".dev1"], ["", "", "", "+x", "+1"]]
    return "".join(chance.choice(piece) for piece in pieces)


def neighbours(chance):
    for _ in range(30_000):
        operator, wanted = chance.choice(OPERATORS[:-1]), random_version(chance)
        if operator not in ("==", "!="):
            wanted = wanted.partition("+")[0]
        elif chance.random() < 0.2:
            wanted = wanted.rstrip("+x").partition("a")[0].partition(".post")[0].partition(".dev")[0] + ".*"
        candidate = random_version(chance)
        yield contains(operator + wanted, candidate, chance.choice([None, True, False]))
        yield ranges(operator + wanted, candidate)


def noise(chance):
    for _ in range(15_000):
        text = "".join(chance.choice(ALPHABET) for _ in range(chance.randrange(14)))
        yield {"op": "specifiers", "s": text}, attempt(normalised, text)
        text = chance.choice(OPERATORS) + text
        yield {"op": "specifiers", "s": text}, attempt(normalised, text)


def too_long():
    """Python itself reads numbers of at most 4300 digits, and `packaging` reads a specifier's only when it has to."""
    for text in ">=" + "9" * 4300, ">=" + "9" * 4301, "==1.0a" + "9" * 5000:
        yield {"op": "specifiers", "s": text}, attempt(normalised, text)
        yield contains(text, "1.0", None)


def excuse(request, expected, answer):
    if "error" in answer and re.search("[0-9]{4301}", request["s"]):
        return "packaging notices a number that Python cannot read only when it compares with it"
    return None


def cases():
    chance = random.Random(440)
    yield from too_long()
    yield from grid()
    yield from sets(chance)
    yield from neighbours(chance)
    yield from noise(chance)
