"""Ten times the rows take no more memory here, by the operating system's account."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.spark


def peak(remote: str, rows: int) -> int:
    """Return megabytes."""
    words = [sys.executable, "-m", "tests.spark.peak", remote, str(rows)]
    return int(subprocess.run(words, check=True, capture_output=True, text=True, timeout=250).stdout)


def test_memory_does_not_grow_with_the_rows(remote: str) -> None:
    few, many = peak(remote, 200_000), peak(remote, 2_000_000)
    # Frames of 100,000 rows; all rows together are about 240 MB, as `toArrow` would keep them.
    assert many - few < 80
    assert many < 450
