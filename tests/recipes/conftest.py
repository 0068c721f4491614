"""Where the recipes lie, what they are run with, and an account to send to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stories.conftest import make_world, world

__all__ = ["make_world", "world"]

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENTS = ROOT / ".venv" / "recipes"
LINTERS = ENVIRONMENTS / "linters" / "bin"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them need what `make test-recipes` installs."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.recipes)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This zdpipe as a wheel, where pip finds it as it would find a published one."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)],
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def pip_variables(wheel: Path) -> dict[str, str]:
    """What lets an unchanged `pip install zdpipe` find this zdpipe, and the versions it is tested with."""
    machine = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    places = f"{machine.get('PIP_FIND_LINKS', '')} {wheel.parent}".strip()
    return machine | {
        "PIP_FIND_LINKS": places,
        "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
        "PIP_NO_COMPILE": "1",  # what is never run needs no bytecode
    }
