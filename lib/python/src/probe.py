"""Describe this interpreter as a document target/1 on standard output.

Runs on CPython and PyPy from 3.6 on, with `-I -S`, and needs nothing but the
standard library. The members are documented in the project's target/1.
"""

import json
import os
import platform
import struct
import subprocess
import sys
import sysconfig


def main():
    elf = read_elf(os.path.realpath(sys.executable))
    document = {
        "schema": "target/1",
        "implementation": implementation(),
        "version": platform.python_version(),
        "abis": abis(),
        "markers": markers(),
        "system": system(elf),
        "interpreter": interpreter(),
    }
    json.dump(document, sys.stdout, sort_keys=True)
    sys.stdout.write("\n")


def implementation():
    short = {"cpython": "cp", "pypy": "pp", "jython": "jy", "ironpython": "ip"}
    return short.get(sys.implementation.name, sys.implementation.name)


def abis():
    """Name the ABIs for wheels, the best first, without abi3 and none."""
    nodot = "%d%d" % sys.version_info[:2]
    if sys.implementation.name != "cpython":
        return [abi_of_suffix(sysconfig.get_config_var("EXT_SUFFIX") or "")]
    threading = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    debugging = "d" if hasattr(sys, "gettotalrefcount") else ""
    memory = "m" if sys.version_info < (3, 8) else ""
    found = ["cp" + nodot + threading + debugging + memory]
    if debugging and not memory:
        found.append("cp" + nodot + threading)
    return found


def abi_of_suffix(suffix):
    """Turn `.pypy310-pp73-x86_64-linux-gnu.so` into `pypy310_pp73`."""
    stem = suffix.split(".")[1] if suffix.count(".") >= 2 else ""
    pieces = stem.split("-")
    if pieces[0].startswith("pypy"):
        return "_".join(pieces[:2])
    if pieces[0].startswith("graalpy"):
        return "_".join(pieces[:3])
    return stem.replace("-", "_") or "none"


def markers():
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": version_text(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def version_text(info):
    text = "%d.%d.%d" % (info.major, info.minor, info.micro)
    if info.releaselevel != "final":
        text += info.releaselevel[0] + str(info.serial)
    return text


def system(elf):
    found = {
        "platform": sysconfig.get_platform(),
        "bits": struct.calcsize("P") * 8,
        "elf_fits": elf_fits(elf),
    }
    if sys.platform == "linux":
        glibc = glibc_version()
        musl = None if glibc else musl_version(elf)
        if glibc:
            found["glibc"] = glibc
            found["declined"] = declined(glibc)
        if musl:
            found["musl"] = musl
    if sys.platform == "darwin":
        found["macos"] = numbers(platform.mac_ver()[0])
    return found


def numbers(text):
    """Read the first two numbers of a version; None without them."""
    parts = text.strip().split(".")
    try:
        return [int(parts[0]), int(parts[1].split("-")[0])]
    except (IndexError, ValueError):
        return None


def glibc_version():
    try:
        name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
    except (AttributeError, ValueError, OSError):
        return None
    return numbers(version) if name == "glibc" else None


def musl_version(elf):
    """Ask the loader that the executable names: musl's prints its version."""
    loader = elf.get("loader", "") if elf else ""
    if "musl" not in loader:
        return None
    done = subprocess.run([loader], stderr=subprocess.PIPE, universal_newlines=True)
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if len(lines) < 2 or not lines[0].startswith("musl") or not lines[1].startswith("Version "):
        return None
    return numbers(lines[1][len("Version "):])


def declined(glibc):
    """List the versions that the distributor's module _manylinux turns down."""
    try:
        import _manylinux
    except ImportError:
        return []
    machine = platform.machine()
    names = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
    found = []
    for minor in range(glibc[1], 4, -1):
        answer = None
        if hasattr(_manylinux, "manylinux_compatible"):
            answer = _manylinux.manylinux_compatible(glibc[0], minor, machine)
        elif (glibc[0], minor) in names:
            answer = getattr(_manylinux, names[glibc[0], minor] + "_compatible", None)
        if answer is not None and not answer:
            found.append([glibc[0], minor])
    return found


def read_elf(path):
    """Read class, machine, flags and loader of an ELF file; None if it is none."""
    try:
        with open(path, "rb") as file:
            return parse_elf(file)
    except (OSError, struct.error, IndexError):
        return None


def parse_elf(file):
    ident = file.read(16)
    if ident[:4] != b"\x7fELF":
        return None
    wide, little = ident[4] == 2, ident[5] == 1
    order = "<" if little else ">"
    header = struct.unpack(order + ("HHIQQQIHHH" if wide else "HHIIIIIHHH"), file.read(48 if wide else 36))
    elf = {"wide": wide, "little": little, "machine": header[1], "flags": header[6]}
    for number in range(header[9]):
        file.seek(header[4] + header[8] * number)
        if wide:
            kind, _, offset, _, _, size = struct.unpack(order + "IIQQQQ", file.read(40))
        else:
            kind, offset, _, _, size = struct.unpack(order + "IIIII", file.read(20))
        if kind == 3:
            file.seek(offset)
            elf["loader"] = os.fsdecode(file.read(size)).strip("\0")
    return elf


def elf_fits(elf):
    """Say whether a 32-bit executable fits manylinux: x86, or ARM with hard float and EABI 5."""
    if not elf or elf["wide"] or not elf["little"]:
        return False
    hard_float = elf["flags"] & 0x400 == 0x400 and elf["flags"] & 0xFF000000 == 0x05000000
    return elf["machine"] == 3 or (elf["machine"] == 40 and hard_float)


def interpreter():
    import importlib.util

    executable = getattr(sys, "_base_executable", None) or sys.executable
    return {
        "executable": os.path.realpath(executable),
        "build": sys.version,
        "magic": "".join("%02x" % byte for byte in importlib.util.MAGIC_NUMBER),
        "cache_tag": sys.implementation.cache_tag or "",
        "in_environment": sys.prefix != sys.base_prefix,
        "scheme": scheme(),
    }


def scheme():
    """Name the places in an environment, as sysconfig does, relative to it."""
    names = sysconfig.get_scheme_names()
    name = "venv" if "venv" in names else "posix_prefix"
    root = {"base": "", "platbase": "", "installed_base": "", "installed_platbase": ""}
    paths = sysconfig.get_paths(name, vars=root)
    version = "python%d.%d" % sys.version_info[:2]
    return {
        "purelib": one_library(paths["purelib"].lstrip("/")),
        "platlib": one_library(paths["platlib"].lstrip("/")),
        "scripts": paths["scripts"].lstrip("/"),
        "headers": "include/site/" + version,
    }


def one_library(path):
    """Name lib for lib64, where some distributors keep machine code: in an environment that is a link to lib."""
    return "lib" + path[len("lib64"):] if path.startswith("lib64/") else path


main()
