from __future__ import annotations

from pathlib import Path

import pytest

PROJECT = """\
[source]
database = "customers.duckdb"

[destinations.simulator]
kind = "simulator"

[defaults]
destination = "simulator"
"""
CLEAN = "SELECT amperity_id AS external_id, full_name AS name FROM Customer_360\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one clean query and no data yet."""
    (tmp_path / "zdpipe.toml").write_text(PROJECT)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "users.sql").write_text(CLEAN)
    (tmp_path / "attribute_tables").mkdir()
    return tmp_path
