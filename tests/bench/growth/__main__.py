"""`make bench`: zdpipe beside DuckDB alone and beside its rivals, from ten thousand rows to ten million.

Takes the sizes, by default all. Prints a table, and writes it into docs/performance.md after each size.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.growth.document import write_block
from tests.bench.growth.ground import ROOT, default_memory
from tests.bench.growth.machine import this_machine
from tests.bench.growth.results import Results
from tests.bench.growth.sizes import ground_of
from tests.bench.growth.start import measure_starts
from tests.bench.growth.table import HEADER, cells, line, start_lines
from tests.bench.growth.turns import measure

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
DOCUMENT = ROOT / "docs" / "performance.md"


def main(sizes: Sequence[int]) -> int:
    """Measure everything."""
    results = Results()
    with tempfile.TemporaryDirectory(prefix="zdpipe-bench-") as name:
        folder = Path(name)
        memory = default_memory(folder)
        results.starts = measure_starts(folder / "start")
        tell("\n".join(start_lines(results)))
        tell(f"\n{line(HEADER)}")
        for rows in sorted(sizes):
            with ground_of(folder, rows, memory) as ground:
                measure(ground, results)
            tell("\n".join(line(cells(results, result)) for result in results.sizes[rows]))
            write_block(DOCUMENT, results, this_machine(memory), datetime.now(UTC).date())
    return 0


def tell(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or SIZES))
