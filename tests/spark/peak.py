"""A process that reads so many customers from Spark and prints its peak memory in megabytes.

As a program: python -m tests.spark.peak REMOTE ROWS
"""

from __future__ import annotations

import resource
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
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}\n")


if __name__ == "__main__":
    main()
