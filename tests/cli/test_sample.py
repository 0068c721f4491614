from __future__ import annotations

from pathlib import Path

from tests.cli.command import zdpipe


def test_inside_a_project_the_sample_becomes_its_source(project: Path) -> None:
    ended = zdpipe(project / "queries", "sample", "--rows", "10", "--seed", "7")
    assert (ended.code, ended.err) == (0, "")
    assert "10 rows" in ended.out
    assert "seed 7" in ended.out
    assert (project / "customers.duckdb").exists()


def test_elsewhere_it_goes_to_the_data_folder(tmp_path: Path) -> None:
    assert zdpipe(tmp_path, "sample", "--rows", "1").code == 0
    assert (tmp_path / "data" / "customer_360.duckdb").exists()


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    ended = zdpipe(tmp_path, "sample", "--rows", "1", "--out", "mine.txt")
    assert ended.code == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"
