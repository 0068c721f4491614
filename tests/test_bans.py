"""The bans of conftest.py hold."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest


def test_home_and_state_lie_in_the_tests_own_folder(home: Path) -> None:
    assert Path.home() == home
    assert platformdirs.user_state_path("zdpipe").is_relative_to(home)


def test_child_processes_live_in_it_too(home: Path) -> None:
    script = "import pathlib, platformdirs; print(pathlib.Path.home(), platformdirs.user_state_dir('zdpipe'))"
    words = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert all(Path(word).is_relative_to(home) for word in words)


def test_no_credentials_of_the_machine_leak_in() -> None:
    script = "import os; print([name for name in os.environ if name.startswith('ZENDESK_')])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


def test_the_outside_cannot_be_reached() -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match="tried to reach"):
        outside.connect(("192.0.2.1", 443))
