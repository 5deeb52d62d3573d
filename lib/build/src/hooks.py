"""Calls one hook of a PEP 517 backend.

Run as `python -I hooks.py REQUEST ANSWER` in the project's folder. REQUEST is a JSON object with
`backend`, `path` (folders that hold a backend of the project's own), `hook` and `arguments`.
ANSWER receives `{"missing": true}` if the backend has no such hook, else `{"value": ...}`.
A failure is a traceback and a non-zero exit status.
"""

import importlib
import json
import os
import sys


def load(backend, path):
    """Imports the backend, first from the project's own folders if it names some."""
    folders = [os.path.realpath(folder) for folder in path]
    sys.path[:0] = folders
    module, _, attribute = backend.partition(":")
    loaded = importlib.import_module(module)
    if folders and not comes_from(loaded, folders):
        raise SystemExit(f"backend {module} was not found below backend-path, but at {loaded.__file__}")
    for part in attribute.split(".") if attribute else []:
        loaded = getattr(loaded, part)
    return loaded


def comes_from(module, folders):
    """Says whether a module's file lies in one of the folders, as PEP 517 demands."""
    file = os.path.realpath(module.__file__)
    return any(os.path.commonpath([file, folder]) == folder for folder in folders)


def main():
    request_path, answer_path = sys.argv[1:]
    with open(request_path, encoding="utf-8") as request_file:
        request = json.load(request_file)
    # Some setup.py look at their arguments.
    sys.argv = ["setup.py"]
    hook = getattr(load(request["backend"], request["path"]), request["hook"], None)
    answer = {"missing": True} if hook is None else {"value": hook(*request["arguments"])}
    with open(answer_path, "w", encoding="utf-8") as answer_file:
        json.dump(answer, answer_file)


main()
