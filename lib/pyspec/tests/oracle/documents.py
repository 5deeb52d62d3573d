"""Pages of indexes, METADATA, RECORD, entry_points.txt and direct_url.json."""

import csv
import email.parser
import email.policy
import importlib.metadata
import io
import json
import random
import re

from answers import ERROR, attempt, ok
from packaging.direct_url import DirectUrl, DirectUrlValidationError
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from pip._internal.index.collector import IndexContent, parse_links

BASE = "https://index.example.com/simple/a/"
HASH = "ab" * 32

ADDRESSES = [
    "a-1.zip", "../../f/a-1.zip", "/f/a-1.zip", "//files.example.com/a-1.zip", "https://files.example.com/a-1.zip", "./a-1.zip",
    "https://files.example.com/a%2B1.zip", "a-1.zip?x=y", "../../../../a-1.zip", "b/./../a-1.zip",
]
FRAGMENTS = ["", f"#sha256={HASH}", f"#sha512={HASH}{HASH}", f"#sha256={HASH}&egg=a", f"#egg=a&sha256={HASH}", "#", "#egg=a"]
ATTRIBUTES = [
    "", 'data-requires-python="&gt;=3.9"', "data-requires-python='&gt;=3.9,&lt;4'", "data-requires-python=3", 'data-yanked="why"', 'data-yanked=""',
    'data-core-metadata="true"', "data-core-metadata=yes", f'data-core-metadata="sha256={HASH}"', f'data-dist-info-metadata="sha256={HASH}"',
    'DATA-YANKED="a &amp; b"', "rel=internal", 'title="a>b"', "disabled", "data-yanked='&#39;&#x27;&quot;'", "/", 'x="\'" y=\'"\'', "data-yanked = why",
]
AROUND = [
    "", "<!-- <a href='c-1.zip'>c</a> -->", "<p>", "</p>", "<br/>", "text < text", "&lt;a href=x&gt;", "<script>var a = '<a href=\"d.zip\">';</script>", "\n",
    "<style>a { }</style>", "<!DOCTYPE html>", "<a>no</a>", "<img src='x'>", "<?x y?>", "<A NAME='x'>", "< a href='e.zip'>",
]
BASES = ["", "", "", "<base href='https://other.example.com/x/'>", '<BASE HREF="https://other.example.com/x/y">', "<base target=x>"]


def html_page(chance):
    parts = [chance.choice(BASES)]
    for _ in range(chance.randrange(4)):
        href = chance.choice(ADDRESSES) + chance.choice(FRAGMENTS)
        quote = chance.choice(["'", '"', "'", '"', ""])
        attributes = " ".join(chance.choice(ATTRIBUTES) for _ in range(chance.randrange(4)))
        first = f"href={quote}{href}{quote}"
        both = chance.choice([f"{first} {attributes}", f"{attributes} {first}"])
        parts += [chance.choice(AROUND), f"<{chance.choice('aaA')} {both}>{chance.choice(['a', '', '<b>a</b>'])}</a>", chance.choice(AROUND)]
    return "".join(parts)


def json_page(chance):
    files = []
    for _ in range(chance.randrange(4)):
        file = {"filename": "a-1.zip", "url": chance.choice(ADDRESSES) + chance.choice(["", "#egg=a"])}
        file["hashes"] = chance.choice([{}, {"sha256": HASH}, {"md5": "0"}, {"sha256": HASH, "md5": "0"}, {"sha512": HASH * 2}])
        file |= chance.choice([{}, {"requires-python": ">=3"}, {"requires-python": None}, {"requires-python": "\u00e9\n"}])
        file |= chance.choice([{}, {"yanked": True}, {"yanked": False}, {"yanked": "why \u00e9"}, {"yanked": ""}, {"yanked": None}])
        file |= chance.choice([{}, {"core-metadata": True}, {"core-metadata": {"sha256": HASH}}, {"dist-info-metadata": True}, {"core-metadata": False}])
        file |= chance.choice([{}, {"size": 1}, {"unknown": [1, {}]}])
        files.append(file)
    return json.dumps({"meta": {"api-version": "1.0"}, "name": "a", "files": files}, ensure_ascii=chance.random() < 0.5)


def links(text, form):
    kind = {"html": "text/html", "json": "application/vnd.pypi.simple.v1+json"}[form]
    page = IndexContent(text.encode(), kind, "utf-8", BASE, cache_link_parsing=False)
    return [of_link(link) for link in parse_links(page)]


def of_link(link):
    strong = {name: digest for name, digest in link._hashes.items() if name in ("sha256", "sha384", "sha512")}
    data = link.metadata_file_data
    metadata = data and (f"sha256:{data.hashes['sha256']}" if data.hashes else True)
    return {
        "url": link.url_without_fragment, "requires-python": link.requires_python or None, "yanked": link.yanked_reason,
        "hashes": sorted(f"{name}:{digest}" for name, digest in strong.items()), "metadata": metadata,
    }


DIRECT_URLS = ["https://example.com/a.zip", "https://u:p@example.com/a", "https://${A}:${B}@h/a@b", "ssh://git@h/a", "file:///a", "file://h/a", "git@h:a", ""]
ARCHIVES = [{}, {"hash": "sha256=0"}, {"hash": "x"}, {"hashes": {"a": "0"}}, {"hash": "a=0", "hashes": {"a": "0"}}, {"hash": "a=1", "hashes": {"a": "0"}},
            {"hash": "b=0", "hashes": {"a": "0"}}, {"hashes": {"a": 0}}, {"hash": 1}, {"hashes": []}, {"unknown": 1}]
DIRECTORIES = [{}, {"editable": True}, {"editable": False}, {"editable": 1}, {"editable": None}]
COMMITS = [{"vcs": "git", "commit_id": "0"}, {"vcs": "git"}, {"commit_id": "0"}, {"vcs": "git", "commit_id": "0", "requested_revision": "x"}, {"vcs": 1, "commit_id": "0"}]


def direct_url_text(chance):
    members = {"url": chance.choice(DIRECT_URLS)}
    for name, values in ("archive_info", ARCHIVES), ("dir_info", DIRECTORIES), ("vcs_info", COMMITS):
        if chance.random() < 0.4:
            members[name] = chance.choice(values + [None, 1])
    members |= chance.choice([{}, {}, {"subdirectory": "x"}, {"subdirectory": 1}, {"unknown": 1}])
    if chance.random() < 0.05:
        del members["url"]
    return json.dumps(members)


def origin(text):
    return DirectUrl.from_dict(json.loads(text)).to_dict()


PATHS = ["a.py", "a/b.py", "a/", "\ufeffa.py", '"a,b.py"', '"a""b.py"', '"a\nb.py"', "a b.py", "\u00e9.py", 'a"b.py', '"a"b.py', "/abs", "../up", "", '"']
HASHES = ["", "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", '"sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"']
SIZES = ["", "0", "12", '"3"', "1,", "1,2"]
ENDS = ["\n", "\r\n", "\r", "\n\n", ""]


def record_text(chance):
    rows = [",".join([chance.choice(PATHS), chance.choice(HASHES), chance.choice(SIZES)]) + chance.choice(ENDS) for _ in range(chance.randrange(4))]
    return "".join(rows)


def rows(text):
    """What pip reads; rows of folders are passed over here. A quote that stays open swallows the rest: an error."""
    found = []
    try:
        *table, last = csv.reader(io.StringIO(text + "\nlast", newline=""), strict=False)
        if last != ["last"]:
            raise ValueError(text)
        for path, digest, size, *_ in filter(None, table):
            if path.endswith("/"):
                continue
            if not path or digest and not re.fullmatch("sha256=[A-Za-z0-9_-]{43}", digest):
                raise ValueError(path, digest)
            found.append([path, digest or None, int(size) if size else None])
    except csv.Error as error:
        raise ValueError from error
    return found


FIELDS = [
    "Name: A_b", "Version: 1.0", "Metadata-Version: 2.1", "metadata-version: 2.2", "Requires-Dist: b>=1", "Requires-Dist: b (>=1) ; extra == 'x'",
    "Requires-Dist: b;\n  python_version < '3'", "requires-dist:c", "Requires-Python: >=3.9", "Requires-Python: >=3.9,\n <4", "Keywords: a,b\n\tc\n        d",
    "Keywords:", "Keywords : x", " folded", "no field", "", "Keywords: a: b", "K\u00e9y: x", ": x", "Requires-Dist: !", "Version: x", "Requires-Python: x",
    "Keywords: a\r", "Metadata-Version: 3.0",
]


def metadata_text(chance):
    lines = FIELDS[:3] + [chance.choice(FIELDS) for _ in range(chance.randrange(6))]
    if chance.random() < 0.5:
        chance.shuffle(lines)
    end = chance.choice(["\n", "\n", "\r\n"])
    return end.join(lines) + chance.choice(["", end, end + end + "body\n\nName: x\n"])


def metadata(text):
    message = email.parser.Parser(policy=email.policy.compat32).parsestr(text)
    one = lambda name: single([line(value) for value in message.get_all(name, [])], name)
    version = re.fullmatch(r"(\d+)\.\d+", one("Metadata-Version"))
    python = [line(value) for value in message.get_all("Requires-Python", [])]
    if not version or int(version.group(1)) > 2 or len(python) > 1:
        raise ValueError(text)
    return {
        "name": canonicalize_name(one("Name"), validate=True), "version": str(Version(one("Version"))),
        "requires-python": str(SpecifierSet(python[0])) if python else None,
        "requires-dist": [str(Requirement(line(value))) for value in message.get_all("Requires-Dist", [])],
        "keywords": [line(value) for value in message.get_all("Keywords", [])], "body": message.get_payload(),
    }


def line(value):
    """A field on one line, as installers print it."""
    return " ".join(str(value).split())


def single(values, name):
    if len(values) != 1:
        raise ValueError(name)
    return values[0]


POINTS = ["[a]", "[console_scripts]", " [b] ", "x = y:z", "x=y", "  w =  y:z [e] ", "# c", "; c", "", "x : y", "n a = v = w", "= x", "x =", "[]", "[a", "v"]


def entry_points(text):
    """What importlib reads; lines that it cannot use, and names that stand twice, are errors here."""
    # A comment of the kind that `configparser`, and so setuptools, knows, but not importlib.
    lines = [line for line in text.split("\n") if not line.lstrip().startswith(";")]
    found = {}
    for group, line in importlib.metadata.Sectioned.read("\n".join(lines), importlib.metadata.Sectioned.valid):
        name, equals, value = (part.strip() for part in line.partition("="))
        if group is None or not name or not value or (group, name) in found:
            raise ValueError(line)
        found[group, name] = value
    return [[group.strip(), name, value] for (group, name), value in found.items()]


def cases():
    chance = random.Random(691)
    for _ in range(8_000):
        text = html_page(chance)
        yield {"op": "page", "form": "html", "base": BASE, "s": text}, attempt(links, text, "html")
        text = json_page(chance)
        yield {"op": "page", "form": "json", "base": BASE, "s": text}, attempt(links, text, "json")
        text = record_text(chance)
        yield {"op": "record", "s": text}, attempt(rows, text)
        text = metadata_text(chance)
        yield {"op": "metadata", "s": text}, attempt(metadata, text)
        text = "\n".join(chance.choice(POINTS) for _ in range(chance.randrange(5)))
        yield {"op": "entry-points", "s": text}, attempt(entry_points, text)
        text = direct_url_text(chance)
        try:
            yield {"op": "direct-url", "s": text}, ok(origin(text))
        except DirectUrlValidationError:
            yield {"op": "direct-url", "s": text}, ERROR


def excuse(request, expected, answer):
    if request["op"] == "direct-url" and "ok" in answer and expected["ok"].get("dir_info") == {"editable": False}:
        return "what is not editable is written without saying so"
    return None
