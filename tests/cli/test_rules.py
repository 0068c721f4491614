from __future__ import annotations

from pathlib import Path

from tests.cli.command import zdpipe


def test_rules_are_listed_without_a_project(tmp_path: Path) -> None:
    ended = zdpipe(tmp_path, "rules")
    assert ended.code == 0
    assert "ZD104 select-star (error)\n      " in ended.out


def test_the_project_s_own_severity_is_shown(project: Path) -> None:
    with (project / "zdpipe.toml").open("a") as file:
        file.write('\n[lint.severity]\nZD104 = "warning"\n')
    assert "ZD104 select-star (warning)" in zdpipe(project, "rules").out


def test_one_rule_is_explained(tmp_path: Path) -> None:
    assert "## Why it matters" in zdpipe(tmp_path, "rules", "zd104").out


def test_an_unknown_rule(tmp_path: Path) -> None:
    ended = zdpipe(tmp_path, "rules", "ZD999")
    assert (ended.code, ended.out) == (2, "")
    assert "ZD999" in ended.err
