"""Tags: of interpreters on machines that `packaging` is made to believe in, and of targets' short names."""

import contextlib
import itertools
from types import SimpleNamespace
from unittest import mock

from answers import ok
from packaging import _manylinux, _musllinux, tags

INTERPRETERS = [
    {"implementation": "cp", "python": [3, minor], "free-threaded": threaded, "debug": debug}
    for minor, threaded, debug in itertools.product(range(2, 16), [False, True], [False, True])
    if not (threaded and minor < 13) and not minor < 3
] + [
    {"implementation": "cp", "python": [2, 7]},
    {"implementation": "pp", "python": [3, 10], "suffix": ".pypy310-pp73-x86_64-linux-gnu.so"},
    {"implementation": "pp", "python": [3, 9], "suffix": ".pypy39-pp73-win_amd64.pyd"},
    {"implementation": "graalpy", "python": [3, 8], "suffix": ".graalpy-38-native-x86_64-darwin.dylib"},
    {"implementation": "pyston", "python": [3, 8], "suffix": ".pyston-23-x86_64-linux-gnu.so"},
]

LINUX = {"system": "Linux", "platform": "linux-x86_64", "glibc": [2, 28], "elf-fits": True}
MACHINES = [
    LINUX,
    LINUX | {"glibc": [2, 4]},
    LINUX | {"glibc": [2, 17], "declined": [2, 12]},
    LINUX | {"glibc": [3, 1]},
    LINUX | {"is-32-bit": True},
    LINUX | {"is-32-bit": True, "elf-fits": False},
    LINUX | {"platform": "linux-i686", "glibc": [2, 36]},
    LINUX | {"platform": "linux-aarch64"},
    LINUX | {"platform": "linux-aarch64", "is-32-bit": True},
    LINUX | {"platform": "linux-aarch64", "is-32-bit": True, "elf-fits": False},
    LINUX | {"platform": "linux-armv7l"},
    LINUX | {"platform": "linux-armv8l", "glibc": [2, 31]},
    LINUX | {"platform": "linux-s390x", "glibc": [2, 35]},
    LINUX | {"platform": "linux-riscv64", "glibc": [2, 41]},
    LINUX | {"platform": "linux-mips64", "glibc": [2, 41]},
    LINUX | {"glibc": None, "musl": [1, 2]},
    LINUX | {"platform": "linux-aarch64", "glibc": None, "musl": [1, 1]},
    LINUX | {"glibc": None},
    {"system": "Linux", "platform": "unheard-of.os 1"},
    {"system": "Windows", "platform": "win-amd64"},
    {"system": "Windows", "platform": "win32"},
    {"system": "Windows", "platform": "win-arm64"},
    {"system": "FreeBSD", "platform": "freebsd-14.1-release-amd64"},
] + [
    {"system": "Darwin", "macos": version, "platform": architecture}
    for version, architecture in itertools.product(
        [[10, 3], [10, 4], [10, 5], [10, 6], [10, 9], [10, 15], [11, 0], [14, 2], [26, 0], [9, 9]],
        ["x86_64", "arm64", "i386", "ppc", "ppc64"],
    )
]

# A short name, and the machine and interpreter that it means; `linux_*` is then left out.
TARGETS = {
    "cp312-manylinux_2_28_x86_64": (LINUX, INTERPRETERS[0] | {"python": [3, 12]}),
    "cp3.12.4-manylinux_2_28_x86_64": (LINUX, INTERPRETERS[0] | {"python": [3, 12]}),
    "cp39-manylinux2014_aarch64": (LINUX | {"platform": "linux-aarch64", "glibc": [2, 17]}, {"implementation": "cp", "python": [3, 9]}),
    "cp37-manylinux1_i686": (LINUX | {"platform": "linux-i686", "glibc": [2, 5]}, {"implementation": "cp", "python": [3, 7]}),
    "cp311-manylinux2010_x86_64": (LINUX | {"glibc": [2, 12]}, {"implementation": "cp", "python": [3, 11]}),
    "cp313t-manylinux_2_34_x86_64": (
        LINUX | {"glibc": [2, 34]}, {"implementation": "cp", "python": [3, 13], "free-threaded": True},
    ),
    "cp312-musllinux_1_2_x86_64": (LINUX | {"glibc": None, "musl": [1, 2]}, {"implementation": "cp", "python": [3, 12]}),
    "pp310-manylinux_2_28_x86_64": (
        LINUX, {"implementation": "pp", "python": [3, 10], "suffix": ".pypy310-pp73-x86_64-linux-gnu.so"},
    ),
    "cp313t-macosx_14_0_arm64": (
        {"system": "Darwin", "macos": [14, 0], "platform": "arm64"},
        {"implementation": "cp", "python": [3, 13], "free-threaded": True},
    ),
    "cp310-macosx_10_9_x86_64": (
        {"system": "Darwin", "macos": [10, 9], "platform": "x86_64"}, {"implementation": "cp", "python": [3, 10]},
    ),
    "cp312-win_amd64": ({"system": "Windows", "platform": "win-amd64"}, {"implementation": "cp", "python": [3, 12]}),
    "cp312-win32": ({"system": "Windows", "platform": "win32"}, {"implementation": "cp", "python": [3, 12]}),
    "cp313-win_arm64": ({"system": "Windows", "platform": "win-arm64"}, {"implementation": "cp", "python": [3, 13]}),
}

NO_TARGETS = [
    "", "cp312", "cp312-", "-win_amd64", "cp3-win_amd64", "cp312-any", "cp312t-win_amd64", "pp310t-win_amd64", "xx312-win_amd64",
    "cp312-manylinux_x86_64", "cp312-manylinux_2_28", "cp312-manylinux_2_28_", "cp312-macosx_14_arm64", "cp312-macosx_9_9_arm64",
    "cp312-win_mips", "cp3.12.4.5-win32", "cp3.012-win32", "cp\u0663\u0661-win32", "CP312-win32", "cp312-WIN32", "cp99999999999-win32",
    "cp312-manylinux_2_3_x86_64", "cp312-manylinux_99999_0_x86_64",
]


@contextlib.contextmanager
def believing(machine, interpreter):
    """Make `packaging.tags` see that machine and interpreter."""
    major, minor = interpreter["python"]
    names = {"cp": "cpython", "pp": "pypy"}
    variables = {
        "Py_DEBUG": int(interpreter.get("debug", False)),
        "Py_GIL_DISABLED": int(interpreter.get("free-threaded", False)),
        "EXT_SUFFIX": interpreter.get("suffix"),
        "WITH_PYMALLOC": 1,
        "Py_UNICODE_SIZE": 2,
    }
    name = names.get(interpreter["implementation"], interpreter["implementation"])
    fake = SimpleNamespace(
        version_info=(major, minor, 0), implementation=SimpleNamespace(name=name), maxunicode=0x10FFFF, executable="",
    )
    declined = machine.get("declined")
    module = SimpleNamespace(manylinux_compatible=lambda major, minor, _: [major, minor] != declined)
    glibc = _manylinux._GLibCVersion(*(machine.get("glibc") or (-1, -1)))
    musl = machine.get("musl") and _musllinux._MuslVersion(*machine["musl"])
    version = ".".join(map(str, machine.get("macos", ())))
    is_32_bit = (machine.get("is-32-bit", False),)

    def fits(_, architectures):
        if {"armv7l", "i686"} & set(architectures):
            return machine.get("elf-fits", False)
        return any(name in _manylinux._ALLOWED_ARCHS for name in architectures)

    with contextlib.ExitStack() as stack:
        patch = lambda *arguments, **more: stack.enter_context(mock.patch.object(*arguments, **more))
        patch(tags, "sys", fake)
        patch(tags, "platform", SimpleNamespace(system=lambda: machine["system"], mac_ver=lambda: (version, "", machine["platform"])))
        patch(tags.sysconfig, "get_platform", lambda: machine["platform"])
        patch(tags, "_get_config_var", lambda name, warn=False: variables.get(name))
        patch(tags._linux_platforms, "__defaults__", is_32_bit)
        patch(_manylinux, "_get_glibc_version", lambda: glibc)
        patch(_manylinux, "_have_compatible_abi", fits)
        patch(_manylinux, "_get_manylinux_module", lambda: module if declined else None)
        patch(_musllinux, "_get_musl_version", lambda _: musl)
        yield


def listed(machine, interpreter):
    with believing(machine, interpreter):
        return [str(tag) for tag in tags.sys_tags()]


def cases():
    for machine, interpreter in itertools.product(MACHINES, INTERPRETERS):
        yield {"op": "machine-tags"} | machine | interpreter, ok(listed(machine, interpreter))
    for name, (machine, interpreter) in TARGETS.items():
        found = [tag for tag in listed(machine, interpreter) if "-linux_" not in tag]
        yield {"op": "tags", "target": name}, ok(found)
    for name in NO_TARGETS:
        yield {"op": "tags", "target": name}, {"error": "no target"}
