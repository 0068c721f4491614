from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from zdpipe.errors import UsageProblem
from zdpipe.model.schedule import Schedule
from zdpipe.reports.systemd_units import unit_name, units

BEGIN = datetime(2026, 11, 26, 6, 13, tzinfo=UTC)
NIGHTLY = Schedule.read("30 2 * * *", "Europe/Oslo")


def test_a_timer_and_its_service(snapshot: SnapshotAssertion) -> None:
    root = Path('/srv/50% of "all" $HOME')
    command = ["/opt/zdpipe", "orchestrations", "run", "nightly", "--due", "--project", str(root)]
    assert units(root, "nightly", NIGHTLY, command, BEGIN) == snapshot


def test_units_of_two_projects_do_not_meet() -> None:
    assert unit_name(Path("/srv/crm"), "nightly") == "zdpipe-crm-nightly"
    assert unit_name(Path("/srv/my shop"), "nightly") == "zdpipe-my_shop-nightly"


def test_a_path_that_no_unit_holds_is_refused() -> None:
    with pytest.raises(UsageProblem, match="no unit of systemd can hold"):
        units(Path("/srv/a\nb"), "nightly", NIGHTLY, ["/opt/zdpipe"], BEGIN)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_verifies_them(tmp_path: Path) -> None:
    root = tmp_path / '50% of $HOME "all" it\'s'
    root.mkdir()
    files = units(root, "nightly", NIGHTLY, ["/bin/echo", "--project", str(root), "a\\b"], BEGIN)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    asked = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in files)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (asked.returncode, asked.stderr) == (0, "")
