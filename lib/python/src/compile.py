"""Compile the Python files named on standard input, a line of JSON each.

Arguments: the folder that they are in, the folder in which they will be used,
and how Python later sees whether a source changed. Each line is answered by
one of JSON: null, or why the file could not be compiled.
"""

import sys

# The first entry is the current folder, which is nobody's business.
del sys.path[0]

import importlib.util
import json
import os
import py_compile
import warnings


def main(root, destination, mode):
    mode = getattr(py_compile.PycInvalidationMode, mode)
    warnings.simplefilter("ignore")
    os.umask(0o022)
    for line in sys.stdin:
        path = json.loads(line)
        print(json.dumps(compile_one(root, destination, path, mode)), flush=True)


def compile_one(root, destination, path, mode):
    source = os.path.join(root, path)
    try:
        py_compile.compile(
            source,
            cfile=importlib.util.cache_from_source(source),
            dfile=os.path.join(destination, path),
            doraise=True,
            invalidation_mode=mode,
        )
    except OSError as error:
        # Not the file's fault: a full disk, for one.
        raise SystemExit("%s: %s" % (path, error))
    except Exception as error:
        return str(error).strip().splitlines()[-1:] or [repr(error)]
    return None


main(*sys.argv[1:])
