"""Compile Python files, a batch at a time.

Arguments: how Python later sees whether a source changed, the mode of the
files made, and their time of change. Each batch on standard input is a line
with a length, and so many bytes: source, target and name of each file, each
ended by a NUL. It is answered by a line of JSON: for each file size and sha256
of the bytecode, or only why it could not be compiled.
"""

import sys

# The first entry is the current folder, which is nobody's business.
del sys.path[0]

import gc
import hashlib
import importlib.util
import json
import marshal
import os
import struct
import warnings


def main(way, mode, modified):
    warnings.simplefilter("ignore")
    gc.disable()
    os.umask(0)
    batches = sys.stdin.buffer
    for line in iter(batches.readline, b""):
        fields = batches.read(int(line)).split(b"\0")[:-1]
        files = zip(fields[0::3], fields[1::3], fields[2::3])
        answers = [compile_one(way, int(mode, 8), int(modified), *file) for file in files]
        print(json.dumps(answers), flush=True)


def compile_one(way, mode, modified, source, target, name):
    try:
        with open(source, "rb") as file:
            text = file.read()
        try:
            code = compile(text, name.decode(), "exec", dont_inherit=True)
        except Exception as error:
            return [(str(error).strip().splitlines() or [repr(error)])[-1]]
        bytecode = header(way, text, modified) + marshal.dumps(code)
        file = create(target, mode)
        try:
            write(file, bytecode)
            os.utime(file, (modified, modified))
        finally:
            os.close(file)
    except OSError as error:
        # Not the file's fault: a full disk, for one.
        raise SystemExit("%s: %s" % (os.fsdecode(name), error))
    return [len(bytecode), hashlib.sha256(bytecode).hexdigest()]


def create(target, mode):
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        return os.open(target, flags, mode)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        return os.open(target, flags, mode)


def write(file, data):
    while data:
        data = data[os.write(file, data):]


def header(way, text, modified):
    """Begin a file of bytecode as PEP 552 has it."""
    magic = importlib.util.MAGIC_NUMBER
    if way == "timestamp":
        return magic + struct.pack("<III", 0, modified & 0xFFFFFFFF, len(text) & 0xFFFFFFFF)
    flags = 0b11 if way == "checked" else 0b01
    return magic + struct.pack("<I", flags) + importlib.util.source_hash(text)


main(*sys.argv[1:])
