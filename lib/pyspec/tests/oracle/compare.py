"""Compare pyspec with Python's own `packaging`, in bulk.

    compare.py GROUP [ORACLE [ARGUMENT...]]

GROUP is a module beside this one. Its function `cases()` yields pairs: a request to the oracle, and
the answer that `packaging` gives (`ok(...)` or `ERROR`; the wording of errors is not compared). Its
function `excuse(request, expected, answer)`, if it has one, returns the reason of a known
difference, or None.

ORACLE is the command that answers, such as target/debug/examples/oracle; without it requests are
written to standard output and answers read from standard input. What was found goes to standard
error; the exit status is 0 only if every difference has a reason.
"""

import importlib
import itertools
import json
import subprocess
import sys
import threading

# Requests written at once, and differences shown in full.
BATCH = 2000
SHOWN = 25


def main():
    group = importlib.import_module(sys.argv[1])
    if sys.argv[2:]:
        oracle = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        requests, answers = oracle.stdin, oracle.stdout
    else:
        requests, answers = sys.stdout.buffer, sys.stdin.buffer
    count, failures, excuses = compare(group, requests, answers)
    report(sys.argv[1], count, failures, excuses)
    sys.exit(1 if failures or not count else 0)


def compare(group, requests, answers):
    """Return how many cases there were, the differences, and how often each reason excused one."""
    excuse = getattr(group, "excuse", lambda *_: None)
    count, failures, excuses = 0, [], {}
    cases = group.cases()
    while batch := list(itertools.islice(cases, BATCH)):
        # The answers first, so that `zip` asks for one more and the writer is waited for.
        for answer, (request, expected) in zip(ask(batch, requests, answers), batch):
            count += 1
            if same(expected, answer):
                continue
            reason = excuse(request, expected, answer)
            if reason is None:
                failures.append((request, expected, answer))
            else:
                excuses[reason] = excuses.get(reason, 0) + 1
    return count, failures, excuses


def ask(batch, requests, answers):
    """Write a batch of requests from a thread of its own, lest both sides wait for each other."""
    lines = b"".join(json.dumps(request).encode() + b"\n" for request, _ in batch)

    def write():
        requests.write(lines)
        requests.flush()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    for _ in batch:
        line = answers.readline()
        if not line:
            sys.exit("compare: the oracle went away")
        yield json.loads(line)
    writer.join()


def same(expected, answer):
    if "error" in expected:
        return "error" in answer and not answer["error"].startswith("panic")
    return "ok" in answer and answer["ok"] == expected["ok"]


def short(value):
    text = json.dumps(value)
    return text if len(text) < 1000 else text[:1000] + "..."


def report(name, count, failures, excuses):
    say = lambda text: print(text, file=sys.stderr)
    for request, expected, answer in failures[:SHOWN]:
        say(f"  {short(request)}\n    packaging {short(expected)}\n    pyspec    {short(answer)}")
    for reason, times in sorted(excuses.items()):
        say(f"  known difference, {times} times: {reason}")
    say(f"{name}: {count} comparisons, {len(failures)} differences without a reason")


if __name__ == "__main__":
    main()
