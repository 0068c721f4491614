"""The ground of one size, from nothing to nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.growth.ground import Ground, prepare, surroundings
from tests.bench.growth.servers import SIMULATOR, TAKER, served


@contextmanager
def ground_of(folder: Path, rows: int, memory: str) -> Iterator[Ground]:
    """Lend a ground with so many rows, whose servers run and whose disk is given back."""
    place = folder / str(rows)
    place.mkdir()
    environment = surroundings(place)
    try:
        with served(SIMULATOR, place, environment) as simulator, served(TAKER, place, environment) as taker:
            ground = Ground(place, rows, simulator, taker, memory)
            prepare(ground)
            yield ground
    finally:
        shutil.rmtree(place)
