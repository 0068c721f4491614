"""The words of a command, for whoever gives it once more."""

from __future__ import annotations

from zdpipe.cli import invocation


def test_what_a_scheduler_asks_is_no_part_of_the_command_once_more() -> None:
    invocation.begin(["orchestrations", "run", "nightly", "--due", "--project", "/srv/my crm"])
    assert invocation.command_line() == "zdpipe orchestrations run nightly --project '/srv/my crm'"
    invocation.begin([])
