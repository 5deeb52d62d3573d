"""Runs sides in turn (A B A B) and prints medians, and medians of the rounds' ratios.

    compare("fetch, django", Side("pyfetch", [[...]]), [Side("pip", [[...]], bound=1 / 6)])

A bound is on the ratio ours / peer, and is met within 5 %. Every row is also appended, as one JSON line, to
target/bench/results.jsonl, from which the chart is drawn. BENCH_ROUNDS changes the number of rounds.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Callable

from . import WORK

TOLERANCE = 1.05


@dataclass
class Side:
    """One of the programs compared: `commands` are timed together, `before` and `after` are not."""

    name: str
    commands: list | Callable
    bound: float | None = None
    bound_ms: float | None = None
    before: Callable = lambda round: None
    after: Callable = lambda round: None
    env: dict = field(default_factory=dict)
    cwd: str | None = None
    user: int | None = None


@dataclass
class Cost:
    """What a run took: wall time and CPU time in milliseconds, the largest process in MiB.

    The kernel counts a child at least as large as the Python that starts it, some 47 MiB: a peak is an upper bound.
    """

    wall: float
    cpu: float
    peak: float


def run(side, number):
    """Runs a side once."""
    side.before(number)
    commands = side.commands(number) if callable(side.commands) else side.commands
    cost = Cost(0, 0, 0)
    for command in commands:
        one = timed([str(word) for word in command], {**os.environ, **side.env}, side.cwd, side.user)
        cost = Cost(cost.wall + one.wall, cost.cpu + one.cpu, max(cost.peak, one.peak))
    side.after(number)
    return cost


def timed(command, env, cwd, user=None):
    """Runs one command to its end; a failing one ends the benchmark with what it said."""
    log = WORK / "last.log"
    with open(log, "wb") as out:
        start = time.perf_counter()
        child = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 **as_user(user))
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {child.returncode}:\n{log.read_text(errors='replace')[-3000:]}")
    return Cost(wall * 1000, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024)


def as_user(user):
    """Arguments for a process of another user, with none of our groups."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def compare(title, ours, peers, rounds=15, back_and_forth=False):
    """Measures all sides in turn, prints and records the row; returns the costs by name.

    Back and forth (A B B A) is for sides that leave each other unequal work, such as a removal that a journal is to
    write yet: each then follows each as often.
    """
    rounds = int(os.environ.get("BENCH_ROUNDS", rounds))
    sides = [ours, *peers]
    costs = {side.name: [] for side in sides}
    for number in range(-1, rounds):  # round -1 warms up and is not counted
        for side in reversed(sides) if back_and_forth and number % 2 else sides:
            cost = run(side, number)
            if number >= 0:
                costs[side.name].append(cost)
    report(title, ours, peers, costs)
    return costs


def median(costs, what):
    return statistics.median(getattr(cost, what) for cost in costs)


def ratio(ours, peer):
    return statistics.median(a.wall / b.wall for a, b in zip(ours, peer))


def verdict(value, bound):
    if bound is None:
        return ""
    return f"(bound {bound:.3g}: {'met' if value <= bound * TOLERANCE else 'NOT MET'})"


def report(title, ours, peers, costs):
    mine = costs[ours.name]
    wall = median(mine, "wall")
    print(f"{title}  [{len(mine)} rounds]")
    print(f"  {ours.name:34}{describe(mine)} {verdict(wall, ours.bound_ms)}".rstrip())
    row = {"title": title, "ours": {"name": ours.name, **numbers(mine)}, "bound_ms": ours.bound_ms, "peers": []}
    for peer in peers:
        theirs = costs[peer.name]
        share = ratio(mine, theirs)
        print(f"  {peer.name:34}{describe(theirs)}   ours/peer {share:6.3f} {verdict(share, peer.bound)}".rstrip())
        row["peers"].append({"name": peer.name, **numbers(theirs), "ratio": share, "bound": peer.bound})
    sys.stdout.flush()
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / "results.jsonl", "a") as file:
        file.write(json.dumps(row) + "\n")


def describe(costs):
    wall, cpu, peak = (median(costs, what) for what in ("wall", "cpu", "peak"))
    return f"{wall:9.1f} ms  cpu {cpu:8.1f} ms  peak {peak:6.1f} MiB"


def numbers(costs):
    return {what: round(median(costs, what), 3) for what in ("wall", "cpu", "peak")}
