"""A process that reads so many customers from Spark and prints its peak memory in megabytes.

As a program: python -m tests.spark.peak REMOTE ROWS
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from zdpipe.engine.opening import open_session
from zdpipe.project.tables import Limits, Source

CUSTOMERS = """
SELECT /*+ REPARTITION(24) */ concat('id-', id) AS a, concat('Customer Number ', id) AS b,
  concat('customer', id, '@example.com') AS c, concat('+1212', lpad(id, 7, '0')) AS d,
  concat('City ', id % 500) AS e, 'NY' AS f, id / 7 AS g, id % 50 AS h, DATE'2020-01-01' AS i, id % 3 = 0 AS j
FROM range({rows})
"""


def main() -> None:
    remote, rows = sys.argv[1], int(sys.argv[2])
    read = 0
    with open_session(Source(engine="spark", remote=remote), Limits(), Path("unused")) as session:
        for frame in session.batches(CUSTOMERS.format(rows=rows)):
            read += frame.height
    assert read == rows, read
    sys.stdout.write(f"{_peak()}\n")


def _peak() -> int:
    """Return the most memory of this program alone; getrusage keeps its starter's too (Linux, fs/exec.c)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, status
    return int(found[1]) // 1024


if __name__ == "__main__":
    main()
