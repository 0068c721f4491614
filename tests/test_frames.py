"""Frames that do not hold on to what they were made of."""

from __future__ import annotations

import polars as pl

from zdpipe.frames import compact


def held(frame: pl.DataFrame) -> int:
    """Return the bytes of all buffers of its texts, whether its rows need them or not."""
    column = frame.to_arrow(compat_level=pl.CompatLevel.newest())["text"]
    return sum(buffer.size for chunk in column.chunks for buffer in chunk.buffers() if buffer)


def test_a_few_rows_let_go_of_the_texts_of_all_others() -> None:
    everybody = pl.DataFrame({"text": [f"{'long' * 100} {row}" for row in range(1_000)], "row": range(1_000)})
    few = everybody.filter(pl.col("row") < 2)
    assert compact(few).equals(few)
    assert held(compact(few)) < held(few) / 100
