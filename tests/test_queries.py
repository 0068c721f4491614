"""What the repository's own queries send, payload by payload, in files that people review."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from zdpipe.cli.app import execute
from zdpipe.testing import ProjectUnderTest

ROOT = Path(__file__).parent.parent
QUERIES = sorted(path.name for path in (ROOT / "queries").glob("*.sql"))


@pytest.mark.parametrize("query", QUERIES)
def test_mapped_payloads(zdpipe_project: ProjectUnderTest, query: str, snapshot: SnapshotAssertion) -> None:
    mapped = zdpipe_project.map_sample(f"queries/{query}", rows=40, seed=7)
    assert all("name" in user for user in mapped.users)
    assert mapped.text == snapshot


def test_the_repositorys_sql_lints_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["lint", "--format", "json", "--project", str(ROOT)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["findings"] == []
    assert report["files"] == len(QUERIES) + len(list((ROOT / "attribute_tables").glob("*.sql")))
