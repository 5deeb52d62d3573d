"""Names: the normalised form of anything."""

import random
import unicodedata

from answers import attempt
from packaging.utils import canonicalize_name

ALPHABET = "aAzZ09-_.-_. \u00c9\u0130\u03a3\u01c5\n"


def cases():
    chance = random.Random(503)
    texts = ["", "A", "Foo.Bar", "foo__bar", "-a-", "\u03a3\u03a3", "\u0130", "\u1e9e", "\U0001d400"]
    for _ in range(30_000):
        texts.append("".join(chance.choice(ALPHABET) for _ in range(chance.randrange(12))))
    # Every character that has a lower case, and its neighbours.
    texts += [f"a{chr(code)}B" for code in range(0x20000) if not 0xD800 <= code < 0xE000]
    for text in texts:
        yield {"op": "name", "s": text}, attempt(canonicalize_name, text)


def excuse(request, expected, answer):
    if any(unicodedata.category(character) == "Cn" for character in request["s"]):
        return "a character that is newer than this Python's Unicode"
    return None
