"""Requirements files, against pip's own reader of them."""

import itertools
import json
import logging
import optparse
import random
import re

from answers import ERROR, ok
from pip._internal.exceptions import InstallationError, PipError
from pip._internal.req import constructors, req_file

HASH = "sha256:" + "0a" * 32
OTHER = "sha512:" + "0b" * 64

REQUIREMENTS = [
    "a", "Foo_Bar[x,Y]>=1,<2", "a==1.0", "a ; os_name=='posix'", "a;os_name=='posix'", "a (>=1)", "a = 1", "a=1", "a==",
    "a @ https://example.com/a.zip", "a@https://example.com/a.zip ; os_name=='posix'", "a @ file:///a", "a b", "===", "a===x",
    "https://example.com/a-1.0-py3-none-any.whl", "https://example.com/a.zip ; os_name=='posix'", "https://example.com/a;b",
    "git+https://example.com/a.git@main#egg=a", "git+ssh://git@example.com/a.git", "file:///a/b.zip", "ftp://example.com/a.zip",
    "bzr+lp:a#egg=a", "svn+svn://example.com/a", "hg+static-http://example.com/a", "gopher://example.com/a",
    "./a", "../a[x]", ".", "/a/b", "a/b", "./a-1.0.tar.gz", "a-1.0.tar.gz", "a-1.0-py3-none-any.whl", "A.ZIP", "a.tar.lzma",
    "./a ; os_name=='posix'", "a.whl@b", "~/a", "a#b", "a #b", "a\t#b", "\u00e9", "a\u00a0#b", "\u00a0a", "'a'", "\"a\"", "a;", "a ;",
    "a ; nonsense", "https://example.com/a ; nonsense", "./a ; nonsense",
]
OPTIONS = [
    f"--hash={HASH}", f"--hash {HASH}", f"--hash={HASH} --hash={OTHER}", f"--hash='{HASH}'", "--hash=md5:0", "--hash=sha256", "--hash",
    "--config-settings x=y", "--config-settings=\"x=y z\"", "--config-settings x", "-C x=y", "-Cx=y", f"--config-settings x=y --hash={HASH}",
    "--global-option=x", "--hash='", "\\", "--ha=" + HASH, "--unheard-of", "-x", "  --hash=" + HASH, "\t--hash=" + HASH,
]
LINES = [
    "-i https://index.example.com/simple", "-ihttps://index.example.com/simple", "--index-url=https://index.example.com/simple",
    "--index-url https://index.example.com/simple  # here", "--index=x", "--in x", "--extra-index-url x", "--extra=x", "--no-index",
    "--no-index=1", "--no", "-f x", "--find-links 'a b'", "--find-links \"a\\\"b\"", "--find-links a\\ b", "--no-binary a,b", "--no-binary=:all:",
    "--only-binary :none:", "--prefer-binary", "--prefer", "--require-hashes", "--no-require-hashes", "--pre", "--all-releases a", "--only-final a",
    "--trusted-host example.com", "--trusted", "-r b.txt", "--requirement b.txt", "-rb.txt", "--req=c.txt", "-c c.txt", "--constraint=c.txt",
    "-e .", "--editable ./a[x]", "-e git+https://example.com/a.git#egg=a", "-e", "-e . -C x=y", "--pre --no-index", "-i x -f y", "--", "-", "--=x",
    "--extra-index-url", "-r", "--process-dependency-links", "-Z", "--use-wheel", "--no-use-wheel", "--always-unzip", "--nonsense=1",
    "-e 'a", "--index-url x \\", "\u00a0--pre", "--pre\t--no-index", "-i\tx",
]
COMMENTS = ["", "#", "# a", "  # a", "# a \\", "\t", "#\\", "\\", " \\", "\\\\", "# \u00e9", "a # b \\"]
ENDS = ["\n", "\r\n", "\r", "\\\n", " \\\n", "\\\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", " \\\n    ", "\n\n", "\\\\\n", "\n#\n"]
ALPHABET = "a-=\\ #\n\t\"'{}$@;:/.[],\r\u00a0\u2028"

logging.disable(logging.CRITICAL)
optparse.OptionParser.print_usage = lambda *_: None


class PassedOver(ValueError):
    """Something that pip passes over in silence, and an error here: see the module's documentation."""


def strict(parse_args=optparse.OptionParser.parse_args):
    """Refuse words behind options that take no value."""

    def parse(parser, words, values):
        values, left = parse_args(parser, words, values)
        if left or "--" in words:
            raise PassedOver(words)
        return values, left

    return parse


optparse.OptionParser.parse_args = strict()


def kinds(text):
    """Say what pip makes of what stands in front of a line's options."""
    try:
        parts = constructors.parse_req_from_line(text, None)
    except (InstallationError, ValueError):
        # A path that is not there is none to pip, and read as a requirement. Here the look decides.
        if looks_like_path(text):
            return "path"
        raise
    if not parts.link:
        return "requirement"
    return "url" if constructors.is_url(text) else "path"


def looks_like_path(text):
    name, _, marker = text.partition(";")
    before, at, _ = name.partition("@")
    if constructors.is_url(text) or at and not constructors._looks_like_path(before):
        return False
    if marker.strip():
        constructors.Marker(marker.strip())
    return constructors._looks_like_path(name.strip())


def item(line, kind, text, hashes=()):
    return {"line": line, "kind": kind, "text": text, "hashes": list(hashes)}


def options(line, text, values):
    """One item for each option that a line without a requirement has."""
    given = [
        ("nested", values.requirements + values.constraints),
        ("editable", values.editables),
        ("option", [values.index_url] if values.index_url is not None else []),
        ("option", values.extra_index_urls + values.find_links + values.trusted_hosts + values.features_enabled),
        ("option", [flag for flag in FLAGS if getattr(values, flag)]),
        ("option", ["binaries"] * CALLED["format"] + ["releases"] * CALLED["release"]),
    ]
    if values.hashes or values.config_settings and not values.editables:
        raise PassedOver(text)
    return [item(line, kind, text) for kind, found in given for _ in found]


FLAGS = ["no_index", "prefer_binary", "require_hashes", "no_require_hashes", "pre"]
CALLED = {"format": 0, "release": 0}


def counted():
    """Count the calls of options that leave nothing in the values."""
    for group, method in ("format", constructors_format()), ("release", constructors_release()):
        original = method.handle_mutual_excludes

        def handle(*arguments, group=group, original=original, **more):
            CALLED[group] += 1
            return original(*arguments, **more)

        method.handle_mutual_excludes = staticmethod(handle) if group == "format" else handle


def constructors_format():
    from pip._internal.models.format_control import FormatControl
    return FormatControl


def constructors_release():
    from pip._internal.models.release_control import ReleaseControl
    return ReleaseControl


counted()


def read(text):
    """Read a file as pip does, without opening those that it names."""
    items = []
    parse_line = req_file.get_line_parser(None)
    for number, line in req_file.preprocess(text):
        CALLED.update(format=0, release=0)
        front, values = parse_line(line)
        if front:
            if options(number, line, without_own(values)):
                raise PassedOver(line)
            if not all(re.fullmatch("[0-9a-fA-F]*", digest) and len(digest) == LENGTHS[name] for name, digest in digests(values)):
                raise PassedOver(line)
            hashes = [f"{name}:{digest.lower()}" for name, digest in digests(values)]
            items.append(item(number, kinds(front.strip()), line, sorted(hashes)))
        else:
            items += options(number, line, values)
    return items


LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}


def digests(values):
    """The hashes of a requirement; one that can be no file's is an error here."""
    return [(name, digest) for name, found in (values.hashes or {}).items() for digest in found]


def without_own(values):
    """The options without those that belong to a requirement."""
    own = type(values)(values.__dict__)
    own.hashes, own.config_settings = {}, {}
    return own


def answer(text):
    try:
        return ok(read(text))
    except (PipError, req_file.OptionParsingError, ValueError):
        return ERROR


def texts():
    chance = random.Random(13)
    fronts = REQUIREMENTS + LINES
    for front, option in itertools.product(fronts, OPTIONS):
        yield f"{front} {option}"
    for line, comment, end in itertools.product(fronts, COMMENTS, ENDS):
        if chance.random() > 0.4:
            # pip builds a parser for every line, so all of them would take minutes.
            continue
        yield line + end + comment + end + line
    for _ in range(5_000):
        pieces = [chance.choice(fronts + COMMENTS) + chance.choice(["", " " + chance.choice(OPTIONS)]) + chance.choice(ENDS)
                  for _ in range(chance.randrange(1, 5))]
        text = "".join(pieces)
        yield text
        at = chance.randrange(len(text))
        yield text[:at] + chance.choice(ALPHABET) + text[at + chance.randrange(2):]


def cases():
    for text in texts():
        yield {"op": "requirements-file", "s": text}, answer(text)


def excuse(request, expected, answer):
    if "ok" in expected and "ok" in answer and distinct(expected) == distinct(answer):
        return "pip keeps one of the repetitions of an option on one line, and not their order; here each is an item"
    if expected == ERROR and "://" in request["s"] and set("[]") & set(request["s"]):
        return "an address whose host has one bracket is no address to pip; here nobody looks into addresses"
    if expected == ERROR and re.search(r"(\s|=)--(\s|$)", request["s"]):
        return "`--` as an option's value; this comparison takes it for the end of options"
    if "\t" in request["s"] and "://" in request["s"]:
        return "pip takes tabs out of addresses"
    if re.search(r"\[[^]]*[^]A-Za-z0-9._, -][^]]*\]", request["s"]) and "name `" in answer.get("error", ""):
        return "extras behind a path that are no names; pip finds out later"
    return None


def distinct(answer):
    return {json.dumps(found, sort_keys=True) for found in answer["ok"]}
