"""Markers: reading, printing, and whether they hold."""

import itertools
import random

from answers import ERROR, attempt
from packaging.markers import Marker

NAMES = [
    "python_version", "python_full_version", "os_name", "os.name", "sys_platform", "sys.platform", "platform_release",
    "platform_system", "platform_version", "platform.version", "platform_machine", "platform.machine",
    "platform_python_implementation", "platform.python_implementation", "python_implementation", "implementation_name",
    "implementation_version", "extra", "extras", "dependency_groups",
]
OPERATORS = ["<", "<=", "==", "!=", ">=", ">", "~=", "===", "in", "not in"]
VALUES = [
    "", "3", "3.8", "3.12", "3.12.4", "3.12.*", "3.13.0a1", "3.8+local", "posix", "linux", "Linux", "win32", "x86_64",
    "6.1.0-18-amd64", "6.1", "cpython", "CPython", "7.3.13", "Test.Extra", "test-extra", "3.8, 3.12", "=3.12", "1.0 ",
    "os_name", "sys_platform", "python_version", "extras", "#1 SMP", "1!3", " 3.12", "*", "\u0130",
]
# As a literal is written in the marker; some are no literals of Python.
LITERALS = [
    '"a"', "'a'", '""', "'\"'", '"\'"', r'"\x41"', r"'\d'", r'"\n"', '"a\nb"', r'"\u00e9"', r'"\ud800"', r'"\N{DIGIT ONE}"',
    '"\\"', r'"\\"', '"\\\nx"', '"\0"', r'"\101\8"', r'"\400"', r'"\x4"', '"\u00e9\u2028"', '"a', "a\"", "'''a'''",
    r"'\''", r'"\""', r'"\x22' + "'" + '"', '"\\\r\nx"', '"\\\rx"', '"\r"', r'"\U00110000"', '"\x0c"', r'"\0"', r'"a\ "',
]

LINUX = {
    "implementation_name": "cpython", "implementation_version": "3.12.4", "os_name": "posix",
    "platform_machine": "x86_64", "platform_release": "6.1.0-18-amd64", "platform_system": "Linux",
    "platform_version": "#1 SMP PREEMPT_DYNAMIC", "python_full_version": "3.12.4",
    "platform_python_implementation": "CPython", "python_version": "3.12", "sys_platform": "linux",
}
PYPY = LINUX | {
    "implementation_name": "pypy", "implementation_version": "7.3.13", "python_full_version": "3.10.13",
    "platform_python_implementation": "PyPy", "python_version": "3.10", "platform_release": "6.1",
}
WINDOWS = LINUX | {
    "os_name": "nt", "platform_machine": "AMD64", "platform_release": "10", "platform_system": "Windows",
    "platform_version": "10.0.19045", "python_full_version": "3.14.0a1+", "python_version": "3.14",
    "sys_platform": "win32", "implementation_version": "3.14.0a1",
}
EMPTY = dict.fromkeys(LINUX, "")
ENVIRONMENTS = [
    LINUX, PYPY, WINDOWS, EMPTY, LINUX | {"extra": "Test_Extra"}, WINDOWS | {"extra": ""},
    LINUX | {"extras": ["Test.Extra", "b"], "dependency_groups": []},
    PYPY | {"extras": [], "dependency_groups": ["test_extra"], "extra": "a"},
]

ALPHABET = "'\"()<>=!~ andorinotextr_as.\\\t\n3"


def printed(text):
    return str(Marker(text))


def printed_twice(text):
    return str(Marker(str(Marker(text))))


def held(text, environment):
    sets = {name: frozenset(value) for name, value in environment.items() if isinstance(value, list)}
    return Marker(text).evaluate(environment | sets)


def evaluation(text, environment):
    return {"op": "marker", "s": text, "env": environment}, attempt(held, text, environment)


def text_of(marker):
    return {"op": "marker", "s": marker}, attempt(printed, marker)


def quoted(value):
    return f'"{value}"' if "'" in value else f"'{value}'"


def single_comparisons():
    for name, operator, value in itertools.product(NAMES, OPERATORS, VALUES):
        for text in f"{name} {operator} {quoted(value)}", f"{quoted(value)} {operator} {name}":
            yield text_of(text)
            for environment in ENVIRONMENTS:
                yield evaluation(text, environment)
    for left, operator, right in itertools.product(NAMES, OPERATORS, NAMES):
        text = f"{left} {operator} {right}"
        yield text_of(text)
        yield evaluation(text, LINUX)
        yield evaluation(text, ENVIRONMENTS[-1])
    for left, right in itertools.product(VALUES, VALUES):
        yield evaluation(f"{quoted(left)} in {quoted(right)}", LINUX)


def literals():
    for literal in LITERALS:
        for text in f"os_name == {literal}", f"{literal} in extras", f"extra=={literal}", f"{literal} not in sys_platform":
            yield text_of(text)
            yield evaluation(text, ENVIRONMENTS[-1])


def nested():
    for depth in 1, 2, 199, 200, 201, 300:
        yield text_of("(" * depth + "os_name=='a'" + ")" * depth)
        yield text_of("(" * depth + "os_name=='a'" + " or os_name=='b')" * depth + " and os_name=='c'")


def random_marker(chance, depth=0):
    blank = lambda: chance.choice([" ", "  ", "\t", ""])
    parts = []
    for _ in range(chance.choice([1, 1, 2, 3])):
        if depth < 4 and chance.random() < 0.3:
            part = f"({blank()}{random_marker(chance, depth + 1)}{blank()})"
        else:
            sides = [chance.choice(NAMES), quoted(chance.choice(VALUES))]
            chance.shuffle(sides)
            part = f"{sides[0]} {chance.choice(OPERATORS)} {sides[1]}"
        parts += [part, blank() + chance.choice(["and", "or"]) + chance.choice([" ", " ", blank()])]
    return "".join(parts[:-1])


def random_markers(chance):
    for _ in range(15_000):
        text = random_marker(chance)
        yield text_of(text)
        yield evaluation(text, chance.choice(ENVIRONMENTS))


def noise(chance):
    for _ in range(10_000):
        text = random_marker(chance)
        at = chance.randrange(len(text) + 1)
        # A character lost, doubled or in the wrong place.
        yield text_of(text[:at] + text[at + 1:])
        yield text_of(text[:at] + chance.choice(ALPHABET) + text[at:])
        yield text_of("".join(chance.choice(ALPHABET) for _ in range(chance.randrange(20))))


def cases():
    chance = random.Random(508)
    yield from single_comparisons()
    yield from literals()
    yield from nested()
    yield from random_markers(chance)
    yield from noise(chance)


def excuse(request, expected, answer):
    text = request["s"]
    if "error" in answer and expected != ERROR and r"\N{" in text:
        return r"\N{...} needs the names of all characters of Unicode"
    if "error" in answer and text.startswith("(" * 201):
        return "more than 200 parentheses within each other"
    if "error" in answer and r"\ud" in text:
        return "a surrogate is no text"
    if "ok" in answer and "env" not in request:
        if expected == ERROR:
            both = '"' in answer["ok"] and "'" in answer["ok"]
            return "packaging cannot print a text that has both quotes; here it is escaped" if both else None
        if "\\" in answer["ok"] and attempt(printed_twice, text) != expected:
            return "packaging prints what it reads as something else; here it is escaped"
    return None
