"""Names: the normalised form of anything."""

import random

from answers import attempt
from packaging.utils import canonicalize_name

ALPHABET = "aAzZ09-_.-_. \u00c9\u0130\u03a3\u01c5\n"


def cases():
    chance = random.Random(503)
    texts = ["", "A", "Foo.Bar", "foo__bar", "-a-", "\u03a3\u03a3", "\u0130", "\u1e9e", "\U0001d400"]
    for _ in range(30_000):
        texts.append("".join(chance.choice(ALPHABET) for _ in range(chance.randrange(12))))
    for text in texts:
        yield {"op": "name", "s": text}, attempt(canonicalize_name, text)
