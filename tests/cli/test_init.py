from __future__ import annotations

from pathlib import Path

from tests.cli.command import zdpipe


def test_a_new_project_lints_clean_and_is_never_overwritten(tmp_path: Path) -> None:
    made = zdpipe(tmp_path, "init", "crm")
    assert made.code == 0
    assert (tmp_path / "crm" / "zdpipe.toml").exists()
    assert "cd crm && zdpipe sample" in made.err
    assert zdpipe(tmp_path / "crm", "lint").code == 0
    again = zdpipe(tmp_path, "init", "--project", "crm")
    assert (again.code, again.out) == (2, "")
