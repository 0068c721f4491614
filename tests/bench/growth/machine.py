"""The machine, and the versions of everything that was measured."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from tests.bench.growth.others import PYTHON
from tests.bench.growth.results import Machine

OURS = ("zdpipe", "duckdb", "polars", "pyarrow", "sqlglot")
THEIRS = ("drt-core", "dlt", "zenpy", "httpx")
_ASK = "import sys\nfrom importlib.metadata import version\nprint(*map(version, sys.argv[1:]))"


def this_machine(limit: str) -> Machine:
    """Describe the machine; `limit` is the memory that DuckDB was given."""
    asked = subprocess.run([PYTHON, "-c", _ASK, *THEIRS], capture_output=True, text=True, check=True)
    theirs = dict(zip(THEIRS, asked.stdout.split(), strict=True))
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        versions={"Python": platform.python_version(), **{name: version(name) for name in OURS}, **theirs},
        limit=limit,
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    named = (text.partition(":")[2].strip() for text in lines if text.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
