"""Versions: reading, printing and order."""

import itertools
import random

from answers import attempt
from packaging.version import Version

# One text for each piece, in all spellings that mean something to PEP 440 and some that do not.
LEADS = ["", "v", " ", "\u3000V", "\x1f"]
EPOCHS = ["", "0!", "1!", "00!", "99999999999999999999!"]
RELEASES = [
    "0", "1", "1.0", "01.020.0", "1.2.3", "1.0.0.0.0", "1.2.3.4.5.6", "2024.10.11.20240101", "65535.1",
    "1.1023", "1.1024.255", "18446744073709551615", "18446744073709551616.7", "1.", ".1", "1..2", "", "1_0", "\u0661",
]
PRES = [
    "", "a1", ".alpha", "-Beta.2", "_b", "c3", "RC-4", "pre", ".preview_05", "rc131071", "a131070",
    "b4294967296", "a.", "alph1", "rc.-1", "a99999999999999999999", "p1",
]
POSTS = ["", ".post1", "-2", "post", "_rev-3", "r.4", "-", "--1", ".post99999999999999999999", "po\u017ft1"]
DEVS = ["", ".dev1", "dev", "-DEV_02", ".dev.", ".dev131071", ".de1"]
LOCALS = ["", "+local", "+1", "+Ubuntu-01_x.2", "+", "+a..b", "+a.", "+99999999999999999999", "+\u00e9", "+a+b"]
TRAILS = ["", " ", "\n", "\u00a0", "x"]

# For the order: all pairs of these are compared.
ORDERED = [
    release + suffix
    for release in ["0", "1", "1.0", "1.0.1", "1.1", "1!0", "2024.1", "1.0.0.0.1", "65536", "18446744073709551616"]
    for suffix in [
        "", "a1", "a1.dev1", "a1.post1", "a1.post1.dev1", "a2", "b1", "rc1", "rc131071", "rc131072", ".dev0",
        ".dev1", ".post0", ".post1", ".post1.dev0", "+local", "+local.1", "+1", "+2.a", ".post1+x",
    ]
]

ALPHABET = "0123456789.!+-_ abcdelopqrstvwxyzRC\u0660\u00e9\u017f\n\x1c*"


def printed(text):
    return str(Version(text))


def compared(left, right):
    left, right = Version(left), Version(right)
    return (left > right) - (left < right)


def texts():
    """Every piece with every other at least in pairs, then random mixtures, then noise."""
    pieces = [LEADS, EPOCHS, RELEASES, PRES, POSTS, DEVS, LOCALS, TRAILS]
    yield from map("".join, itertools.product([""], [""], RELEASES, PRES, POSTS, DEVS, [""], [""]))
    yield from map("".join, itertools.product(LEADS, EPOCHS, RELEASES, ["", "a1"], [""], [""], LOCALS, TRAILS))
    chance = random.Random(440)
    for _ in range(12_000):
        yield "".join(chance.choice(piece) for piece in pieces)
    for _ in range(12_000):
        yield "".join(chance.choice(ALPHABET) for _ in range(chance.randrange(12)))
    # Python reads numbers of at most 4300 digits.
    for digits in 4299, 4300, 4301, 5000:
        for text in "9" * digits, "0" * digits, "1.0a" + "7" * digits, "1+" + "8" * digits, "1+x" + "8" * digits:
            yield text


def cases():
    for text in texts():
        yield {"op": "version", "s": text}, attempt(printed, text)
    for left, right in itertools.product(ORDERED, repeat=2):
        yield {"op": "compare", "l": left, "r": right}, attempt(compared, left, right)
