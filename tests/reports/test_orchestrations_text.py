from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from syrupy.assertion import SnapshotAssertion

from tests.reports.build import DONE, REFUSED, render
from zdpipe.model.clock_change import Effect, clock_changes
from zdpipe.model.orchestration import Ending, Occasion, OrchestrationReport, Step
from zdpipe.model.overview import Overview
from zdpipe.model.run import Stop
from zdpipe.model.schedule import Schedule
from zdpipe.reports import orchestrations_text as words
from zdpipe.reports.orchestration_text import orchestration_text
from zdpipe.reports.orchestrations_text import orchestrations_text

NOW = datetime(2026, 11, 26, 6, 13, tzinfo=UTC)
OCCASION = Occasion(
    number=1,
    name="nightly",
    ending=Ending.PARTIAL,
    started_at=NOW - timedelta(hours=5),
    finished_at=NOW - timedelta(hours=4),
    due_at=NOW - timedelta(hours=5),
    overlapped=2,
)
SKIPPED = replace(OCCASION, number=2, ending=Ending.SKIPPED)
ERROR = Stop("query", "Jane@example.com is no date.", "Mend the query.", 2)
REPORT = OrchestrationReport(
    name="nightly",
    destination="production",
    ending=Ending.FAILED,
    started_at=NOW,
    finished_at=NOW + timedelta(minutes=4),
    seconds=240.0,
    due_at=NOW - timedelta(seconds=1),
    resumes=1,
    steps=(Step("queries/a.sql", DONE), Step("queries/b.sql", error=ERROR), Step("queries/c.sql")),
    overlapped=1,
    next_at=datetime.fromisoformat("2026-11-27T02:30:00+01:00"),
    stop=ERROR,
)


def overview(name: str, expression: str, zone: str) -> Overview:
    schedule = Schedule.read(expression, zone)
    times, changes = tuple(islice(schedule.after(NOW), 3)), tuple(clock_changes(schedule, NOW, 366))
    return Overview(
        name, ("queries/a.sql",), "production", expression, zone, next_times=times, changes=changes
    )


def test_each_orchestration_has_its_paragraph(snapshot: SnapshotAssertion) -> None:
    nightly = replace(
        overview("nightly", "30 2 * * *", "Europe/Oslo"),
        queries=("queries/a.sql", "queries/b.sql"),
        last=OCCASION,
        skipped=SKIPPED,
    )
    hourly = overview("hourly", "0 * * * *", "America/New_York")
    by_hand = Overview("by_hand", ("queries/a.sql",), None, None, "UTC")
    assert render(orchestrations_text([nightly, hourly, by_hand]), 100) == snapshot


def test_no_orchestration_is_said(snapshot: SnapshotAssertion) -> None:
    assert render(orchestrations_text([]), 100) == snapshot


def test_the_name_of_a_run_in_an_error_can_be_read() -> None:
    words = "Run 20260102-030405-ab12 of this query has not ended."
    error = Stop("unfinished_run", words, "Finish it first.", 2)
    said = render(orchestration_text(replace(REPORT, steps=(Step("queries/b.sql", error=error),))), 100)
    assert said.count(words) == 2


def test_an_occasion_tells_what_became_of_every_query(snapshot: SnapshotAssertion) -> None:
    assert render(orchestration_text(REPORT), 100) == snapshot


def test_values_in_the_words_of_an_error_are_masked() -> None:
    assert "jane@example.com" not in render(orchestration_text(REPORT), 100).lower()


def test_what_the_summary_of_a_run_told_is_not_repeated() -> None:
    report = replace(REPORT, steps=(Step("queries/a.sql", REFUSED),), stop=REFUSED.stop)
    assert REFUSED.stop is not None
    assert REFUSED.stop.message not in render(orchestration_text(report), 100)


def test_every_ending_and_every_effect_has_its_words() -> None:
    assert set(words.ENDINGS) == set(words.STYLES) == set(Ending)
    assert set(words._EFFECTS) == set(Effect) - {Effect.NONE}
