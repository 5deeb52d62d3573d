"""Requirements: reading them, part by part, and printing."""

import itertools
import random

from answers import attempt
from packaging.requirements import Requirement

NAMES = ["name", "Foo.Bar_baz", "a", "A1", "foo_", "foo-", "-foo", "_foo", "f.", "f--o", "\u00e9", "fo\u00e9", "", "3", "n a"]
EXTRAS = ["", "[]", "[b]", "[B,a]", "[ b , A.c ,d_]", "[b,]", "[,b]", "[b c]", "[b", "b]", "[b,b]", "[B,b]", "[\u00e9]", "[b-]"]
SPECIFIERS = [
    "", ">=1", "==1.0,<2", ">= 1 , < 2,", "(>=1)", "( >=1,<2 )", "()", "(>=1", ">=1)", "==1.*", ">=1.*", "~=1", "~=1.0",
    "==1.0+local", ">=1.0+local", "==1.0a1.*", "===arbitrary", "=== a+b!c", "===a,b", "===1,>=2", "(===x)", "===", "1.0",
    "=1.0", ">=1 <2", ">=\n1", ">=1;", ",", "==V1.0-1", "==1!2.0.dev", "!=1.0.post1,!=1.0-1,==1", ">=1,,<2", "==1.0.",
]
URLS = [
    "@ https://example.com/a.whl", "@https://example.com/a.zip#sha256=00&egg=a", "@ git+ssh://git@example.com:path/x.git@v1",
    "@ git+https://user:${PASS}@example.com/x.git", "@ file:///a/b", "@ file:relative", "@ ./a", "@ C:\\a\\b.whl", "@",
    "@ ", "@ https://x y", "@ https://x;extra=='a'", "@ https://x\n", "@ \u00e9", "@ ssh://git@h/p", "@@", "@ a@b",
]
MARKERS = [
    "", ";os_name=='x'", " ; os_name == 'x'", "; os_name=='x'and(python_version<'3')", ";", "; ", " ;extra=='A_b' or 'C' in extras ",
    ";os_name", ";(os_name=='x'", "; os_name=='x' ; os_name=='y'", "; os_name==\"'\"", ";os_name=='x'x", " os_name=='x'",
]
ALPHABET = "aB3.-_[](),;@ \t=<>!~*+'\"\n:/\u00e9\u017f"


def parts(text):
    requirement = Requirement(text)
    return {
        "name": requirement.name,
        "extras": sorted(requirement.extras),
        "specifier": str(requirement.specifier),
        "url": requirement.url,
        "marker": requirement.marker and str(requirement.marker),
    }


def printed(text):
    return str(Requirement(text))


def both(text):
    yield {"op": "requirement", "s": text}, attempt(parts, text)
    yield {"op": "requirement-text", "s": text}, attempt(printed, text)


def texts():
    sources = SPECIFIERS + URLS
    yield from map("".join, itertools.product(["name", "Foo.Bar_baz", "foo_", "foo-", ""], EXTRAS[:8], sources, MARKERS))
    yield from map("".join, itertools.product(NAMES, EXTRAS, sources, ["", "; os_name=='x'"]))
    chance = random.Random(508)
    for _ in range(8_000):
        pieces = [chance.choice(NAMES), chance.choice(EXTRAS), chance.choice(sources), chance.choice(MARKERS)]
        text = chance.choice([" ", "", "\t"]).join(pieces)
        at = chance.randrange(len(text) + 1)
        yield text
        yield text[:at] + text[at + 1:]
        yield text[:at] + chance.choice(ALPHABET) + text[at:]
        yield "".join(chance.choice(ALPHABET) for _ in range(chance.randrange(16)))


def cases():
    for text in texts():
        yield from both(text)


def excuse(request, expected, answer):
    if "\u017f" in request["s"] and "error" in answer:
        return "packaging takes a long s for an s after ~=, and cannot use the version afterwards"
    return None
