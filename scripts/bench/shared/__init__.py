"""What the benchmarks share: rounds, a recorded index, places to measure on, the peers."""

from pathlib import Path

TREE = Path(__file__).resolve().parents[3]
RELEASE = TREE / "target/release"
WORK = TREE / "target/bench"
STACKS = TREE / "scripts/bench/stacks"
