from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zdpipe.lint import unified_diff

LINES = st.text(st.sampled_from("ab\r\n\x0b\u2028é\ufeff"), max_size=12)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("patched")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES.filter(bool), LINES.filter(bool))
def test_git_makes_the_change_from_the_patch(tree: Path, before: str, after: str) -> None:
    patch = unified_diff("x y.sql", before, after)
    assert bool(patch) == (before != after)
    (tree / "x y.sql").write_bytes(before.encode())
    if patch:
        subprocess.run(
            ["git", "apply", "--whitespace=nowarn", "-"], cwd=tree, input=patch.encode(), check=True
        )
    assert (tree / "x y.sql").read_bytes() == after.encode()
