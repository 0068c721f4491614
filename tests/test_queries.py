"""What the repository's own queries send, payload by payload, in files that people review."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from zdpipe.cli.app import execute
from zdpipe.sample import write_sample

ROOT = Path(__file__).parent.parent
QUERIES = sorted(path.name for path in (ROOT / "queries").glob("*.sql"))


@pytest.fixture(scope="module")
def sample_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("queries", "attribute_tables"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "zdpipe.toml", folder)
    write_sample(folder / "data" / "customer_360.duckdb", rows=40, seed=7)
    return folder


@pytest.mark.parametrize("query", QUERIES)
def test_mapped_payloads(
    sample_project: Path, query: str, snapshot: SnapshotAssertion, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["preview", f"queries/{query}", "--limit", "100", "--format", "ndjson", "--show-pii"]
    assert execute([*words, "--project", str(sample_project)]) == 0
    payloads = capsys.readouterr().out.splitlines()
    assert payloads
    assert all({"name"} < set(json.loads(payload)) for payload in payloads)
    assert "\n".join(payloads) == snapshot


def test_the_repositorys_sql_lints_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["lint", "--format", "json", "--project", str(ROOT)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["findings"] == []
    assert report["files"] == len(QUERIES) + len(list((ROOT / "attribute_tables").glob("*.sql")))
