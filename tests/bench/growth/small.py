"""`make bench-small`: fail where planning got slower or larger beside DuckDB's COPY in the same run.

Takes --record to record the ratios instead of judging them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.bench.growth.ground import Ground, default_memory
from tests.bench.growth.judge import WORSE, Ratio, Ratios, complaints, ratios_of, read_ratios, write_ratios
from tests.bench.growth.ours import CASES
from tests.bench.growth.process import Spent, best_of
from tests.bench.growth.sizes import ground_of
from tests.bench.growth.turns import in_turns

SIZES = (10_000, 100_000)
ROUNDS = 3
RECORDED = Path(__file__).with_name("ratios.toml")


def main(record: bool) -> int:
    """Measure, and judge or record."""
    recorded: Ratios = {} if record else read_ratios(RECORDED)
    with tempfile.TemporaryDirectory(prefix="zdpipe-bench-") as name:
        memory = default_memory(Path(name))
        measured = {rows: measure(Path(name), rows, memory, recorded.get(rows)) for rows in SIZES}
    for rows, cases in measured.items():
        for case, ratio in cases.items():
            tell(f"{rows:>10,}  {case:<42}{ratio.time:>7.2f} × time, {ratio.memory:.2f} × memory of COPY")
    if record:
        write_ratios(RECORDED, measured)
        return 0
    found = list(complaints(measured, recorded))
    tell("\n".join(found) or f"No ratio is over {WORSE} × the recorded one.")
    return 1 if found else 0


def measure(folder: Path, rows: int, memory: str, then: Mapping[str, Ratio] | None) -> dict[str, Ratio]:
    """Return the ratios at one size; what seems to be worse is looked at once more."""
    with ground_of(folder, rows, memory) as ground:
        spent = in_turns(ground, CASES, ROUNDS)
        if then is not None and any(complaints({rows: ratios_of(spent)}, {rows: then})):
            spent = once_more(ground, spent)
        return ratios_of(spent)


def once_more(ground: Ground, spent: Mapping[str, Spent]) -> dict[str, Spent]:
    """Return the best of what was measured and of as many rounds again."""
    again = in_turns(ground, CASES, ROUNDS)
    return {case: best_of([took, again[case]]) for case, took in spent.items()}


def tell(line: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(record="--record" in sys.argv[1:]))
